/**
 * BGPPeer from v1beta1 to v1beta2 and back. Both say the same of the fields they share, and what is absent stays
 * absent: a peer without holdTime has the default and not none. The fields that v1beta1 lacks travel in an annotation,
 * so that a peer that is read and written back as v1beta1 loses none of them. What is written in v1beta1 fields comes
 * before what the annotation remembers.
 */

/** Holds the fields of v1beta2 that v1beta1 lacks, as JSON, on objects of v1beta1. */
export const NEWER_FIELDS = 'oyez.io/v1beta2-spec'

export const V1BETA1 = 'metallb.io/v1beta1'
export const V1BETA2 = 'metallb.io/v1beta2'

type Fields = Readonly<Record<string, unknown>>

/** @param peer of whatever shape; what is not as it should be is left as it is. */
export function convertPeer(peer: Fields, to: typeof V1BETA1 | typeof V1BETA2): Fields {
  if (peer.apiVersion === to) return peer
  return to === V1BETA2 ? toNewer(peer) : toOlder(peer)
}

const isText = (value: unknown): boolean => typeof value === 'string'
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const isReference = (value: unknown): boolean =>
  isFields(value) && Object.entries(value).every(([key, part]) => /^name(space)?$/.test(key) && isText(part))

/** The fields of v1beta2 that v1beta1 lacks. An annotation can be written by anybody: each has its type. */
const NEWER: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['dynamicASN', isText],
  ['localASN', Number.isSafeInteger],
  ['interface', isText],
  ['connectTime', isText],
  ['passwordSecret', isReference],
  ['enableGracefulRestart', isFlag],
  ['vrf', isText],
  ['disableMP', isFlag],
  ['dualStackAddressFamily', isFlag],
])

/** What the CRD puts into v1beta2 by itself need not travel. */
const DEFAULTS: ReadonlyMap<string, unknown> = new Map([
  ['disableMP', false],
  ['dualStackAddressFamily', false],
])

/** v1beta1 requires these, and writes them like this when there is nothing to say. */
const REQUIRED: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['peerASN', 0],
  ['peerAddress', ''],
])

/** What stands in for a newer field once it is written in v1beta1. */
const EXCLUDED_BY: ReadonlyMap<string, string> = new Map([
  ['dynamicASN', 'peerASN'],
  ['interface', 'peerAddress'],
  ['passwordSecret', 'password'],
])

function toOlder(peer: Fields): Fields {
  if (!isFields(peer.spec)) return { ...peer, apiVersion: V1BETA1 }
  const entries = Object.entries(peer.spec)
  const newer = entries.filter(([field, value]) => NEWER.has(field) && DEFAULTS.get(field) !== value)
  const spec = Object.fromEntries(entries.filter(([field]) => !NEWER.has(field)))
  for (const [field, nothing] of REQUIRED) if (!Object.hasOwn(spec, field)) spec[field] = nothing
  const text = newer.length === 0 ? undefined : JSON.stringify(Object.fromEntries(newer))
  return { ...annotated(peer, text), apiVersion: V1BETA1, spec }
}

function toNewer(peer: Fields): Fields {
  if (!isFields(peer.spec)) return { ...peer, apiVersion: V1BETA2 }
  const older = Object.entries(peer.spec).filter(([field, value]) => !saysNothing(field, value))
  const spec = Object.fromEntries(older)
  const remembered = readAnnotation(peer)
  if (remembered === undefined) return { ...peer, apiVersion: V1BETA2, spec }
  for (const [field, value] of remembered)
    if (!Object.hasOwn(spec, field) && !spec[EXCLUDED_BY.get(field) ?? '']) spec[field] = value
  return { ...annotated(peer, undefined), apiVersion: V1BETA2, spec }
}

/** In v1beta1 port 0 is the default, which v1beta2 leaves out. */
const saysNothing = (field: string, value: unknown): boolean =>
  (REQUIRED.has(field) && value === REQUIRED.get(field)) || (field === 'peerPort' && value === 0)

/** The fields it remembers; undefined when there is none, or none that we wrote. */
function readAnnotation(peer: Fields): readonly [string, unknown][] | undefined {
  const text = annotationsOf(peer)[NEWER_FIELDS]
  if (typeof text !== 'string') return undefined
  const fields = parse(text)
  if (!isFields(fields)) return undefined
  return Object.entries(fields).filter(([field, value]) => NEWER.get(field)?.(value) === true)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function annotationsOf({ metadata }: Fields): Fields {
  const annotations = isFields(metadata) ? metadata.annotations : undefined
  return isFields(annotations) ? annotations : {}
}

/** The peer with the annotation, or without it. */
function annotated(peer: Fields, text: string | undefined): Fields {
  const { [NEWER_FIELDS]: before, ...annotations }: Record<string, unknown> = annotationsOf(peer)
  if (before === text) return peer
  const { annotations: _, ...metadata } = isFields(peer.metadata) ? peer.metadata : {}
  if (text !== undefined) annotations[NEWER_FIELDS] = text
  const some = Object.keys(annotations).length > 0
  return { ...peer, metadata: some ? { ...metadata, annotations } : metadata }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
