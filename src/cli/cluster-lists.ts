/** `oyez peers --cluster` and `oyez routes --cluster`: the same tables, with the node of each row. */
import type { PeersView, RoutesView } from '../api/index.ts'
import { askCluster } from './cluster.ts'
import type { ClusterArgs } from './cluster-options.ts'
import type { ExitCode, Io } from './io.ts'
import { nodeTable } from './node-table.ts'
import { anyDown, PEER_COLUMNS, type PeersArgs } from './peers.ts'
import { filterOf, ROUTE_COLUMNS, type RoutesArgs, sortedByPrefix } from './routes.ts'

export const clusterPeers = (args: PeersArgs & ClusterArgs, io: Io): Promise<ExitCode> =>
  askCluster<PeersView>(args, io, {
    ask: (speaker) => speaker.peers(),
    text: (results, options) => nodeTable(results, ({ peers }) => peers, PEER_COLUMNS, options),
    finding: args.check ? anyDown : undefined,
  })

export const clusterRoutes = (args: RoutesArgs & ClusterArgs, io: Io): Promise<ExitCode> =>
  askCluster<RoutesView>(args, io, {
    ask: (speaker) => speaker.routes(filterOf(args)),
    text: (results, options) =>
      nodeTable(results, ({ routes }) => sortedByPrefix(routes), ROUTE_COLUMNS, options),
  })
