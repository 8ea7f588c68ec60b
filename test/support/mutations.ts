/** Hostile octets, the same in every run: mutations of real messages, and noise under a right header. */
import { seededRandom } from './seeded-random.ts'

type Pick = (below: number) => number

const HEADER_LENGTH = 19

/** One message after another; `seeds` are whole messages, the longest of 4096 octets. */
export function* hostileMessages(
  seeds: readonly Uint8Array[],
  count: number,
  seed: number,
): Iterable<Uint8Array> {
  const random = seededRandom(seed)
  const pick: Pick = (below) => Math.floor(random() * below)
  for (let i = 0; i < count; i++) {
    const octets = pick(8) === 0 ? noise(pick) : mutated(seeds, pick)
    // Mostly a header that is believed, so that the body is reached.
    if (pick(8) > 0) repairHeader(octets, pick)
    yield octets
  }
}

function noise(pick: Pick): Uint8Array {
  return Uint8Array.from({ length: pick(120) }, () => (pick(3) === 0 ? pick(4) : pick(256)))
}

function mutated(seeds: readonly Uint8Array[], pick: Pick): Uint8Array {
  const original = seeds[pick(seeds.length)] as Uint8Array
  let octets = Uint8Array.from(original)
  for (let times = pick(4); times >= 0; times--) {
    const mutate = MUTATIONS[pick(MUTATIONS.length)] as Mutation
    octets = mutate(octets, pick, seeds)
  }
  return octets
}

type Mutation = (
  octets: Uint8Array<ArrayBuffer>,
  pick: Pick,
  seeds: readonly Uint8Array[],
) => Uint8Array<ArrayBuffer>

const MUTATIONS: readonly Mutation[] = [
  function flipBit(octets, pick) {
    const at = pick(octets.length)
    octets[at] = (octets[at] ?? 0) ^ (1 << pick(8))
    return octets
  },
  function setOctet(octets, pick) {
    octets[pick(octets.length)] = [0, 1, 2, 4, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff, pick(256)][pick(11)] ?? 0
    return octets
  },
  function addOne(octets, pick) {
    const at = pick(octets.length)
    octets[at] = (octets[at] ?? 0) + (pick(2) === 0 ? 1 : -1)
    return octets
  },
  function truncate(octets, pick) {
    return octets.slice(0, pick(octets.length + 1))
  },
  function remove(octets, pick) {
    const at = pick(octets.length)
    return joined(octets.subarray(0, at), octets.subarray(at + 1 + pick(4)))
  },
  function insert(octets, pick) {
    const at = pick(octets.length)
    const extra = Uint8Array.from({ length: 1 + pick(8) }, () => pick(256))
    return joined(octets.subarray(0, at), extra, octets.subarray(at))
  },
  function splice(octets, pick, seeds) {
    const other = seeds[pick(seeds.length)] as Uint8Array
    return joined(octets.subarray(0, pick(octets.length)), other.subarray(pick(other.length))).slice(0, 4096)
  },
  function repeat(octets, pick) {
    const at = pick(octets.length)
    const part = octets.subarray(at, at + 1 + pick(12))
    return joined(octets.subarray(0, at), part, part, octets.subarray(at)).slice(0, 4096)
  },
]

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function repairHeader(octets: Uint8Array, pick: Pick): void {
  if (octets.length < HEADER_LENGTH) return
  octets.fill(0xff, 0, 16)
  octets[16] = octets.length >> 8
  octets[17] = octets.length & 0xff
  const type = octets[18] ?? 0
  if (type < 1 || type > 5) octets[18] = 1 + pick(5)
}
