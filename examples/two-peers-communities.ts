// Tells two routers different things: the first, in another AS, all routes, marked with communities; the second, in
// our own AS, one route with a preference. After three seconds one route is changed while the sessions stand:
//   node examples/two-peers-communities.ts [EXTERNAL [INTERNAL [PORT]]]
import { type Neighbor, type Route, RouteSet, Speaker } from 'oyez/bgp'

const [external = '192.0.2.1', internal = '192.0.2.3', port = '179'] = process.argv.slice(2)

const speaker = new Speaker({ asn: 64513, routerId: '192.0.2.2', listen: 'none' })
const upstream = speaker.add({ address: external, asn: 64512, port: Number(port), description: 'upstream' })
const inside = speaker.add({ address: internal, asn: 64513, port: Number(port), description: 'inside' })

const web: Route = { prefix: '203.0.113.1/32', attributes: { communities: ['64513:80'], med: 10 } }
const mail: Route = { prefix: '203.0.113.2/32', attributes: { largeCommunities: ['64513:1:25'], prepend: 2 } }
const routes = RouteSet.of([web, mail])
upstream.setRoutes(routes)
inside.setRoutes(RouteSet.of([{ prefix: web.prefix, attributes: { localPref: 200 } }]))

/** A set never changes; an edit makes a new one that shares all the rest with the old. */
const change = setTimeout(() => {
  const editor = routes.edit()
  editor.put(web.prefix, { ...web.attributes, communities: ['64513:80', '65535:0'] }) // graceful shutdown, RFC 8326
  upstream.setRoutes(editor.done())
}, 3000)

const timer = setInterval(() => console.log([upstream, inside].map(line).join('\n')), 1000)

function line(neighbor: Neighbor): string {
  const { description, type, state, advertised } = neighbor.status()
  const standing = neighbor.standing(web.prefix)
  const how = standing.sent ? JSON.stringify(standing.path) : standing.reason
  return `${description} (${type}) is ${state}, knows ${advertised.ipv4} prefixes; ${web.prefix}: ${how}`
}

process.once('SIGINT', () => {
  clearTimeout(change)
  clearInterval(timer)
  void speaker.close()
})
