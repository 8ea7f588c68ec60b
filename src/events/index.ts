/** Kubernetes Events: told by anybody, written when there is time. */
export { EventRecorder, type RecorderCounts, type RecorderOptions } from './recorder.ts'
export { TokenBucket } from './token-bucket.ts'
export type * from './types.ts'
