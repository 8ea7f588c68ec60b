export { systemClock } from './clock.ts'
export { createNetwork } from './network.ts'
