/**
 * `oyez speaker`: wiring, and nothing else. A folder of manifests or an API server feeds the announcer, the announcer
 * feeds the sessions, and everybody who wants to know is told: the API, the metrics, Kubernetes.
 */
import { type Log, type Neighbor, rehearse, Speaker, systemClock } from '../bgp/index.ts'
import { speakerSessions } from '../peers/index.ts'
import { Announcer } from './announcer.ts'
import type { Feed } from './feed.ts'
import { createLog } from './log/index.ts'
import { SpeakerReadiness, speakerMetrics, Turnaround } from './metrics/index.ts'
import { routerIdFor } from './plan/index.ts'
import { sessionLook } from './session-look.ts'
import { untilTold } from './signals.ts'
import { openDoors } from './speaker-doors.ts'
import { sessionFigures, speakerFigures } from './speaker-figures.ts'
import type { SpeakerOptions } from './speaker-options.ts'
import { openSource } from './speaker-source.ts'
import { AnnouncedServices } from './status/index.ts'
import { packageVersion } from './version.ts'
import { type SessionLook, speakerViews } from './views.ts'

/** Private use (RFC 6996). Each session has the AS number of its BGPPeer; this one never reaches the wire. */
const PLACEHOLDER_ASN = 64512

/** What routers' operators read when we leave (RFC 9003). */
const FAREWELL = 'oyez is stopping on this node'

const { now } = systemClock

/** Runs until SIGTERM, SIGINT or `stop`; rejects when it cannot start, leaving nothing running. */
export async function runSpeaker(options: SpeakerOptions, stop?: AbortSignal): Promise<void> {
  const { node, socket } = options
  const log = createLog({ level: options.logLevel, format: options.logFormat })
  const version = packageVersion()
  const turnaround = new Turnaround(systemClock)
  const announced = new AnnouncedServices()
  const source = await openSource(options, log, (snapshot) => {
    turnaround.came()
    announcer.update(snapshot)
  })
  const { feed, api, reports } = source
  const speaker = bgpSpeaker(options, log, (neighbor) => reports?.status.sessionChanged(neighbor))
  const announcer: Announcer<SessionLook> = new Announcer({
    node,
    plan: options,
    openSession: speakerSessions(speaker, sessionLook),
    log,
    *onDecided(decided) {
      metrics.tookOver(turnaround.done())
      const changes = yield* announced.update(decided)
      metrics.announced(changes)
      reports?.status.announced(changes)
    },
  })
  const views = speakerViews({ node, version, startedAt: now(), now, announcer, feed })
  const told = { version, node, announcer, announced, source: source.figures, ...(reports && { reports }) }
  const metrics = speakerMetrics(speakerFigures(told))
  const missing = missingFor(feed, announcer)
  // From here on SIGHUP no longer ends the process.
  const signal = untilTold({ onReload: () => feed.reload(), stop, log })
  const doors = { options, views, figures: metrics.figures, missing, log, ...(api && { api }) }
  const { close } = await openDoors(doors).catch(async (error: unknown) => {
    api?.close()
    await speaker.close()
    throw error
  })
  log('info', 'oyez speaker started', { version, node, source: feed.view().location, socket })
  feed.start()
  reports?.status.start()
  // While the cluster state is read.
  void rehearse()
  log('info', 'stopping', { signal: await signal })
  feed.close()
  // Routers first. What is left to say to Kubernetes is that the sessions have ended.
  await speaker.close(FAREWELL)
  await Promise.all([close(), reports?.close()])
  api?.close()
}

function bgpSpeaker(
  { node, listen }: SpeakerOptions,
  log: Log,
  onSession: (neighbor: Neighbor) => void,
): Speaker {
  const addresses = listen?.length === 0 ? 'none' : listen
  const identity = { asn: PLACEHOLDER_ASN, routerId: routerIdFor(node, []), hostname: node }
  const onChange = (neighbor?: Neighbor) => neighbor && onSession(neighbor)
  return new Speaker(
    { ...identity, ...(addresses !== undefined && { listen: addresses }) },
    { log, onChange },
  )
}

/** What the speaker lacks for being ready. */
function missingFor(feed: Feed, announcer: Announcer<SessionLook>): () => readonly string[] {
  const readiness = new SpeakerReadiness()
  return () =>
    readiness.missing({
      now: now(),
      isSourceReady: feed.isReady && announcer.revision > 0,
      awaited: feed.awaited,
      sessions: sessionFigures(announcer),
    })
}
