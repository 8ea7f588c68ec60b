/** What is done to an implementation, and what is read off while it happens. Times in ms. */
import { setTimeout as pause } from 'node:timers/promises'
import type { LabProcess } from '../../bird-testbed/index.ts'
import { percentile } from '../statistics.ts'
import { cpuMs, peakMiB } from '../usage.ts'
import type { Implementation } from './implementation.ts'
import { type Ground, pair, prepare, sliceOf } from './world.ts'

export interface Usage {
  readonly cpuMs: number
  readonly peakMiB: number
}

export interface Latency {
  readonly p50: number
  readonly p99: number
}

export interface ClusterResult {
  readonly implementation: string
  readonly services: number
  /** From the start of the processes until every Service has an address, and until BIRD has every route of every node. */
  readonly addressedMs: number
  readonly routedMs: number
  readonly controller: Usage
  /** The one that used most. */
  readonly speaker: Usage
  /** A Service is created -> its status shows an address; -> BIRD has its route. */
  readonly createdToAddress: Latency
  readonly createdToRoute: Latency
  /** Its endpoints go unready -> BIRD has no route of it. */
  readonly unreadyToGone: Latency
  /** The same as createdToRoute, each right after the deletion of another Service. */
  readonly afterDeletion: Latency
  /** The API server is back after 20 s away -> a Service created at that moment has its route. */
  readonly afterOutageMs: number
  /** A speaker is told to stop and started at once: how long BIRD lacks routes of its node. */
  readonly restartGapMs: number
}

export interface Effort {
  readonly services: number
  readonly nodes: number
  /** How many Services each latency is taken from. */
  readonly samples: number
  readonly patienceMs: number
}

export async function measure(implementation: Implementation, effort: Effort): Promise<ClusterResult> {
  await using ground = await prepare(implementation, effort.nodes)
  await fill(ground, effort.services)
  const started = performance.now()
  const controller = await implementation.startController(ground)
  const speakers: LabProcess[] = []
  for (const node of ground.nodes) speakers.push(await implementation.startSpeaker(ground, node))
  const routed = await allRouted(ground, effort, [controller, ...speakers])
  const usages = speakers.map(usageOf)
  const cold = {
    addressedMs: ground.statuses.last - started,
    routedMs: routed - started,
    controller: usageOf(controller),
    speaker: usages.reduce((most, one) => (one.cpuMs > most.cpuMs ? one : most)),
  }
  await quiet(ground, controller, ...speakers)
  return {
    implementation: implementation.name,
    services: effort.services,
    ...cold,
    ...(await changes(ground, effort.samples)),
    afterOutageMs: await outage(ground),
    restartGapMs: await restart(ground, implementation, speakers, effort),
  }
}

const usageOf = ({ pid }: LabProcess): Usage => ({ cpuMs: cpuMs(pid), peakMiB: peakMiB(pid) })

async function fill({ plane, nodes }: Ground, services: number): Promise<void> {
  const pairs = Array.from({ length: services }, (_, at) => pair(`svc-${at}`, nodes))
  await plane.plant(...pairs.map(({ service }) => service), ...pairs.map(({ slice }) => slice))
}

async function allRouted(
  { table, nodes }: Ground,
  { services, patienceMs }: Effort,
  processes: readonly LabProcess[],
): Promise<number> {
  const all = async () => {
    const ended = processes.find(({ running }) => !running)
    if (ended !== undefined) throw new Error(`${ended.name} ended:\n${ended.output.slice(-2000)}`)
    for (const { name } of nodes) if ((await table.count(name)) < services) return false
    return true
  }
  return table.until(all, `${services} routes of each node`, { everyMs: 20, withinMs: patienceMs })
}

const QUIET_MS = 5_000
const LONGEST_QUIET_MS = 300_000

/**
 * Settled: no Service has been written for five seconds, not in vain either, and nobody has used more than a tenth of a
 * core in that time; five minutes at most.
 */
async function quiet({ plane }: Ground, ...processes: readonly LabProcess[]): Promise<void> {
  const until = performance.now() + LONGEST_QUIET_MS
  while (performance.now() < until) {
    const used = processes.map(({ pid }) => cpuMs(pid))
    const written = await serviceWrites(plane)
    await pause(QUIET_MS)
    const isIdle = processes.every(({ pid }, at) => cpuMs(pid) - (used[at] ?? 0) < QUIET_MS / 10)
    if (isIdle && (await serviceWrites(plane)) === written) return
  }
}

/** Writes of Services and their statuses that the API server has been asked for. */
async function serviceWrites(plane: Ground['plane']): Promise<number> {
  const text = await plane.api.request<string>('GET', '/metrics')
  const lines = text.matchAll(/^apiserver_request_total\{([^}]*resource="services"[^}]*)\} (\d+)/gm)
  return [...lines]
    .filter(([, labels = '']) => /verb="(PUT|PATCH|APPLY)"/.test(labels))
    .reduce((sum, [, , count = '0']) => sum + Number(count), 0)
}

interface Changed {
  readonly createdToAddress: Latency
  readonly createdToRoute: Latency
  readonly unreadyToGone: Latency
  readonly afterDeletion: Latency
}

async function changes(ground: Ground, samples: number): Promise<Changed> {
  const { plane, nodes, table } = ground
  const [addresses, routes, gone, after]: number[][] = [[], [], [], []]
  for (let at = 0; at < samples; at++) {
    const born = await create(ground, `new-${at}`)
    addresses?.push(born.addressMs)
    routes?.push(born.routeMs)
  }
  for (let at = 0; at < samples; at++) {
    const { service } = pair(`new-${at}`, nodes)
    const { ip } = await ground.statuses.of(`new-${at}`)
    const since = performance.now()
    await plane.api.apply(sliceOf(service, nodes, false))
    const at1 = await table.until(async () => !(await onEveryNode(ground, ip, 'some')), `${ip} is withdrawn`)
    gone?.push(at1 - since)
  }
  for (let at = 0; at < samples / 5; at++) {
    const { service, slice } = pair(`new-${at}`, nodes)
    await plane.api.remove(service, slice)
    after?.push((await create(ground, `later-${at}`)).routeMs)
  }
  return {
    createdToAddress: latency(addresses),
    createdToRoute: latency(routes),
    unreadyToGone: latency(gone),
    afterDeletion: latency(after),
  }
}

const latency = (values: readonly number[] = []): Latency => ({
  p50: percentile(values, 50),
  p99: percentile(values, 99),
})

async function create(ground: Ground, name: string): Promise<{ addressMs: number; routeMs: number }> {
  const { service, slice } = pair(name, ground.nodes)
  const since = performance.now()
  await ground.plane.api.create(service, slice)
  const { ip, at } = await ground.statuses.of(name)
  const routed = await ground.table.until(() => onEveryNode(ground, ip, 'every'), `${ip} is routed`)
  return { addressMs: at - since, routeMs: routed - since }
}

async function onEveryNode({ table, nodes }: Ground, ip: string, how: 'every' | 'some'): Promise<boolean> {
  for (const { name } of nodes) {
    const has = await table.has(`${ip}/32`, name)
    if (has !== (how === 'every')) return has
  }
  return how === 'every'
}

async function outage(ground: Ground): Promise<number> {
  await ground.plane.apiServer.kill()
  await pause(20_000)
  await ground.plane.apiServer.start()
  return (await create(ground, 'after-outage')).routeMs
}

async function restart(
  ground: Ground,
  implementation: Implementation,
  speakers: LabProcess[],
  effort: Effort,
): Promise<number> {
  const [node] = ground.nodes
  const [speaker] = speakers
  if (node === undefined || speaker === undefined) return Number.NaN
  const enough = Math.min(effort.services, await ground.table.count(node.name))
  // MetalLB's may take longer than anybody wants to wait; it is killed when its routes are gone.
  speaker.stop('SIGTERM').catch(() => {})
  const away = await ground.table.until(
    async () => (await ground.table.count(node.name)) < enough,
    `routes of ${node.name} go`,
  )
  await speaker.stop('SIGKILL')
  await implementation.startSpeaker(ground, node)
  const back = await ground.table.until(
    async () => (await ground.table.count(node.name)) >= enough,
    `routes of ${node.name} are back`,
    { withinMs: effort.patienceMs },
  )
  return back - away
}
