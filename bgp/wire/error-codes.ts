/**
 * The error codes and subcodes of NOTIFICATION by name, as IANA lists them: RFC 4271 section 4.5, RFC 4486 (Cease),
 * RFC 6608 (FSM), RFC 7313 (ROUTE-REFRESH), RFC 8538 (Hard Reset), RFC 9234 (Role), RFC 9384 (BFD), RFC 9687 (Send
 * Hold Timer).
 */

export const ErrorCode = {
  header: 1,
  open: 2,
  update: 3,
  holdTimerExpired: 4,
  fsm: 5,
  cease: 6,
  routeRefresh: 7,
  sendHoldTimerExpired: 8,
} as const

export const HeaderError = { notSynchronized: 1, badLength: 2, badType: 3 } as const

export const OpenError = {
  unspecific: 0,
  unsupportedVersion: 1,
  badPeerAs: 2,
  badIdentifier: 3,
  unsupportedParameter: 4,
  unacceptableHoldTime: 6,
  unsupportedCapability: 7,
  roleMismatch: 11,
} as const

/** RFC 6608: an unexpected message, named by the state it came in. */
export const FsmError = { unspecified: 0, openSent: 1, openConfirm: 2, established: 3 } as const

export const Cease = {
  maximumPrefixes: 1,
  administrativeShutdown: 2,
  peerDeconfigured: 3,
  administrativeReset: 4,
  connectionRejected: 5,
  otherConfigurationChange: 6,
  connectionCollision: 7,
  outOfResources: 8,
  hardReset: 9,
  bfdDown: 10,
} as const

export const RouteRefreshError = { invalidLength: 1 } as const

interface CodeNames {
  readonly name: string
  /** By subcode. */
  readonly subcodes: readonly (string | undefined)[]
}

const NAMES: readonly (CodeNames | undefined)[] = [
  undefined,
  {
    name: 'Message Header Error',
    subcodes: ['Unspecific', 'Connection Not Synchronized', 'Bad Message Length', 'Bad Message Type'],
  },
  {
    name: 'OPEN Message Error',
    subcodes: [
      'Unspecific',
      'Unsupported Version Number',
      'Bad Peer AS',
      'Bad BGP Identifier',
      'Unsupported Optional Parameter',
      'Authentication Failure',
      'Unacceptable Hold Time',
      'Unsupported Capability',
      undefined,
      undefined,
      undefined,
      'Role Mismatch',
    ],
  },
  {
    name: 'UPDATE Message Error',
    subcodes: [
      'Unspecific',
      'Malformed Attribute List',
      'Unrecognized Well-known Attribute',
      'Missing Well-known Attribute',
      'Attribute Flags Error',
      'Attribute Length Error',
      'Invalid ORIGIN Attribute',
      'AS Routing Loop',
      'Invalid NEXT_HOP Attribute',
      'Optional Attribute Error',
      'Invalid Network Field',
      'Malformed AS_PATH',
    ],
  },
  { name: 'Hold Timer Expired', subcodes: [] },
  {
    name: 'Finite State Machine Error',
    subcodes: [
      'Unspecified Error',
      'Receive Unexpected Message in OpenSent State',
      'Receive Unexpected Message in OpenConfirm State',
      'Receive Unexpected Message in Established State',
    ],
  },
  {
    name: 'Cease',
    subcodes: [
      'Unspecific',
      'Maximum Number of Prefixes Reached',
      'Administrative Shutdown',
      'Peer De-configured',
      'Administrative Reset',
      'Connection Rejected',
      'Other Configuration Change',
      'Connection Collision Resolution',
      'Out of Resources',
      'Hard Reset',
      'BFD Down',
    ],
  },
  { name: 'ROUTE-REFRESH Message Error', subcodes: ['Unspecific', 'Invalid Message Length'] },
  { name: 'Send Hold Timer Expired', subcodes: [] },
]

/** `Cease/Administrative Shutdown`; `Hold Timer Expired`; numbers where there is no name. */
export function errorName(code: number, subcode: number): string {
  const names = NAMES[code]
  if (names === undefined) return `error code ${code}/subcode ${subcode}`
  const subname = names.subcodes[subcode]
  if (subname !== undefined) return `${names.name}/${subname}`
  return subcode === 0 ? names.name : `${names.name}/subcode ${subcode}`
}
