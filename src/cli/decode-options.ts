/** The flags of `oyez decode` that say what a session had negotiated. */
export const decodeContextOptions = {
  as4: { type: 'boolean', default: true, describe: '4-octet AS numbers; --no-as4: 2-octet' },
  ebgp: { type: 'boolean', describe: 'From a peer in another AS (the default)' },
  ibgp: { type: 'boolean', describe: 'From a peer in the same AS' },
  extended: { type: 'boolean', default: false, describe: 'Messages of up to 65535 octets' },
  'add-path': {
    type: 'string',
    requiresArg: true,
    describe: 'Families whose prefixes carry a path identifier: ipv4,ipv6 or none',
    defaultDescription: 'none',
  },
  families: {
    type: 'string',
    requiresArg: true,
    describe: 'Families of the session: ipv4,ipv6 or none',
    defaultDescription: 'ipv4,ipv6',
  },
  check: { type: 'boolean', default: false, describe: 'Exit 1 unless all messages are accepted as they are' },
} as const
