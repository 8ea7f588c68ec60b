/**
 * `oyez controller`: wiring, and nothing else. The API server feeds the controller, a Lease says whether it may work,
 * and what it finds out goes back: statuses, Events, the ConfigurationState, metrics.
 */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { type Log, systemClock } from '../bgp/index.ts'
import type { Snapshot } from './cluster/index.ts'
import { Alone, Controller, Election, type Leadership } from './controller/index.ts'
import { openControllerDoors } from './controller-doors.ts'
import type { ControllerOptions } from './controller-options.ts'
import { ControllerState } from './controller-state.ts'
import { KubernetesFeed } from './kubernetes-feed.ts'
import { createLog } from './log/index.ts'
import { type ControllerFigures, controllerMetrics } from './metrics/index.ts'
import { DEFAULT_NAMESPACE } from './places.ts'
import { untilTold } from './signals.ts'
import { connectKubernetes, type KubeApi } from './sources/index.ts'
import { packageVersion } from './version.ts'

const LEASE = 'oyez-controller'

/** Runs until SIGTERM, SIGINT or `stop`; rejects when it cannot start, leaving nothing running. */
export async function runController(options: ControllerOptions, stop?: AbortSignal): Promise<void> {
  const log = createLog({ level: options.logLevel, format: options.logFormat })
  const version = packageVersion()
  const api = await connectKubernetes(options)
  const namespace = options.namespace ?? api.namespace ?? DEFAULT_NAMESPACE
  const identity = `${options.pod ?? hostname()}_${randomUUID()}`
  const leadership = leadershipOf(options, api, namespace, identity, log)
  const state = new ControllerState({ api, namespace, log, ...(options.pod && { pod: options.pod }) })
  let snapshot: Snapshot | undefined
  const feed: KubernetesFeed = new KubernetesFeed({
    api,
    namespace,
    needs: 'controller',
    log,
    take(now, diagnostics) {
      snapshot = now
      controller.update(now, diagnostics)
      state.found(diagnostics)
    },
    onFindings(diagnostics) {
      if (snapshot === undefined) return
      controller.update(snapshot, diagnostics)
      state.found(diagnostics)
    },
  })
  const controller: Controller = new Controller(api, {
    leadership,
    namespace,
    plan: options,
    moveDelayMs: options.moveDelayMs,
    instance: identity,
    identity: feed.identity.bind(feed),
    onLead: (leads) => state.lead(leads),
    onWritten: (ms) => metrics.settled(ms / 1_000),
    clock: systemClock,
    random: Math.random,
    log,
  })
  const metrics = controllerMetrics(figuresOf(version, controller, feed))
  const signal = untilTold({ onReload: () => feed.reload(), stop, log })
  const cluster = () => snapshot && { objects: feed.configuration, services: snapshot.services }
  const missing = () =>
    feed.isReady ? [] : [`the state of the cluster has not been read yet: ${feed.awaited.join(', ')}`]
  const doors = await openControllerDoors({
    options,
    namespace,
    api,
    figures: metrics.figures,
    missing,
    cluster,
    log,
  }).catch((error: unknown) => {
    api.close()
    throw error
  })
  log('info', 'oyez controller started', { version, server: api.server, namespace, identity })
  controller.start()
  feed.start()
  log('info', 'stopping', { signal: await signal })
  state.close()
  // Whoever takes over waits for this.
  await controller.close()
  feed.close()
  await doors.close()
  api.close()
}

const leadershipOf = (
  { leaderElect }: ControllerOptions,
  api: KubeApi,
  namespace: string,
  identity: string,
  log: Log,
): Leadership =>
  leaderElect
    ? new Election(api, { namespace, name: LEASE, identity, clock: systemClock, random: Math.random, log })
    : new Alone(identity)

function figuresOf(version: string, controller: Controller, feed: KubernetesFeed): ControllerFigures {
  const view = () => controller.view()
  return {
    version,
    source: () => feed.figures(),
    pools: () => controller.pools(),
    isLeader: () => view().leads,
    queueLength: () => {
      const { undecided, writes } = view()
      return undecided + writes.waiting + writes.later + writes.inFlight
    },
    writes: () => {
      const { written, failed, conflicts } = view().writes
      return { done: written, failed, conflicts }
    },
    codes: () => controller.codes(),
    events: () => view().events,
  }
}
