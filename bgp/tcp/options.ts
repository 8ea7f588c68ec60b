import type { TransportOptions } from '../network.ts'
import { type Addon, checked } from './addon.ts'
import { AF_INET, domainOf, md5Key } from './sockaddr.ts'

/** The socket options BGP cares about, by Linux's numbers, and when each must be set. */

const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const SO_BINDTODEVICE = 25
const IPPROTO_IP = 0
const IP_TOS = 1
const IP_TTL = 2
const IP_MINTTL = 21
const IPPROTO_TCP = 6
const TCP_MD5SIG = 14
const IPPROTO_IPV6 = 41
const IPV6_UNICAST_HOPS = 16
const IPV6_V6ONLY = 26
const IPV6_TCLASS = 67
const IPV6_MINHOPCOUNT = 73

/** DSCP CS6, network control, in the TOS octet (RFC 4594 section 3.1): routing must outlive congestion. */
export const TOS_CS6 = 0xc0

/** Whether these options cannot be had without the addon, and the name of the first such. */
export function needsAddon(options: TransportOptions): string | undefined {
  if (options.password !== undefined) return 'a password (TCP MD5)'
  if (options.minTtl !== undefined) return 'TTL security'
  if (options.ttl !== undefined) return 'a TTL'
  if (options.device !== undefined) return 'binding to a device'
  return undefined
}

/** Options of a connecting socket towards `peer`, before its SYN. */
export function prepareToConnect(addon: Addon, fd: number, peer: string, options: TransportOptions): void {
  setTtl(addon, fd, peer, options)
  setTos(addon, fd, peer)
  if (options.device !== undefined) bindToDevice(addon, fd, options.device)
  if (options.password !== undefined) setMd5Key(addon, fd, peer, options.password)
}

/**
 * Options of a listening socket, before bind. One listener serves all peers, so its SYN-ACKs leave with the highest
 * TTL: a peer with TTL security takes nothing less (RFC 5082), and the others do not mind.
 */
export function prepareToListen(addon: Addon, fd: number, address: string): void {
  setInt(addon, fd, SOL_SOCKET, SO_REUSEADDR, 1, 'SO_REUSEADDR')
  if (domainOf(address) !== AF_INET) setInt(addon, fd, IPPROTO_IPV6, IPV6_V6ONLY, 1, 'IPV6_V6ONLY')
  setTos(addon, fd, address)
  setTtl(addon, fd, address, { ttl: 255 })
}

/** What we send and the least we accept (GTSM, RFC 5082). Linux enforces the minimum for TCP only. */
export function setTtl(addon: Addon, fd: number, peer: string, options: TransportOptions): void {
  const v4 = domainOf(peer) === AF_INET
  const level = v4 ? IPPROTO_IP : IPPROTO_IPV6
  if (options.ttl !== undefined) {
    setInt(addon, fd, level, v4 ? IP_TTL : IPV6_UNICAST_HOPS, options.ttl, 'TTL')
  }
  if (options.minTtl !== undefined) {
    setInt(addon, fd, level, v4 ? IP_MINTTL : IPV6_MINHOPCOUNT, options.minTtl, 'minimum TTL')
  }
}

/** An empty password removes the key; that none was there is then no error. */
export function setMd5Key(addon: Addon, fd: number, peer: string, password: string): void {
  const result = addon.setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, md5Key(peer, password))
  if (password !== '') checked(result, `TCP MD5 key for ${peer}`)
}

function setTos(addon: Addon, fd: number, address: string): void {
  if (domainOf(address) === AF_INET) setInt(addon, fd, IPPROTO_IP, IP_TOS, TOS_CS6, 'IP_TOS')
  else setInt(addon, fd, IPPROTO_IPV6, IPV6_TCLASS, TOS_CS6, 'IPV6_TCLASS')
}

function bindToDevice(addon: Addon, fd: number, device: string): void {
  const name = new TextEncoder().encode(device)
  checked(addon.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name), `bind to device ${device}`)
}

function setInt(addon: Addon, fd: number, level: number, option: number, value: number, name: string): void {
  const bytes = new Uint8Array(new Int32Array([value]).buffer)
  checked(addon.setsockopt(fd, level, option, bytes), name)
}
