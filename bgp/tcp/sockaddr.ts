import { endianness } from 'node:os'
import { parseAddress } from '../wire/index.ts'

/** Socket addresses and the MD5 key structure as Linux lays them out, in bytes for the addon. */

export const AF_INET = 2
const AF_INET6 = 10

const SOCKADDR_IN = 16
const SOCKADDR_IN6 = 28
const SOCKADDR_STORAGE = 128
/** struct tcp_md5sig: address, flags, prefix length, key length, interface, key. */
const TCP_MD5SIG = 216
const KEY_LENGTH_AT = 130
const KEY_AT = 136
const MAX_MD5_KEY = 80

const littleEndian = endianness() === 'LE'

/** The domain of a socket for this address. */
export function domainOf(address: string): typeof AF_INET | typeof AF_INET6 {
  return octetsOf(address).length === 4 ? AF_INET : AF_INET6
}

export function sockaddr(address: string, port: number): Uint8Array {
  const octets = octetsOf(address)
  const out = new Uint8Array(octets.length === 4 ? SOCKADDR_IN : SOCKADDR_IN6)
  const view = new DataView(out.buffer)
  view.setUint16(0, octets.length === 4 ? AF_INET : AF_INET6, littleEndian)
  view.setUint16(2, port)
  out.set(octets, octets.length === 4 ? 4 : 8)
  return out
}

/** RFC 2385 through Linux's TCP_MD5SIG. An empty key removes the peer's. */
export function md5Key(peer: string, key: string): Uint8Array {
  const secret = new TextEncoder().encode(key)
  if (secret.length > MAX_MD5_KEY) throw new Error(`a TCP MD5 password has at most ${MAX_MD5_KEY} octets`)
  const out = new Uint8Array(TCP_MD5SIG)
  out.set(sockaddr(peer, 0).subarray(0, SOCKADDR_STORAGE))
  new DataView(out.buffer).setUint16(KEY_LENGTH_AT, secret.length, littleEndian)
  out.set(secret, KEY_AT)
  return out
}

function octetsOf(address: string): Uint8Array {
  // A scope (fe80::1%eth0) names the link, not the address.
  const octets = parseAddress(address.split('%')[0] as string)
  if (octets === undefined) throw new Error(`${address} is not an IP address`)
  return octets
}
