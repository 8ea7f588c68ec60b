/**
 * `oyez speaker`: wiring, and nothing else. A folder of manifests feeds the announcer, the announcer feeds the
 * sessions, the API shows both.
 */
import { type Log, rehearse, Speaker, systemClock } from '../bgp/index.ts'
import { speakerSessions } from '../peers/index.ts'
import { Announcer } from './announcer.ts'
import { serveApi } from './api/index.ts'
import { createLog } from './log/index.ts'
import { ManifestFeed } from './manifest-feed.ts'
import { routerIdFor } from './plan/index.ts'
import { sessionLook } from './session-look.ts'
import { untilTold } from './signals.ts'
import type { SpeakerOptions } from './speaker-options.ts'
import { packageVersion } from './version.ts'
import { type SessionLook, speakerViews } from './views.ts'

/** Private use (RFC 6996). Each session has the AS number of its BGPPeer; this one never reaches the wire. */
const PLACEHOLDER_ASN = 64512

/** What routers' operators read when we leave (RFC 9003). */
const FAREWELL = 'oyez is stopping on this node'

/** Runs until SIGTERM or SIGINT; rejects when it cannot start, leaving nothing running. */
export async function runSpeaker(options: SpeakerOptions): Promise<void> {
  const { node, manifests, socket } = options
  const log = createLog({ level: options.logLevel, format: options.logFormat })
  const version = packageVersion()
  const speaker = bgpSpeaker(options, log)
  const announcer = new Announcer<SessionLook>({
    node,
    plan: planOptions(options),
    openSession: speakerSessions(speaker, sessionLook),
    log,
  })
  const feed = new ManifestFeed(manifests, (snapshot) => announcer.update(snapshot), log)
  const { now } = systemClock
  const views = speakerViews({ node, version, startedAt: now(), now, announcer, feed })
  // From here on SIGHUP no longer ends the process.
  const told = untilTold({ onReload: () => feed.reload(), log })
  // The socket first: a second speaker on this node must not speak to anybody.
  const api = await serveApi(views, {
    socket,
    onError: (error) => log('error', 'an API answer failed', { error: error.message }),
  }).catch(async (error: unknown) => {
    await speaker.close()
    throw error
  })
  log('info', 'oyez speaker started', { version, node, manifests, socket })
  feed.start()
  // While the manifests are read aside.
  void rehearse()
  const signal = await told
  log('info', 'stopping', { signal })
  feed.close()
  await Promise.all([speaker.close(FAREWELL), api.close()])
}

function bgpSpeaker({ node, listen }: SpeakerOptions, log: Log): Speaker {
  const addresses = listen?.length === 0 ? 'none' : listen
  const identity = { asn: PLACEHOLDER_ASN, routerId: routerIdFor(node, []), hostname: node }
  return new Speaker({ ...identity, ...(addresses !== undefined && { listen: addresses }) }, { log })
}

function planOptions({ lbClass, ignoreExcludeLb }: SpeakerOptions) {
  return { ...(lbClass !== undefined && { lbClass }), ignoreExcludeLb }
}
