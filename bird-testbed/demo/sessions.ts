/** Proof that no session flapped: what both ends say about their sessions, before and after. */
import type { PeersView } from '../../src/api/index.ts'
import type { OyezSpeaker } from '../index.ts'
import { type KafkaNetwork, NODE_NAMES, type NodeName } from './kafka-network.ts'
import { BrokenClaim, held } from './show.ts'

type Speakers = ReadonlyMap<NodeName, OyezSpeaker>

export type Sessions = ReadonlyMap<NodeName, Session>

/** A session that went down and came back has come up once more at BIRD, and has more flaps and less uptime at oyez. */
interface Session {
  readonly state: string
  readonly timesUp: number
  readonly flaps: number
  readonly uptimeMs: number
}

export async function lookAtSessions({ bird }: KafkaNetwork, speakers: Speakers): Promise<Sessions> {
  const sessions = new Map<NodeName, Session>()
  for (const name of NODE_NAMES) {
    const { info } = await bird.protocol(name)
    const { flaps, uptimeMs } = await oyezSession(speakers, name)
    sessions.set(name, { state: info, timesUp: bird.timesUp(name), flaps, uptimeMs })
  }
  return sessions
}

export async function claimNoFlap(
  network: KafkaNetwork,
  speakers: Speakers,
  before: Sessions,
): Promise<void> {
  const after = await lookAtSessions(network, speakers)
  for (const [name, earlier] of before) {
    const later = after.get(name)
    if (later === undefined || !isSame(earlier, later)) {
      throw new BrokenClaim(
        `the session of ${name} should be the same as before: ${text(earlier)}, now ${text(later)}`,
      )
    }
    held(`the session of ${name} did not flap: ${text(later)}`)
  }
}

async function oyezSession(speakers: Speakers, name: NodeName): Promise<{ flaps: number; uptimeMs: number }> {
  const view = (await speakers.get(name)?.json('peers')) as PeersView | undefined
  const session = view?.peers[0]?.session
  if (session?.uptimeMs === undefined)
    throw new BrokenClaim(`oyez on ${name} should have a session with the router`)
  return { flaps: session.flaps, uptimeMs: session.uptimeMs }
}

function isSame(earlier: Session, later: Session): boolean {
  const told = ({ state, timesUp, flaps }: Session) => `${state} ${timesUp} ${flaps}`
  return told(earlier) === told(later) && later.uptimeMs >= earlier.uptimeMs
}

function text(session: Session | undefined): string {
  if (session === undefined) return 'none'
  const { state, timesUp, flaps, uptimeMs } = session
  return `BIRD: ${state}, came up ${timesUp === 1 ? 'once' : `${timesUp} times`}; oyez: up for ${(uptimeMs / 1000).toFixed(1)} s, ${flaps} flaps`
}
