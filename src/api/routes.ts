/**
 * The paths of the API. Whatever is asked for by a name that does not exist is a 404 that says which names are near.
 */
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { nearNames } from './near.ts'
import { jsonPieces } from './stream.ts'
import type { ErrorView, NamesView, PeersView, PoolsView } from './types.ts'
import type { RouteFilter, SpeakerViews } from './views.ts'

const MOST_NAMES = 1000

interface Query {
  readonly peer?: string
  readonly service?: string
  readonly prefix?: string
}

/** A query parameter given twice, or empty, is refused. */
const text = { type: 'string', minLength: 1, maxLength: 512 } as const
const queries = (...names: readonly (keyof Query)[]) => ({
  schema: {
    querystring: { type: 'object', properties: Object.fromEntries(names.map((name) => [name, text])) },
  },
})

export function addRoutes(app: FastifyInstance, views: SpeakerViews): void {
  app.get('/v1/status', () => views.status())
  app.get('/v1/peers', (): PeersView => ({ node: nodeOf(views), peers: views.peers() }))
  app.get('/v1/pools', (): PoolsView => ({ node: nodeOf(views), pools: views.pools() }))
  app.get('/v1/services', (_, reply) => list(reply, views, 'services', views.services()))
  app.get<{ Querystring: Query }>('/v1/routes', queries('peer', 'service'), ({ query }, reply) => {
    const filter = filterOf(views, query)
    return 'error' in filter
      ? reply.code(404).send(filter)
      : list(reply, views, 'routes', views.routes(filter))
  })
  app.get<{ Querystring: Query }>('/v1/explain', queries('peer', 'service'), ({ query }, reply) =>
    explain(views, query, reply),
  )
  app.get<{ Querystring: Query }>('/v1/names', queries('prefix'), ({ query }) => names(views, query.prefix))
}

const nodeOf = (views: SpeakerViews): string => views.status().node

const list = (reply: FastifyReply, views: SpeakerViews, name: string, rows: Iterable<unknown>) =>
  reply.type('application/json').send(Readable.from(jsonPieces({ node: nodeOf(views) }, name, rows)))

function explain(views: SpeakerViews, query: Query, reply: FastifyReply): FastifyReply {
  if (query.service === undefined) {
    return reply.code(400).send({ error: 'no service is named', hint: 'ask with ?service=NAMESPACE/NAME' })
  }
  const filter = filterOf(views, query)
  if ('error' in filter) return reply.code(404).send(filter)
  const view = views.explain(query.service, filter.peer)
  return view === undefined ? reply.code(404).send(noService(views, query.service)) : reply.send(view)
}

/** Peers go by their name or their address. */
function filterOf(views: SpeakerViews, { peer, service }: Query): RouteFilter | ErrorView {
  const peers = views.peers()
  const known = peers.find(({ name }) => name === peer) ?? peers.find(({ address }) => address === peer)
  if (peer !== undefined && known === undefined) return noPeer(views, peer)
  if (service !== undefined && !has(views.serviceKeys(), service)) return noService(views, service)
  return { ...(known !== undefined && { peer: known.name }), ...(service !== undefined && { service }) }
}

function has(names: Iterable<string>, wanted: string): boolean {
  for (const name of names) if (name === wanted) return true
  return false
}

function noPeer(views: SpeakerViews, wanted: string): ErrorView {
  const all = views.peers()
  const near = nearNames(
    wanted,
    all.flatMap(({ name, address }) => [name, address]),
  )
  const known = near.length > 0 ? near : all.slice(0, 10).map(({ name }) => name)
  const hint = known.length === 0 ? 'no BGPPeer is configured' : didYouMean(near.length > 0, known)
  return { error: `no BGPPeer is called ${wanted}`, hint }
}

function noService(views: SpeakerViews, wanted: string): ErrorView {
  const near = nearNames(wanted, views.serviceKeys())
  const form = wanted.includes('/') ? '' : '; services are named NAMESPACE/NAME'
  const hint = near.length > 0 ? didYouMean(true, near) : '`services` shows those there are'
  return { error: `no service of type LoadBalancer is called ${wanted}`, hint: hint + form }
}

const didYouMean = (near: boolean, names: readonly string[]): string =>
  near ? `did you mean ${names.join(' or ')}?` : `the peers are ${names.join(', ')}`

/** For shell completion: what starts with the given letters. */
function names(views: SpeakerViews, prefix = ''): NamesView {
  const services: string[] = []
  for (const key of views.serviceKeys()) {
    if (key.startsWith(prefix)) services.push(key)
    if (services.length === MOST_NAMES) break
  }
  return { peers: views.peers().flatMap(({ name }) => (name.startsWith(prefix) ? name : [])), services }
}
