/**
 * The cluster as decisions see it: one plain, immutable snapshot. Sources (a folder of YAML, the Kubernetes API)
 * make it; `src/plan` reads it. Objects are trimmed to what decisions read. Snapshots share structure: an object
 * that did not change is the same object (===) in the next snapshot, which is what memoised decisions rely on.
 */
import type { Family } from '../../bgp/wire/index.ts'

/** `namespace/name`. */
export type ObjectKey = string

export interface Service {
  readonly namespace: string
  readonly name: string
  readonly labels: Labels
  readonly annotations: Labels
  /** `LoadBalancer`, `ClusterIP`, ... */
  readonly type: string
  readonly loadBalancerClass?: string
  readonly externalTrafficPolicy: 'Cluster' | 'Local'
  /** status.loadBalancer.ingress[].ip, canonical text, in order; entries that are not addresses are in invalidAddresses. */
  readonly addresses: readonly string[]
  readonly invalidAddresses: readonly string[]
  /** spec.clusterIPs, canonical text, in order; `None` and what is no address are left out. */
  readonly clusterIPs: readonly string[]
  readonly ipFamilyPolicy: IpFamilyPolicy
  /** spec.ipFamilies, in order; may be empty. */
  readonly ipFamilies: readonly Family[]
  /** spec.loadBalancerIP as written; not yet checked. */
  readonly loadBalancerIP?: string
  readonly ports: readonly ServicePort[]
  /** spec.selector as one line, keys sorted: `app=web,tier=front`. Empty when there is none. */
  readonly selector: string
  /** The condition that oyez itself keeps in status.conditions, as it stands; absent when there is none. */
  readonly announcedCondition?: AnnouncedCondition
}

export type IpFamilyPolicy = 'SingleStack' | 'PreferDualStack' | 'RequireDualStack'

export interface ServicePort {
  /** `TCP`, `UDP`, `SCTP`. */
  readonly protocol: string
  readonly port: number
}

/** status.conditions[type=oyez.io/Announced] of a Service. */
export interface AnnouncedCondition {
  readonly status: 'True' | 'False'
  /** A ReasonCode of `src/plan`. */
  readonly reason: string
  readonly message: string
}

export type Labels = Readonly<Record<string, string>>

/** Where a pod of the service is and whether it can be used; its addresses are of no interest, only that it has one. */
export interface Endpoint {
  readonly hasAddress: boolean
  readonly nodeName?: string
  /** Unset means true (discovery.k8s.io/v1). */
  readonly ready?: boolean
  readonly serving?: boolean
}

export interface EndpointSlice {
  readonly namespace: string
  readonly name: string
  /** The Service it belongs to: label kubernetes.io/service-name. */
  readonly serviceName: string
  readonly endpoints: readonly Endpoint[]
}

export interface Node {
  readonly name: string
  readonly labels: Labels
  /** InternalIP addresses, canonical text, in order. */
  readonly addresses: readonly string[]
  /** Condition NetworkUnavailable is True. */
  readonly networkUnavailable: boolean
}

export interface Namespace {
  readonly name: string
  readonly labels: Labels
}

/** metav1.LabelSelector; {} matches everything. */
export interface LabelSelector {
  readonly matchLabels: Labels
  readonly matchExpressions: readonly LabelRequirement[]
}

export interface LabelRequirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values: readonly string[]
}

/** Selectors of a list are ORed; an empty list means "no restriction". */
export type Selectors = readonly LabelSelector[]

/** A prefix with host bits clear, canonical text, e.g. `192.0.2.0/24`. */
export type Cidr = string

export interface Pool {
  readonly name: string
  /** One entry per item of spec.addresses: its text and the minimal CIDRs it stands for. */
  readonly ranges: readonly { readonly text: string; readonly cidrs: readonly Cidr[] }[]
  readonly labels: Labels
  readonly autoAssign: boolean
  readonly avoidBuggyIPs: boolean
  readonly allocation?: {
    readonly priority: number
    readonly namespaces: readonly string[]
    readonly namespaceSelectors: Selectors
    readonly serviceSelectors: Selectors
  }
}

export interface BgpAdvertisement {
  readonly name: string
  /** Pool names it selects, resolved from names and selectors; every pool when it names none. */
  readonly pools: readonly string[]
  readonly aggregationLength: number
  readonly aggregationLengthV6: number
  /** Unset means the default (100), which iBGP sends. */
  readonly localPref?: number
  /** `a:b`, aliases resolved; sorted. */
  readonly communities: readonly string[]
  /** `a:b:c`, aliases resolved; sorted. */
  readonly largeCommunities: readonly string[]
  readonly nodeSelectors: Selectors
  /** BGPPeer names; empty means every peer. */
  readonly peers: readonly string[]
  readonly serviceSelectors: Selectors
}

export interface BgpPeer {
  readonly name: string
  readonly myAsn: number
  readonly peerAsn: number
  readonly peerAddress: string
  readonly sourceAddress?: string
  readonly peerPort: number
  /** Seconds; 0 turns the timers off. Unset: 90. */
  readonly holdTime?: number
  readonly keepaliveTime?: number
  readonly connectTime?: number
  readonly routerId?: string
  readonly nodeSelectors: Selectors
  /** From spec.password or the Secret it names. Never shown. */
  readonly password?: string
  readonly ebgpMultiHop: boolean
  readonly dualStackAddressFamily: boolean
  readonly disableMP: boolean
}

/** Parsed and validated now, acted on when layer 2 and BFD are built. */
export interface L2Advertisement {
  readonly name: string
  readonly pools: readonly string[]
  readonly nodeSelectors: Selectors
  readonly interfaces: readonly string[]
  readonly serviceSelectors: Selectors
  readonly preferredNodeSelectors: readonly { readonly weight: number; readonly preference: LabelSelector }[]
}

export interface BfdProfile {
  readonly name: string
  readonly receiveInterval?: number
  readonly transmitInterval?: number
  readonly detectMultiplier?: number
  readonly echoInterval?: number
  readonly echoMode: boolean
  readonly passiveMode: boolean
  readonly minimumTtl?: number
}

/** The metallb.io resources, validated as a whole: the last good ones. */
export interface Config {
  readonly pools: readonly Pool[]
  readonly peers: readonly BgpPeer[]
  readonly bgpAdvertisements: readonly BgpAdvertisement[]
  readonly l2Advertisements: readonly L2Advertisement[]
  readonly bfdProfiles: readonly BfdProfile[]
}

export interface Snapshot {
  readonly services: ReadonlyMap<ObjectKey, Service>
  /** EndpointSlices by the Service they belong to. */
  readonly slices: ReadonlyMap<ObjectKey, readonly EndpointSlice[]>
  readonly nodes: ReadonlyMap<string, Node>
  readonly namespaces: ReadonlyMap<string, Namespace>
  readonly config: Config
}

/** Where a finding is: a file and line for a folder of YAML, an object for the API server. */
export interface Location {
  readonly file?: string
  /** 1-based. */
  readonly line?: number
  readonly column?: number
  /** `IPAddressPool metallb-system/first`. */
  readonly object?: string
  /** `spec.addresses[0]`. */
  readonly path?: string
}

/** One thing wrong (or doubtful) with the input. All findings are collected and shown together. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  /** Stable and CamelCase, e.g. `UnknownField`. */
  readonly code: string
  /** What is wrong, in a sentence, naming the thing. Never holds a secret. */
  readonly message: string
  /** What to do about it. */
  readonly hint?: string
  readonly location: Location
  /** The object is for nodes with these labels alone. Absent: for all, or that cannot be told. */
  readonly nodes?: Selectors
}
