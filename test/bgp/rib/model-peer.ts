/**
 * A peer made of the wire room's decoder and a Map. It believes what it reads and nothing else, and it counts; what
 * no correct speaker sends makes it throw.
 */
import type { AdjRibOut } from '../../../bgp/rib/index.ts'
import {
  type Family,
  HEADER_LENGTH,
  type PathAttributes,
  type SessionContext,
} from '../../../bgp/wire/index.ts'
import type { NlriList } from '../../../bgp/wire/nlri.ts'
import { Reader } from '../../../bgp/wire/reader.ts'
import { type DecodedUpdate, decodeUpdate, type UpdateMessage } from '../../../bgp/wire/update.ts'

export type Heard = 'withdraw' | 'announce' | `end-of-rib ${Family}` | `${'begin' | 'end'} refresh ${Family}`

export class ModelPeer {
  readonly table = new Map<string, PathAttributes>()
  /** What kind of message came, in order. */
  readonly heard: Heard[] = []
  messages = 0
  octets = 0
  largest = 0
  announced = 0
  withdrawn = 0
  readonly #ctx: SessionContext
  readonly #remembers: boolean

  /** Without memory it only counts, which is quicker where the table is not looked at. */
  constructor(ctx: SessionContext, remembers = true) {
    this.#ctx = ctx
    this.#remembers = remembers
  }

  /** Pulls until nothing is left and returns the number of chunks. */
  pull(rib: AdjRibOut, maxOctets = 65_536): number {
    let chunks = 0
    for (let calls = 0; rib.busy; calls++) {
      if (calls > 2000) throw new Error('it never ends')
      const chunk = rib.next(maxOctets)
      if (chunk === undefined) continue
      chunks++
      this.read(chunk)
    }
    return chunks
  }

  /** Reads one chunk of whole messages. */
  read(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const length = ((chunk[at + 16] as number) << 8) | (chunk[at + 17] as number)
      const message = chunk.subarray(at, at + length)
      if (length < HEADER_LENGTH || message.length !== length) throw new Error('not whole messages')
      if (!message.subarray(0, 16).every((octet) => octet === 0xff)) throw new Error('bad marker')
      if (length > (this.#ctx.extendedMessages ? 65_535 : 4096))
        throw new Error(`message of ${length} octets`)
      this.messages++
      this.octets += length
      this.largest = Math.max(this.largest, length)
      if (message[18] === 5) this.#refresh(message)
      else this.#update(decodeUpdate(new Reader(message, HEADER_LENGTH), this.#ctx))
      at += length
    }
  }

  #refresh(message: Uint8Array): void {
    const subtype = message[21] === 1 ? 'begin' : 'end'
    this.heard.push(`${subtype} refresh ${message[20] === 1 ? 'ipv4' : 'ipv6'}`)
  }

  #update({ message, action, faults }: DecodedUpdate): void {
    if (action !== 'accept') throw new Error(`${action}: ${faults.map(({ reason }) => reason).join(', ')}`)
    if (message.endOfRib !== undefined) {
      this.heard.push(`end-of-rib ${message.endOfRib}`)
      return
    }
    const { withdrawn, nlri, reach, unreach, attributes } = message
    if (partsIn(message) !== 1)
      throw new Error('not exactly one kind of prefixes in a message (RFC 7606 5.1)')
    for (const list of [withdrawn, unreach?.nlri]) this.#withdraw(list)
    this.#announce(nlri, attributes)
    if (reach !== undefined) {
      const { nextHop, linkLocalNextHop } = reach
      this.#announce(reach.nlri, { ...attributes, nextHop, ...(linkLocalNextHop && { linkLocalNextHop }) })
    }
  }

  #withdraw(list: NlriList | undefined): void {
    if (list === undefined || list.count === 0) return
    this.heard.push('withdraw')
    this.withdrawn += list.count
    if (!this.#remembers) return
    for (const { prefix } of list) {
      if (!this.table.delete(prefix)) throw new Error(`${prefix} withdrawn, which was never announced`)
    }
  }

  #announce(list: NlriList, attributes: PathAttributes): void {
    if (list.count === 0) return
    this.heard.push('announce')
    this.announced += list.count
    if (!this.#remembers) return
    for (const { prefix, pathId } of list) {
      const wanted = this.#ctx.addPath.has(list.family) ? 1 : undefined
      if (pathId !== wanted) throw new Error(`path identifier ${pathId} of ${prefix}`)
      this.table.set(prefix, attributes)
    }
  }
}

function partsIn({ withdrawn, nlri, reach, unreach }: UpdateMessage): number {
  return [withdrawn, nlri, reach?.nlri, unreach?.nlri].filter((list) => (list?.count ?? 0) > 0).length
}
