/**
 * The advertisements of a pool: which of them this node may follow, which of those a service matches, whether they
 * contradict each other, and what they make of an address.
 */
import { DEFAULT_LOCAL_PREF, familyOf } from '../../bgp/wire/index.ts'
import type { Announcement } from '../../peers/index.ts'
import { type BgpAdvertisement, contradict, matches, type Node, type Service } from '../cluster/index.ts'
import { prefixOf } from './addresses.ts'
import { count, failed, labelText, listed, passed } from './steps.ts'
import { ReasonCode, type TraceStep } from './types.ts'

const NODE_RULE = 'advertisements for the node'
const SERVICE_RULE = 'advertisements for the service'
const LOCAL_PREF_RULE = 'local preference'

/** What one pool's advertisements mean on one node: the same for every service of the pool. */
export interface PoolAdvertisements {
  readonly all: readonly BgpAdvertisement[]
  /** Those whose nodeSelectors let this node announce. */
  readonly allowed: readonly BgpAdvertisement[]
  readonly nodeStep: TraceStep
  /** Present when no advertisement looks at the service, so that one step serves them all. */
  readonly serviceStep?: TraceStep
}

export const names = (advertisements: readonly BgpAdvertisement[]): string =>
  listed(advertisements.map(({ name }) => name))

function nodeStepOf(
  pool: string,
  all: readonly BgpAdvertisement[],
  allowed: readonly BgpAdvertisement[],
  node: Node | undefined,
  nodeName: string,
): TraceStep {
  if (all.length === 0)
    return failed(NODE_RULE, ReasonCode.noAdvertisement, `no BGPAdvertisement selects pool ${pool}`)
  if (node === undefined)
    return failed(NODE_RULE, ReasonCode.nodeUnknown, `the cluster has no Node named ${nodeName}`)
  const found = `${count(all.length, 'BGPAdvertisement')} for pool ${pool} (${names(all)})`
  if (allowed.length > 0) return passed(NODE_RULE, `${found}: ${names(allowed)} may use ${nodeName}`)
  const message = `${found}: the nodeSelectors of none match ${nodeName}, whose labels are ${labelText(node.labels)}`
  return failed(NODE_RULE, ReasonCode.nodeNotSelected, message)
}

/** Rule 1 of deciding whether a node should advertise: some advertisement of the pool allows the node. */
export function poolAdvertisements(
  pool: string,
  advertisements: readonly BgpAdvertisement[],
  node: Node | undefined,
  nodeName: string,
): PoolAdvertisements {
  const all = advertisements.filter(({ pools }) => pools.includes(pool))
  const allowed = node === undefined ? [] : all.filter((ad) => matches(ad.nodeSelectors, node.labels))
  const nodeStep = nodeStepOf(pool, all, allowed, node, nodeName)
  const plain = allowed.length > 0 && allowed.every(({ serviceSelectors }) => serviceSelectors.length === 0)
  if (!plain) return { all, allowed, nodeStep }
  return { all, allowed, nodeStep, serviceStep: passed(SERVICE_RULE, `${names(allowed)}: any service`) }
}

/** Rule 2: some of the allowed advertisements match the service's labels. */
export function serviceStep(
  candidates: readonly BgpAdvertisement[],
  matching: readonly BgpAdvertisement[],
  service: Service,
): TraceStep {
  const labels = labelText(service.labels)
  if (matching.length > 0)
    return passed(SERVICE_RULE, `${names(matching)}: match the service, whose labels are ${labels}`)
  const message = `the serviceSelectors of ${names(candidates)} do not match the service, whose labels are ${labels}`
  return failed(SERVICE_RULE, ReasonCode.serviceNotSelected, message)
}

export const matchingService = (
  candidates: readonly BgpAdvertisement[],
  service: Service,
): readonly BgpAdvertisement[] =>
  candidates.filter(({ serviceSelectors }) => matches(serviceSelectors, service.labels))

const lengthFor = (ad: BgpAdvertisement, address: string): number =>
  familyOf(address) === 'ipv4' ? ad.aggregationLength : ad.aggregationLengthV6

/** Both make the same prefix of one of the addresses. Their nodes meet as well: both allow this one. */
const meet = (a: BgpAdvertisement, b: BgpAdvertisement, addresses: readonly string[]): boolean =>
  addresses.some((address) => lengthFor(a, address) === lengthFor(b, address))

const NO_CONFLICT = passed(
  LOCAL_PREF_RULE,
  'no two advertisements give one route different local preferences',
)

/**
 * Rule 3: no two matching advertisements give the same route another LOCAL_PREF. Without serviceSelectors the
 * configuration as a whole is refused for that; with them only the service at hand can tell.
 */
export function localPrefStep(matching: readonly BgpAdvertisement[], service: Service): TraceStep {
  for (const [at, a] of matching.entries()) {
    const b = matching
      .slice(at + 1)
      .find((other) => contradict(a, other) && meet(a, other, service.addresses))
    if (b !== undefined) {
      const preference = ({ name, localPref }: BgpAdvertisement) =>
        `${name} (${localPref ?? `unset, so ${DEFAULT_LOCAL_PREF}`})`
      const message = `${preference(a)} and ${preference(b)} give the same route different local preferences`
      return failed(LOCAL_PREF_RULE, ReasonCode.conflictingAdvertisements, message)
    }
  }
  return NO_CONFLICT
}

type Draft = { -readonly [Key in keyof Announcement]: Announcement[Key] }

/** The lists are those of the advertisement itself, so that equal terms are seen at a glance. */
function announcementOf(owner: string, prefix: string, ad: BgpAdvertisement): Announcement {
  const { name, communities, largeCommunities } = ad
  const draft: Draft = { prefix, owner, advertisement: name, communities, largeCommunities }
  if (ad.peers.length > 0) draft.peers = ad.peers
  if (ad.localPref !== undefined) draft.localPref = ad.localPref
  return draft
}

/** Each address by each matching advertisement, aggregated; two addresses in one aggregate are announced once. */
export function announcementsOf(
  owner: string,
  addresses: readonly string[],
  matching: readonly BgpAdvertisement[],
): readonly Announcement[] {
  const announcements: Announcement[] = []
  for (const ad of matching) {
    const seen = new Set<string>()
    for (const address of addresses) {
      const prefix = prefixOf(address, lengthFor(ad, address))
      if (seen.has(prefix)) continue
      seen.add(prefix)
      announcements.push(announcementOf(owner, prefix, ad))
    }
  }
  return announcements
}

/** The old list where the new one says the same. */
export const unlessSame = (
  now: readonly Announcement[],
  before: readonly Announcement[],
): readonly Announcement[] =>
  now.length === before.length && now.every((one, at) => sameAnnouncement(one, before[at])) ? before : now

/** The lists come from the advertisement itself: the same advertisement, the same lists. */
const sameAnnouncement = (a: Announcement, b: Announcement | undefined): boolean =>
  b !== undefined &&
  a.prefix === b.prefix &&
  a.advertisement === b.advertisement &&
  a.localPref === b.localPref &&
  a.peers === b.peers &&
  a.communities === b.communities &&
  a.largeCommunities === b.largeCommunities
