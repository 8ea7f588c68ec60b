/**
 * The command line as it can be typed: names, options, help and examples. What commands do is in their own modules,
 * each loaded only when it is called, so that `oyez peers` does not wait for the YAML parser nor `oyez decode` for
 * the HTTP client.
 */
import type { Argv } from 'yargs'
import { meansCluster, reachOptions } from './cluster-options.ts'
import { controllerFlags } from './controller-flags.ts'
import { apiServerOptions, logOptions, monitoringOptions } from './daemon-options.ts'
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
    addController,
    addRun,
    addPeers,
    addRoutes,
    addServices,
    addStatus,
    addExplain,
    addPools,
    addPlan,
    addLint,
    addShadow,
    addDecode,
    addCompletion,
    addVersion,
  ]
  const offered = io.plugin === true ? all.filter((add) => !DAEMONS.includes(add)) : all
  return offered.reduce((so, add) => add(so, io, done), cli)
}

/** A laptop is no node. */
const DAEMONS: readonly Add[] = [addSpeaker, addController, addRun]

function addSpeaker(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'speaker',
    'Run the speaker: announce services from this node',
    (args) =>
      args
        .options({ ...speakerOptions(io.env), ...logOptions, ...planOptions })
        .example(`${PROGRAM} speaker`, 'In a pod of the DaemonSet: all else is in its environment')
        .example(
          `${PROGRAM} speaker --node node1 --kubeconfig ~/.kube/config`,
          'Outside: announce what node1 should',
        )
        .example(`${PROGRAM} speaker --node node1 --manifests /etc/oyez`, 'Without Kubernetes, from a folder')
        .example(`${PROGRAM} speaker --node node1 --manifests . --listen none`, 'Never accept, only connect')
        .example(`${PROGRAM} speaker --node node1 --manifests . --listen [::1]:1179`, 'Accept there only'),
    async (args) => done((await import('./speaker.ts')).speaker(args, io)),
  )
}

const speakerOptions = (env: Io['env']) =>
  ({
    node: {
      type: 'string',
      requiresArg: true,
      ...(env.OYEZ_NODE_NAME && { default: env.OYEZ_NODE_NAME }),
      defaultDescription: '$OYEZ_NODE_NAME',
      describe: 'Name of this node',
    },
    manifests: {
      type: 'string',
      requiresArg: true,
      describe: 'Folder of YAML and JSON that is the cluster state; watched. Without it: the API server',
    },
    ...apiServerOptions(env),
    'service-status': {
      type: 'boolean',
      default: true,
      group: 'The cluster:',
      describe: 'Write a ServiceBGPStatus for each announced service',
    },
    ...socketOption(env),
    'api-port': {
      type: 'number',
      requiresArg: true,
      default: 17_473,
      describe: 'Port on 127.0.0.1 that answers like the socket; 0: none',
    },
    listen: {
      type: 'string',
      array: true,
      requiresArg: true,
      defaultDescription: 'port 179 on every address',
      describe: 'ADDR:PORT to accept BGP connections on, or none; repeatable',
    },
    ...monitoringOptions,
  }) as const

function addController(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'controller',
    'Run the controller: give services their addresses',
    (args) =>
      args
        .options({
          ...apiServerOptions(io.env),
          ...controllerFlags(9_443),
          ...monitoringOptions,
          ...logOptions,
          ...planOptions,
        })
        .example(`${PROGRAM} controller`, 'In a pod of the Deployment: all else is in its environment')
        .example(`${PROGRAM} controller --kubeconfig ~/.kube/config --webhook-port 0`, 'Outside the cluster')
        .example(`${PROGRAM} controller --move-delay 2m`, 'Two minutes to put back a pool that was wrong')
        .example(`${PROGRAM} controller --lb-class example.net/oyez`, 'Beside another implementation'),
    async (args) => done((await import('./controller.ts')).controller(args, io)),
  )
}

function addRun(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'run',
    'Run controller and speaker in one process: one node, or a trial',
    (args) =>
      args
        .options({
          ...speakerOptions(io.env),
          ...controllerFlags(0),
          'controller-metrics-address': {
            type: 'string',
            requiresArg: true,
            group: 'Monitoring:',
            default: '127.0.0.1:9121',
            describe: 'ADDR:PORT of the /metrics of the controller, or none',
          },
          ...logOptions,
          ...planOptions,
        })
        .example(`${PROGRAM} run --node node1`, 'With the cluster that kubectl talks to')
        .example(`${PROGRAM} run --node node1 --listen none`, 'Never accept BGP connections, only connect'),
    async (args) => done((await import('./run-all.ts')).runAll(args, io)),
  )
}

const commonOptions = ({ env, plugin = false }: Io) => ({ ...outputOption, ...reachOptions(env, plugin) })

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
    async (args) =>
      done(
        meansCluster(args)
          ? (await import('./cluster-lists.ts')).clusterPeers(args, io)
          : (await import('./peers.ts')).peers(args, io),
      ),
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
    async (args) =>
      done(
        meansCluster(args)
          ? (await import('./cluster-lists.ts')).clusterRoutes(args, io)
          : (await import('./routes.ts')).routes(args, io),
      ),
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
    async (args) =>
      done(
        meansCluster(args)
          ? (await import('./cluster-services.ts')).clusterServices(args, io)
          : (await import('./services.ts')).services(args, io),
      ),
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
    async (args) =>
      done(
        meansCluster(args)
          ? (await import('./cluster-status.ts')).clusterStatus(args, io)
          : (await import('./status.ts')).status(args, io),
      ),
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
          ...commonOptions(io),
          peer: {
            type: 'string',
            requiresArg: true,
            describe: 'Only towards this BGPPeer (name or address)',
          },
        })
        .example(`${PROGRAM} explain default/web`, 'Every rule, and every peer')
        .example(`${PROGRAM} explain default/web --peer tor1`, 'Does tor1 hear of it?'),
    async (args) =>
      done(
        meansCluster(args)
          ? (await import('./cluster-explain.ts')).clusterExplain(args, io)
          : (await import('./explain.ts')).explain(args, io),
      ),
  )
}

function addPools(cli: Argv, io: Io, done: Done): Argv {
  const { node: _, ...poolReach } = commonOptions(io)
  return cli.command(
    'pools',
    'How full the address pools are',
    (args) =>
      args
        .options({
          ...poolReach,
          manifests: {
            type: 'string',
            requiresArg: true,
            describe: 'Folder of YAML and JSON, instead of a speaker',
          },
        })
        .example(`${PROGRAM} pools`, 'As the speaker of this node sees them')
        .example(`${PROGRAM} pools --context prod -o json`, 'As the controller of that cluster counts')
        .example(`${PROGRAM} pools --manifests /etc/oyez`, 'Of a folder; needs no speaker'),
    async (args) => {
      const { clusterPools, folderPools, pools } = await import('./pools.ts')
      const { manifests, output } = args
      if (manifests !== undefined) return done(folderPools({ manifests, output }, io))
      return done(meansCluster(args) ? clusterPools(args, io) : pools(args, io))
    },
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
    'What would be allocated and announced, and why; needs no speaker',
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

function addShadow(cli: Argv, io: Io, done: Done): Argv {
  return cli.command(
    'shadow',
    'Beside a living MetalLB: what oyez would do differently; only reads',
    (args) =>
      args
        .options({
          kubeconfig: {
            type: 'string',
            requiresArg: true,
            describe: 'Kubeconfig file',
            defaultDescription: 'as kubectl',
          },
          context: { type: 'string', requiresArg: true, describe: 'Context of the kubeconfig' },
          namespace: {
            alias: 'n',
            type: 'string',
            requiresArg: true,
            default: 'metallb-system',
            describe: 'Where MetalLB runs and its objects are',
          },
          timeout: {
            type: 'number',
            requiresArg: true,
            default: 30,
            describe: 'Seconds that reading the cluster may take',
          },
          ...outputOption,
          ...planOptions,
        })
        .example(`${PROGRAM} shadow`, 'Exit 0: with oyez nothing would change; 1: something would')
        .example(`${PROGRAM} shadow -n metallb-system -o json`, 'Every difference with its reason'),
    async (args) => done((await import('./shadow.ts')).shadow(args, io)),
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
