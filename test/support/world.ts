import { type Neighbor, type NeighborConfig, Speaker, type SpeakerConfig } from '../../bgp/index.ts'
import { FakeLan } from './fake-network.ts'
import { ManualClock } from './manual-clock.ts'
import { type OpenOverrides, type ScriptedConnection, ScriptedPeer } from './scripted-peer.ts'
import { seededRandom } from './seeded-random.ts'

export const US = '10.0.0.1'
export const THEM = '10.0.0.2'

export interface LogLine {
  readonly at: number
  readonly level: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Our speaker, AS 65001 at 10.0.0.1, and a scripted peer, AS 65002 at 10.0.0.2, on a network in memory. */
export class World {
  readonly clock = new ManualClock()
  readonly lan = new FakeLan(this.clock)
  readonly peer = new ScriptedPeer(this.lan.host(THEM), this.clock)
  readonly log: LogLine[] = []
  readonly speaker: Speaker
  readonly neighbor: Neighbor
  /** Times `onChange` was called. */
  changes = 0

  constructor(config: Partial<NeighborConfig> = {}, speaker: Partial<SpeakerConfig> = {}) {
    this.speaker = new Speaker(
      { asn: 65001, routerId: US, ...speaker },
      {
        network: this.lan.host(US),
        clock: this.clock,
        random: seededRandom(1),
        log: (level, message, fields = {}) => this.log.push({ at: this.clock.now(), level, message, fields }),
        onChange: () => {
          this.changes += 1
        },
      },
    )
    this.neighbor = this.speaker.add({ address: THEM, asn: 65002, ...config })
  }

  get state(): string {
    return this.neighbor.status().state
  }

  /** The session is Established, on the connection returned: dialled by the peer, or accepted by it. */
  establish(open: OpenOverrides = {}, dialled: 'by us' | 'by the peer' = 'by the peer'): ScriptedConnection {
    const connection = this.#connect(dialled)
    connection.open(open)
    this.clock.settle()
    connection.keepalive()
    this.clock.settle()
    if (this.state !== 'Established')
      throw new Error(`not established: ${JSON.stringify(this.neighbor.status())}`)
    return connection
  }

  #connect(dialled: 'by us' | 'by the peer'): ScriptedConnection {
    if (dialled === 'by us') this.peer.listen()
    else this.peer.dial(US)
    this.clock.settle()
    return this.peer.last
  }
}
