// Until Ctrl-C: node examples/announce-one-prefix.ts [ROUTER [ROUTER_ASN [OUR_ASN [PREFIX [PORT]]]]]
import { RouteSet, Speaker } from 'oyez/bgp'

const [router = '192.0.2.1', asn = '64512', ownAsn = '64513', prefix = '203.0.113.1/32', port = '179'] =
  process.argv.slice(2)

const speaker = new Speaker(
  { asn: Number(ownAsn), routerId: '192.0.2.2', listen: 'none' },
  { onChange: show },
)
const neighbor = speaker.add({ address: router, asn: Number(asn), port: Number(port) })
neighbor.setRoutes(RouteSet.of([{ prefix, attributes: { communities: ['64513:100'] } }]))

function show() {
  const { state, lastError } = speaker.status().neighbors[0] ?? {}
  console.log(`${router} is ${state}`, /Idle|Active/.test(`${state}`) ? (lastError?.text ?? '') : '')
}

process.once('SIGINT', () => speaker.close('announce-one-prefix was stopped')) // says Cease, then Node ends
