/**
 * The command line as it can be typed: names, options, help and examples. What commands do is in their own modules,
 * each loaded only when it is called, so that `oyez peers` does not wait for the YAML parser nor `oyez decode` for
 * the HTTP client.
 */
import type { Argv } from 'yargs'
import { decodeContextOptions } from './decode-options.ts'
import type { ExitCode, Io } from './io.ts'
import { outputOption, planOptions, socketOption } from './options.ts'

export type Done = (code: ExitCode | Promise<ExitCode>) => Promise<void>

const PROGRAM = '$0'

type Add = (cli: Argv, io: Io, done: Done) => Argv

/** All commands, in the order that help shows them. `done` is told each one's exit code. */
export function addCommands(cli: Argv, io: Io, done: Done): Argv {
  const all: readonly Add[] = [
    addSpeaker,
    addPeers,
    addRoutes,
    addServices,
    addStatus,
    addExplain,
    addPlan,
    addLint,
    addDecode,
    addCompletion,
    addVersion,
  ]
  return all.reduce((so, add) => add(so, io, done), cli)
}

function addSpeaker(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'speaker',
    'Run the speaker: announce services from this node',
    (args) =>
      args
        .options({
          node: { type: 'string', requiresArg: true, demandOption: true, describe: 'Name of this node' },
          manifests: {
            type: 'string',
            requiresArg: true,
            demandOption: true,
            describe: 'Folder of YAML and JSON that is the cluster state; watched',
          },
          ...socketOption(io.env),
          listen: {
            type: 'string',
            array: true,
            requiresArg: true,
            defaultDescription: 'port 179 on every address',
            describe: 'ADDR:PORT to accept BGP connections on, or none; repeatable',
          },
          'log-level': {
            choices: ['debug', 'info', 'warn', 'error'] as const,
            default: 'info' as const,
            describe: 'The least that is worth a line (on stderr)',
          },
          'log-format': {
            choices: ['text', 'json'] as const,
            default: 'text' as const,
            describe: 'Log lines for people, or for programs',
          },
          ...planOptions,
        })
        .example(
          `${PROGRAM} speaker --node node1 --manifests /etc/oyez`,
          'Announce what node1 should announce',
        )
        .example(`${PROGRAM} speaker --node node1 --manifests . --listen none`, 'Never accept, only connect')
        .example(`${PROGRAM} speaker --node node1 --manifests . --listen [::1]:1179`, 'Accept there only'),
    async (args) => done((await import('./speaker.ts')).speaker(args, io)),
  )
}

const commonOptions = ({ env }: Io) => ({ ...socketOption(env), ...outputOption })

const check = { type: 'boolean', default: false } as const

function addPeers(cli: Argv, io: Io, done: Done): Argv {
  const common = commonOptions(io)
  return cli.command(
    'peers',
    'Sessions with routers: state, capabilities, counts, last error',
    (args) =>
      args
        .options({ ...common, check: { ...check, describe: 'Exit 1 unless all sessions are Established' } })
        .example(`${PROGRAM} peers`, 'All peers of this node')
        .example(`${PROGRAM} peers -o wide`, 'With router ids, message counts and more')
        .example(`${PROGRAM} peers --check > /dev/null || alert`, 'For monitoring'),
    async (args) => done((await import('./peers.ts')).peers(args, io)),
  )
}

function addRoutes(cli: Argv, io: Io, done: Done): Argv {
  const common = commonOptions(io)
  return cli.command(
    'routes',
    'Announced prefixes, their attributes, services and peers',
    (args) =>
      args
        .options({
          ...common,
          peer: {
            type: 'string',
            requiresArg: true,
            describe: 'Only towards this BGPPeer (name or address)',
          },
          service: { type: 'string', requiresArg: true, describe: 'Only of this service (NAMESPACE/NAME)' },
        })
        .example(`${PROGRAM} routes`, 'All routes')
        .example(`${PROGRAM} routes --peer tor1 --service default/web`, 'What tor1 hears of default/web')
        .example(`${PROGRAM} routes -o json | jq -r '.routes[].prefix'`, 'Only the prefixes'),
    async (args) => done((await import('./routes.ts')).routes(args, io)),
  )
}

function addServices(cli: Argv, io: Io, done: Done): Argv {
  const common = commonOptions(io)
  return cli.command(
    'services',
    'Services: announced from this node, or why not',
    (args) =>
      args
        .options(common)
        .example(`${PROGRAM} services`, 'All services of type LoadBalancer')
        .example(`${PROGRAM} services -o wide`, 'With their pools'),
    async (args) => done((await import('./services.ts')).services(args, io)),
  )
}

function addStatus(cli: Argv, io: Io, done: Done): Argv {
  const common = commonOptions(io)
  return cli.command(
    'status',
    'The speaker itself: readiness, source, findings',
    (args) =>
      args
        .options({ ...common, check: { ...check, describe: 'Exit 1 unless ready and free of errors' } })
        .example(`${PROGRAM} status`, 'Is the newest configuration in force?'),
    async (args) => done((await import('./status.ts')).status(args, io)),
  )
}

function addExplain(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'explain <service>',
    'Why a service is announced or not, step by step',
    (args) =>
      args
        .positional('service', { type: 'string', demandOption: true, describe: 'NAMESPACE/NAME' })
        .options({
          ...socketOption(io.env),
          ...outputOption,
          peer: {
            type: 'string',
            requiresArg: true,
            describe: 'Only towards this BGPPeer (name or address)',
          },
        })
        .example(`${PROGRAM} explain default/web`, 'Every rule, and every peer')
        .example(`${PROGRAM} explain default/web --peer tor1`, 'Does tor1 hear of it?'),
    async (args) => done((await import('./explain.ts')).explain(args, io)),
  )
}

const folder = {
  filename: {
    alias: 'f',
    type: 'string',
    requiresArg: true,
    demandOption: true,
    describe: 'Folder of YAML and JSON',
  },
} as const

function addPlan(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'plan',
    'What would be announced, with reasons; needs no speaker',
    (args) =>
      args
        .options({
          ...folder,
          ...outputOption,
          node: { type: 'string', requiresArg: true, describe: 'Only this node' },
          'all-nodes': { type: 'boolean', describe: 'Every node of the folder (the default)' },
          ...planOptions,
        })
        .conflicts('node', 'all-nodes')
        .example(`${PROGRAM} plan -f manifests`, 'Every node')
        .example(`${PROGRAM} plan -f manifests --node node1 -o yaml`, 'One node, for a program or a diff'),
    async (args) => done((await import('./plan.ts')).plan(args, io)),
  )
}

function addLint(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'lint',
    'Every error and warning in a folder; needs no speaker',
    (args) =>
      args
        .options({ ...folder, ...outputOption })
        .example(`${PROGRAM} lint -f manifests`, 'Exit 1 when there are errors')
        .example(`${PROGRAM} lint -f manifests -o json`, 'For an editor or a pipeline'),
    async (args) => done((await import('./lint.ts')).lint(args, io)),
  )
}

function addDecode(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'decode [input..]',
    'BGP messages in words; needs no speaker',
    (args) =>
      args
        .positional('input', {
          type: 'string',
          array: true,
          describe: 'Hex, a file with one message in hex per line, or - for stdin (the default)',
        })
        .options({ ...outputOption, ...decodeContextOptions })
        .epilogue('Hex may hold blanks, colons and a leading 0x.')
        .example(`${PROGRAM} decode ffffffffffffffffffffffffffffffff001304`, 'In words')
        .example(`${PROGRAM} decode -o wide messages.hex`, 'Octet by octet')
        .example(`${PROGRAM} decode -o json --ibgp --no-as4 < messages.hex`, 'One JSON object per line'),
    async (args) => done((await import('./decode.ts')).decode(args, io)),
  )
}

function addCompletion(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'completion [shell]',
    'Print the completion script of a shell',
    (args) =>
      args
        .positional('shell', { choices: ['bash', 'zsh'] as const, describe: 'Default: from $SHELL' })
        .example(`source <(${PROGRAM} completion bash)`, 'In ~/.bashrc')
        .example(`${PROGRAM} completion zsh > ~/.zfunc/_oyez`, 'A folder in $fpath'),
    async (args) => done((await import('./completion.ts')).completion(args, io)),
  )
}

function addVersion(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'version',
    'Versions',
    (args) => args.options(outputOption).example(`${PROGRAM} version -o json`, 'For bug reports'),
    async (args) => done((await import('./version.ts')).version(args, io)),
  )
}
