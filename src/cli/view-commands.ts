/** Commands that ask running speakers: the one of this node, or those of a whole cluster. */
import type { Argv } from 'yargs'
import { meansCluster, reachOptions } from './cluster-options.ts'
import { type Add, type Done, PROGRAM } from './command.ts'
import type { Io } from './io.ts'
import { outputOption } from './options.ts'

export const viewCommands = (): readonly Add[] => [
  addPeers,
  addRoutes,
  addServices,
  addStatus,
  addExplain,
  addPools,
]

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
