/**
 * What goes into the parser and what comes out, before it becomes a snapshot. Raw objects are plain values of
 * whatever shape, with a way to ask where a path in them stands. Parsed objects are typed but still alone: what
 * refers to other objects (pool names, secrets, community aliases) is resolved when the snapshot is built, so that
 * the parsed form of an unchanged file can be kept.
 */
import type {
  BfdProfile,
  BgpAdvertisement,
  BgpPeer,
  Diagnostic,
  EndpointSlice,
  L2Advertisement,
  Location,
  Namespace,
  Node,
  ObjectKey,
  Pool,
  Selectors,
  Service,
} from './types.ts'

/** Keys and indexes from the top of an object: `['spec', 'addresses', 0]`. */
export type Path = readonly (string | number)[]

/** Where a raw object came from. Asked only when there is something to report. */
export interface Origin {
  /** File, line and column of the path, or of the nearest thing above it. */
  locate(path: Path): Pick<Location, 'file' | 'line' | 'column'>
}

export interface RawObject {
  readonly value: unknown
  readonly origin: Origin
}

/** A basic-auth Secret as far as peers need it. Its value appears in no message. */
export interface Secret {
  readonly type: string
  readonly password?: string
  /** Why there is no password although the key is there. */
  readonly unreadable?: string
}

/** BGPPeer with its password still in the Secret it names. */
export interface PeerDraft {
  readonly peer: BgpPeer
  readonly passwordSecret?: string
}

/** Pools by name and by label; both empty: every pool. */
export interface PoolChoice {
  readonly names: readonly string[]
  readonly selectors: Selectors
}

export interface BgpAdvertisementDraft {
  readonly choice: PoolChoice
  /** As written: literals and aliases. */
  readonly communities: readonly string[]
  readonly rest: Omit<BgpAdvertisement, 'pools' | 'communities' | 'largeCommunities'>
}

export interface L2AdvertisementDraft {
  readonly choice: PoolChoice
  readonly rest: Omit<L2Advertisement, 'pools'>
}

export interface CommunityAlias {
  readonly name: string
  /** `a:b` or `large:a:b:c`, checked. */
  readonly value: string
  readonly index: number
}

/** The kinds that are read, and what each becomes. */
export interface Values {
  readonly Service: Service
  readonly EndpointSlice: EndpointSlice
  readonly Node: Node
  readonly Namespace: Namespace
  readonly Secret: Secret
  readonly IPAddressPool: Pool
  readonly BGPPeer: PeerDraft
  readonly BGPAdvertisement: BgpAdvertisementDraft
  readonly L2Advertisement: L2AdvertisementDraft
  readonly Community: readonly CommunityAlias[]
  readonly BFDProfile: BfdProfile
}

export type Kind = keyof Values

export interface Identified {
  /** Empty for Node and Namespace, which have none. */
  readonly namespace: string
  readonly name: string
  readonly origin: Origin
  /** metadata.creationTimestamp of a metallb.io object, as written. */
  readonly created?: string
  /** Its nodeSelectors, readable even if it is refused. */
  readonly nodes?: Selectors
}

export interface ParsedOf<K extends Kind> extends Identified {
  readonly kind: K
  /** Absent when the object was refused: its name still counts, so that references to it are not reported too. */
  readonly value?: Values[K]
}

export type ParsedObject = { [K in Kind]: ParsedOf<K> }[Kind]

export interface Parsed {
  readonly objects: readonly ParsedObject[]
  readonly diagnostics: readonly Diagnostic[]
}

/** `namespace/name`, or the name alone of what has no namespace. */
export const keyOf = ({
  namespace,
  name,
}: {
  readonly namespace: string
  readonly name: string
}): ObjectKey => (namespace === '' ? name : `${namespace}/${name}`)

/** `IPAddressPool metallb-system/first`. */
export const titleOf = (kind: string, { namespace, name }: { namespace: string; name: string }): string =>
  `${kind} ${keyOf({ namespace, name })}`
