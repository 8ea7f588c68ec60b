/** Proof that no session flapped: what both ends say about their sessions before and after, side by side. */
import type { OyezSpeaker } from '../index.ts'
import { type KafkaNetwork, NODE_NAMES, type NodeName } from './kafka-network.ts'
import { BrokenClaim, held } from './show.ts'

/** What changes, at one end or the other, when a session goes down and comes back. */
export type Sessions = ReadonlyMap<NodeName, string>

interface PeerSnapshot {
  readonly state: string
  readonly flaps: number
  readonly uptimeMs?: number
}

export async function lookAtSessions({ bird }: KafkaNetwork, speakers: Speakers): Promise<Sessions> {
  const sessions = new Map<NodeName, string>()
  for (const name of NODE_NAMES) {
    const { info, since } = await bird.protocol(name)
    const peers = await oyezPeers(speakers, name)
    const oyez = peers.map(({ state, flaps }) => `oyez: ${state}, ${flaps} flaps`)
    sessions.set(name, [`BIRD: ${info} since ${since}`, ...oyez].join('; '))
  }
  return sessions
}

export async function claimNoFlap(
  network: KafkaNetwork,
  speakers: Speakers,
  before: Sessions,
): Promise<void> {
  const after = await lookAtSessions(network, speakers)
  for (const [name, session] of before) {
    if (after.get(name) !== session) {
      throw new BrokenClaim(
        `the session of ${name} should not have flapped: ${session}; now ${after.get(name)}`,
      )
    }
    held(`${name}: same session as before the edit (${session})`)
  }
}

type Speakers = ReadonlyMap<NodeName, OyezSpeaker>

async function oyezPeers(speakers: Speakers, name: NodeName): Promise<readonly PeerSnapshot[]> {
  const answer = (await speakers.get(name)?.json('peers')) as { peers?: readonly PeerSnapshot[] } | undefined
  return answer?.peers ?? []
}
