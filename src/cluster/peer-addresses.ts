/** The addresses of a BGPPeer: the router's, our own, and the router ID. */
import { formatAddress, parseAddress } from '../../bgp/wire/index.ts'
import { quote } from './diagnostics.ts'
import type { Path } from './objects.ts'
import type { PeerSpec } from './peer-schema.ts'
import type { Report } from './report.ts'
import type { BgpPeer } from './types.ts'

const PEER_ADDRESS: Path = ['spec', 'peerAddress']

export function readPeerAddress(spec: PeerSpec, report: Report): Pick<BgpPeer, 'peerAddress'> {
  if (spec.peerAddress && spec.interface) {
    const message = 'peerAddress and interface exclude each other'
    report.error('Contradiction', PEER_ADDRESS, message, 'keep peerAddress')
  }
  // interface stands in for it, and has been refused by its own name.
  if (!spec.peerAddress && !spec.interface)
    report.error('MissingField', PEER_ADDRESS, 'is required', 'the IP address of the router')
  const octets = spec.peerAddress ? readHost(spec.peerAddress, PEER_ADDRESS, report) : undefined
  return { peerAddress: octets === undefined ? '' : formatAddress(octets) }
}

export function readSourceAddress(spec: PeerSpec, report: Report): Pick<BgpPeer, 'sourceAddress'> {
  if (!spec.sourceAddress) return {}
  const path = ['spec', 'sourceAddress']
  const octets = readHost(spec.sourceAddress, path, report)
  if (octets === undefined) return {}
  const peer = spec.peerAddress ? parseAddress(spec.peerAddress) : undefined
  if (peer !== undefined && peer.length !== octets.length) {
    const message = `${spec.sourceAddress} and peerAddress ${spec.peerAddress} are of different address families`
    report.error('MixedFamilies', path, message, 'give an address of this node of the family of peerAddress')
  }
  return { sourceAddress: formatAddress(octets) }
}

/** RFC 4271 section 4.2 and RFC 6286: four octets, not zero; they look like an IPv4 address. */
export function readRouterId(spec: PeerSpec, report: Report): Pick<BgpPeer, 'routerId'> {
  if (!spec.routerID) return {}
  const octets = parseAddress(spec.routerID)
  const hint = 'write four octets like an IPv4 address, e.g. 192.0.2.1, also on an IPv6-only node'
  if (octets?.length === 4 && octets.some((octet) => octet !== 0)) return { routerId: spec.routerID }
  const what = octets?.length === 16 ? 'an IPv6 address' : 'not an IPv4 address other than 0.0.0.0'
  report.error('InvalidAddress', ['spec', 'routerID'], `${quote(spec.routerID)} is ${what}`, hint)
  return {}
}

/** An address that a TCP connection can have at an end. */
function readHost(text: string, path: Path, report: Report): Uint8Array | undefined {
  const octets = parseAddress(text)
  const problem = octets === undefined ? 'not an IP address' : unusable(octets)
  if (problem === undefined) return octets
  const hint = text.includes('/') ? `write ${quote(text.slice(0, text.indexOf('/')))}` : undefined
  report.error('InvalidAddress', path, `${quote(text)} is ${problem}`, hint)
  return undefined
}

function unusable(octets: Uint8Array): string | undefined {
  const [a = 0, b = 0] = octets
  if (octets.every((octet) => octet === 0)) return 'the unspecified address'
  if (octets.length === 4) return a >= 224 ? 'not a unicast address' : undefined
  if (a === 0xff) return 'a multicast address'
  if (a === 0xfe && (b & 0xc0) === 0x80)
    return 'link-local, which needs an interface; that is not supported yet'
  return undefined
}
