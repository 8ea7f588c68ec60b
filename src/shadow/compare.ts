/**
 * The same cluster, decided twice: by the MetalLB that runs it, which left its decisions in statuses, and by the very
 * functions that the daemon would use. Pure, and it changes nothing: what it finds is what a switch would change.
 */
import type { Diagnostic, ObjectKey, Snapshot } from '../cluster/index.ts'
import { planAllocation } from '../ipam/index.ts'
import { NodePlanner, type PlanOptions, planPeers, reportService } from '../plan/index.ts'
import { AnnouncedServices } from '../status/index.ts'
import type {
  AllocationDifference,
  AnnouncementDifference,
  MetallbAnnouncement,
  ShadowReport,
} from './types.ts'

export interface ShadowInput {
  readonly snapshot: Snapshot
  readonly diagnostics: readonly Diagnostic[]
  /** Undefined: MetalLB does not say. */
  readonly announcements?: readonly MetallbAnnouncement[]
  readonly options?: PlanOptions
}

export function compareWithMetallb({
  snapshot,
  diagnostics,
  announcements,
  options = {},
}: ShadowInput): ShadowReport {
  const nodes = [...snapshot.nodes.keys()].sort()
  return {
    nodes,
    services: loadBalancers(snapshot),
    allocation: compareAllocation(snapshot, options),
    ...(announcements !== undefined && {
      announcement: compareAnnouncements(snapshot, nodes, announcements, options),
    }),
    diagnostics,
    notes: notesFor(snapshot, announcements),
  }
}

function loadBalancers({ services }: Snapshot): number {
  let count = 0
  for (const { type } of services.values()) if (type === 'LoadBalancer') count++
  return count
}

function compareAllocation(snapshot: Snapshot, { lbClass }: PlanOptions): ShadowReport['allocation'] {
  const { reports } = planAllocation(snapshot, lbClass === undefined ? {} : { lbClass })
  const differences: AllocationDifference[] = []
  let same = 0
  for (const { key, before, after, code, message } of reports) {
    if (sameSet(before, after)) same++
    else differences.push({ service: key, metallb: before, oyez: after, code, message })
  }
  return { same, differences: differences.sort(byServiceAndNode) }
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item) => b.includes(item))

function compareAnnouncements(
  snapshot: Snapshot,
  nodes: readonly string[],
  announcements: readonly MetallbAnnouncement[],
  options: PlanOptions,
): NonNullable<ShadowReport['announcement']> {
  const theirs = Map.groupBy(announcements, ({ node }) => node)
  const differences: AnnouncementDifference[] = []
  let same = 0
  for (const node of new Set([...nodes, ...theirs.keys()])) {
    const result = compareNode(snapshot, node, theirs.get(node) ?? [], options)
    same += result.same
    differences.push(...result.differences)
  }
  return { same, differences: differences.sort(byServiceAndNode) }
}

function compareNode(
  snapshot: Snapshot,
  node: string,
  announcements: readonly MetallbAnnouncement[],
  options: PlanOptions,
): NonNullable<ShadowReport['announcement']> {
  const planner = new NodePlanner(node, options)
  const changes = planner.update(snapshot)
  const peers = planPeers(snapshot, node)
  const announced = new AnnouncedServices()
  // Steps of a long work: here they are all taken at once.
  for (const _ of announced.update({ plans: planner.plans, changes, peers }));
  const theirs = new Map(announcements.map((one) => [one.service, one.peers]))
  const differences: AnnouncementDifference[] = []
  let same = 0
  for (const service of new Set([...theirs.keys(), ...announced.all.keys()])) {
    const metallb = theirs.get(service) ?? []
    const oyez = announced.all.get(service)?.peers.split(',') ?? []
    if (sameSet(metallb, oyez)) same++
    else differences.push({ service, node, metallb, oyez, ...reasonFor(service) })
  }
  return { same, differences }

  function reasonFor(service: ObjectKey): Pick<AnnouncementDifference, 'code' | 'message'> {
    const plan = planner.plans.get(service)
    if (plan === undefined)
      return { code: 'NoSuchService', message: 'the Service is gone, its status object is left' }
    const { code, message } = reportService(plan, peers)
    return { code, message }
  }
}

type Row = { readonly service: ObjectKey; readonly node?: string }

const byServiceAndNode = (a: Row, b: Row): number =>
  a.service === b.service ? compareText(a.node ?? '', b.node ?? '') : compareText(a.service, b.service)

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function notesFor(
  { config }: Snapshot,
  announcements: readonly MetallbAnnouncement[] | undefined,
): readonly string[] {
  const notes: string[] = []
  if (announcements === undefined)
    notes.push(
      'announcements were not compared: MetalLB keeps no ServiceBGPStatus objects here (it does since 0.15)',
    )
  if (config.l2Advertisements.length > 0)
    notes.push('layer 2 was not compared: this version of oyez does not answer ARP or NDP yet')
  return notes
}
