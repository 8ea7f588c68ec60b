/** Beside a living MetalLB: what would be different with oyez. Announces nothing, writes nothing. */

export { compareWithMetallb, type ShadowInput } from './compare.ts'
export { readAnnouncement } from './metallb.ts'
export { type Observation, observe } from './observe.ts'
export type * from './types.ts'
