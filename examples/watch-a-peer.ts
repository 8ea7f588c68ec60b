// Shows what a router does and announces, and tells it nothing. Ends with Ctrl-C:
//   node examples/watch-a-peer.ts [ROUTER [ROUTER_ASN [OUR_ASN [PORT]]]]
import { type NeighborStatus, Speaker } from 'oyez/bgp'

const [address = '192.0.2.1', asn = '64512', ownAsn = '64513', port = '179'] = process.argv.slice(2)

const speaker = new Speaker(
  { asn: Number(ownAsn), routerId: '192.0.2.2', listen: 'none' },
  { log: (level, message, fields) => console.error(level, message, fields ?? '') },
)
const neighbor = speaker.add({ address, asn: Number(asn), port: Number(port), families: ['ipv4', 'ipv6'] })

let seen = ''
const timer = setInterval(() => {
  const status = neighbor.status()
  const now = summary(status)
  if (now === seen) return
  seen = now
  console.log(now)
  for (const { prefix, attributes } of neighbor.receivedRoutes()) {
    const path = (attributes.asPath ?? []).flatMap(({ asns }) => asns).join(' ')
    console.log(`  ${prefix} via ${attributes.nextHop} path [${path}] ${attributes.communities ?? ''}`)
  }
}, 200)

function summary({ state, received, capabilities, lastError }: NeighborStatus): string {
  const routes = `${received.ipv4.prefixes} IPv4 and ${received.ipv6.prefixes} IPv6 prefixes`
  if (state === 'Established') return `${state}: ${routes}; agreed on ${capabilities.negotiated.join(', ')}`
  return lastError === undefined ? state : `${state}: ${lastError.text}`
}

process.once('SIGINT', () => {
  clearInterval(timer)
  void speaker.close()
})
