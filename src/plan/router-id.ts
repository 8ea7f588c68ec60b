/**
 * The BGP Identifier of a node (RFC 6286: any four octets but zero, unique within the AS). A node with an IPv4
 * address uses it, as routers do; an IPv6-only node has none, and takes a hash of its name, folded into
 * 1.0.0.1 .. 223.255.255.254 because some routers refuse identifiers that are no unicast address.
 */
import { familyOf } from '../../bgp/wire/index.ts'

const LOWEST = 0x01000001
const HIGHEST = 0xdffffffe

/** FNV-1a, 32 bits, over the name's UTF-16 units, then mixed so that names that differ at the end lie far apart. */
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let at = 0; at < text.length; at++) h = Math.imul(h ^ text.charCodeAt(at), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Stable for a name and its addresses; addresses are the node's InternalIPs in order. */
export function routerIdFor(nodeName: string, addresses: readonly string[]): string {
  const own = addresses.find((address) => familyOf(address) === 'ipv4' && address !== '0.0.0.0')
  if (own !== undefined) return own
  const id = LOWEST + (hash(nodeName) % (HIGHEST - LOWEST + 1))
  return [id >>> 24, (id >>> 16) & 255, (id >>> 8) & 255, id & 255].join('.')
}
