/** Sessions to test against: what was negotiated, and who we are in it. */
import {
  AdjRibOut,
  type ExportFacts,
  type RouteAttributes,
  RouteSet,
  type SessionOut,
} from '../../../bgp/rib/index.ts'
import type { Family, SessionContext } from '../../../bgp/wire/index.ts'
import { ModelPeer } from './model-peer.ts'

export const V4_FACTS: ExportFacts = {
  localAsn: 64512,
  ebgp: true,
  peerAddress: '192.0.2.1',
  localAddress: '192.0.2.10',
  extendedNextHop: false,
}

export const V6_FACTS: ExportFacts = {
  ...V4_FACTS,
  peerAddress: '2001:db8::1',
  localAddress: '2001:db8::10',
}

export function context(change: Partial<SessionContext> = {}): SessionContext {
  return {
    as4: true,
    ebgp: true,
    extendedMessages: false,
    addPath: new Set<Family>(),
    families: new Set<Family>(['ipv4', 'ipv6']),
    ...change,
  }
}

export function sessionOut(change: Partial<SessionOut> = {}): SessionOut {
  return { ctx: context(), facts: V4_FACTS, ...change }
}

/** `count` host routes from 10.0.0.0 up, the attributes of each chosen by its number. */
export function hosts4(count: number, attributes: (n: number) => RouteAttributes = () => ({})): RouteSet {
  const editor = RouteSet.empty.edit()
  for (let n = 0; n < count; n++) editor.putPacked4(0x0a00_0000 + n, 32, attributes(n))
  return editor.done()
}

/** `count` host routes from 2001:db8:1:: up. */
export function hosts6(count: number, attributes: (n: number) => RouteAttributes = () => ({})): RouteSet {
  const editor = RouteSet.empty.edit()
  const address = Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  for (let n = 0; n < count; n++) {
    new DataView(address.buffer).setUint32(12, n)
    editor.putPacked6(address, 128, attributes(n))
  }
  return editor.done()
}

/** Both families on an IPv4 session. */
export const BOTH = { ...V4_FACTS, nextHops: { ipv6: '2001:db8::10' } }

/** Routes that say nothing but their prefix. */
export function routes(...prefixes: readonly string[]): RouteSet {
  return RouteSet.of(prefixes.map((prefix) => ({ prefix, attributes: {} })))
}

export function edited(set: RouteSet, prefix: string, attributes: RouteAttributes | undefined): RouteSet {
  const editor = set.edit()
  if (attributes === undefined) editor.delete(prefix)
  else editor.put(prefix, attributes)
  return editor.done()
}

export interface Established {
  readonly rib: AdjRibOut
  readonly peer: ModelPeer
}

/** A session that is up, with what it was to hear said. */
export function established(set = RouteSet.empty, out = sessionOut(), remembers = true): Established {
  const rib = new AdjRibOut()
  rib.setWanted(set)
  rib.start(out)
  const peer = new ModelPeer(out.ctx, remembers)
  peer.pull(rib)
  peer.heard.length = 0
  return { rib, peer }
}
