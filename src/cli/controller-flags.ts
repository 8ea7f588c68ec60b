/** Options of `oyez controller`, shared with `oyez run`. Light: every start loads this. */
const WORK = 'Work:'
const WEBHOOKS = 'Webhooks:'

export const controllerFlags = (webhookPort: number) =>
  ({
    'leader-elect': {
      type: 'boolean',
      default: true,
      group: WORK,
      describe: 'Work only while holding the Lease oyez-controller; with --no-leader-elect: always',
    },
    'move-delay': {
      type: 'string',
      requiresArg: true,
      default: '5s',
      group: WORK,
      describe: 'How long an address is reported before it moves because a pool was edited',
    },
    'webhook-port': {
      type: 'number',
      requiresArg: true,
      default: webhookPort,
      group: WEBHOOKS,
      describe: 'Port where API servers ask whether an object is valid; 0: none',
    },
    'webhook-service': {
      type: 'string',
      requiresArg: true,
      default: 'oyez-webhook',
      group: WEBHOOKS,
      describe: 'Service that leads them there',
    },
  }) as const
