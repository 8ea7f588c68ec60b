/** Which address a Service gets, from which pool, and why. Pure. */
export { Allocator, type Settled } from './allocator.ts'
export { POOL_ANNOTATION } from './annotations.ts'
export * from './types.ts'
export { poolUsage } from './usage.ts'
export { type AllocationPlan, planAllocation } from './whole.ts'
