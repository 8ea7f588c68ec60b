/** The controller: gives Services their addresses, and says of those it cannot help why. */
export { Controller, type ControllerOptions, type ControllerView } from './controller.ts'
export type { ConvergeCounts } from './converge.ts'
export { Alone, Election, type ElectionOptions, type Leadership } from './leadership.ts'
export { ADDRESS_WILL_MOVE } from './moves.ts'
export type { WriteCounts } from './status-writer.ts'
