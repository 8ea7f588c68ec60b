/**
 * What routers and clients notice while something happens in the cluster: BIRD's table, looked at all the time, and
 * requests, one after the other.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Bird, Host, LabProcess } from '../../../bird-testbed/index.ts'
import { CLUSTER, LOCAL, NODES, PREFIXES, statusWrites } from './lifecycle-looks.ts'
import type { OyezCluster } from './oyez-cluster.ts'

const CLIENT = fileURLToPath(new URL('./lifecycle-client-program.ts', import.meta.url))

/** Milliseconds between two looks, plus the time of a look. */
const PACE = 10

export interface RouteFigures {
  /** How often BIRD was asked. */
  readonly looks: number
  /** The longest time between two looks, milliseconds: what is shorter may have been missed. */
  readonly blindFor: number
  /** How long each node's routes were missing at most, milliseconds, never less than it was in truth. */
  readonly missingFor: Readonly<Record<string, number>>
  /** Prefixes that once no node announced. */
  readonly uncovered: readonly string[]
  /** How many times a route came or went, by prefix. */
  readonly changes: Readonly<Record<string, number>>
}

/** The routes to some prefixes from some nodes, all of which are there at the start. */
export class RouteWatch {
  private readonly bird: Bird
  private readonly prefixes: readonly string[]
  private readonly nodes: readonly string[]
  private readonly lastSeen = new Map<string, number>()
  private readonly missing = new Set<string>()
  private readonly uncovered = new Set<string>()
  private readonly missingFor: Record<string, number>
  private readonly changes: Record<string, number>
  private looks = 0
  private blindFor = 0
  private lookedAt = performance.now()
  private watching = true
  private readonly ended: Promise<void>

  constructor(bird: Bird, prefixes: readonly string[], nodes: readonly string[]) {
    this.bird = bird
    this.prefixes = prefixes
    this.nodes = nodes
    this.missingFor = Object.fromEntries(nodes.map((node) => [node, 0]))
    this.changes = Object.fromEntries(prefixes.map((prefix) => [prefix, 0]))
    this.ended = this.watch()
    // Told by `stop`; until then nobody listens.
    this.ended.catch(() => {})
  }

  async stop(): Promise<RouteFigures> {
    this.watching = false
    await this.ended
    const { looks, blindFor, missingFor, uncovered, changes } = this
    return { looks, blindFor: Math.round(blindFor), missingFor, uncovered: [...uncovered], changes }
  }

  private async watch(): Promise<void> {
    while (this.watching) {
      const routes = await this.bird.routes()
      this.note(new Set(routes.map(({ prefix, from }) => `${prefix} ${from}`)), performance.now())
      await pause(PACE)
    }
  }

  private note(present: ReadonlySet<string>, now: number): void {
    for (const prefix of this.prefixes) {
      const seen = this.nodes.filter((node) => this.noteRoute(prefix, node, present, now))
      if (seen.length === 0) this.uncovered.add(prefix)
    }
    this.looks += 1
    this.blindFor = Math.max(this.blindFor, now - this.lookedAt)
    this.lookedAt = now
  }

  private noteRoute(prefix: string, node: string, present: ReadonlySet<string>, now: number): boolean {
    const route = `${prefix} ${node}`
    const isThere = present.has(route)
    const wasThere = !this.missing.has(route)
    if (isThere !== wasThere) this.changes[prefix] = (this.changes[prefix] ?? 0) + 1
    if (isThere) this.missing.delete(route)
    else this.missing.add(route)
    if (!isThere || !wasThere) this.noteGap(node, now - (this.lastSeen.get(route) ?? now))
    if (isThere) this.lastSeen.set(route, now)
    return isThere
  }

  private noteGap(node: string, gap: number): void {
    this.missingFor[node] = Math.round(Math.max(this.missingFor[node] ?? 0, gap))
  }
}

export interface AskFigures {
  readonly answered: number
  /** With their times. */
  readonly failures: readonly string[]
}

/** A client that asks one address without pause, one request at a time. */
export class Asking {
  private readonly program: LabProcess

  private constructor(program: LabProcess) {
    this.program = program
  }

  static async start(client: Host, address: string): Promise<Asking> {
    const url = `http://${address.includes(':') ? `[${address}]` : address}/`
    const program = client.spawn('asking', [process.execPath, CLIENT, url])
    await program.awaitReady(() => program.output.includes('asking'), 'asks')
    return new Asking(program)
  }

  async stop(): Promise<AskFigures> {
    await this.program.stop()
    return JSON.parse(this.program.output.trim().split('\n').at(-1) ?? '') as AskFigures
  }
}

export interface Noticed {
  readonly routes: RouteFigures
  readonly asked: readonly (AskFigures & { readonly address: string })[]
  /** The services whose status oyez wrote. */
  readonly wrote: readonly string[]
}

/** What BIRD and a client notice of some work. */
export async function during(oyez: OyezCluster, work: () => Promise<void>): Promise<Noticed> {
  const since = Date.now()
  const addresses = [CLUSTER.address, LOCAL.address]
  const askings = await Promise.all(addresses.map((address) => Asking.start(oyez.client, address)))
  const watch = new RouteWatch(oyez.bird, PREFIXES, NODES)
  const figures = async () => {
    const routes = await watch.stop()
    const asked = await Promise.all(askings.map((asking) => asking.stop()))
    return { routes, asked: asked.map((each, index) => ({ ...each, address: addresses[index] ?? '' })) }
  }
  try {
    await work()
  } catch (error) {
    await figures()
    throw error
  }
  return { ...(await figures()), wrote: statusWrites(oyez, since) }
}

/** For whoever reads the test's output. */
export function tell(what: string, { routes, asked }: Noticed): void {
  const { looks, blindFor, missingFor, changes } = routes
  const requests = asked.map(
    ({ address, answered, failures }) =>
      `${address} ${answered} answered, ${failures.length} failed${failures.map((each) => `\n    ${each}`).join('')}`,
  )
  console.log(`${what}: ${JSON.stringify({ missingFor, changes, looks, blindFor })}; ${requests.join('; ')}`)
}

/** Milliseconds of each lap, by name. */
export function stopwatch(): (name: string) => Readonly<Record<string, number>> {
  const laps: Record<string, number> = {}
  let since = performance.now()
  return (name) => {
    const now = performance.now()
    laps[name] = Math.round(now - since)
    since = now
    return laps
  }
}
