import { KubeError } from '../sources/index.ts'

/** Whatever was thrown, as the one kind of error that is dealt with here. */
export const kubeErrorOf = (error: unknown): KubeError =>
  error instanceof KubeError
    ? error
    : new KubeError('failed', error instanceof Error ? error.message : String(error))
