/** Options that several commands share, and the reading of their values. Light: every start loads this. */
import { FORMATS, type Format } from './format.ts'

export const DEFAULT_SOCKET = '/run/oyez/oyez.sock'

type Env = Readonly<Record<string, string | undefined>>

export const socketOption = (env: Env) =>
  ({
    socket: {
      type: 'string',
      requiresArg: true,
      default: env.OYEZ_SOCKET || DEFAULT_SOCKET,
      defaultDescription: `$OYEZ_SOCKET or ${DEFAULT_SOCKET}`,
      describe: 'Socket of the speaker',
    },
  }) as const

export const outputOption = {
  output: {
    alias: 'o',
    choices: FORMATS,
    default: 'table' as Format,
    requiresArg: true,
    describe: 'How to print: for people, or for programs',
  },
} as const

export const planOptions = {
  'lb-class': {
    type: 'string',
    requiresArg: true,
    describe: 'Only services of this loadBalancerClass (default: only those without one)',
  },
  'ignore-exclude-lb': {
    type: 'boolean',
    default: false,
    describe: 'Announce from nodes labelled node.kubernetes.io/exclude-from-external-load-balancers, too',
  },
} as const
