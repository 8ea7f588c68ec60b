/** What broken peers say, in hex, written as soon as the connection is there. */
const MARKER = 'ff'.repeat(16)
const KEEPALIVE = `${MARKER}001304`
/** Version 4, AS 64513, hold time 90, identifier 198.51.100.1, no optional parameters. */
const OPEN = `${MARKER}001d0104fc01005ac633640100`
/** The path attributes claim 65535 octets, and the message has none. */
const BROKEN_UPDATE = `${MARKER}0017020000ffff`

export const MANNERS = {
  'is silent': [],
  'closes at once': [],
  'sends garbage': ['474554202f20485454502f312e310d0a486f73743a206f79657a0d0a0d0a'],
  'sends half a message': [OPEN.slice(0, 40)],
  'claims 65535 octets': [`${MARKER}ffff01`],
  'claims 18 octets': [`${MARKER}001204`],
  'has a message type of its own': [`${MARKER}0013ff`],
  'has another AS': [OPEN.replace('fc01', 'fdea')],
  'sends a broken UPDATE': [OPEN, KEEPALIVE, BROKEN_UPDATE],
  'sends an OPEN twice': [OPEN, KEEPALIVE, OPEN],
  'goes silent after its OPEN': [OPEN.replace('005a', '0003')],
} as const

export type Manner = keyof typeof MANNERS
