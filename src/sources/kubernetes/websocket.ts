/**
 * The frames of RFC 6455, as much of it as a client of pods/portforward needs: binary messages, fragments put
 * together, pings answered, an orderly end. Not the library's handler: that one has no backpressure and no bounds, and
 * brings every generated model with it.
 */
import { createHash, randomBytes } from 'node:crypto'
import { BadAnswer } from './unreachable.ts'

export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export interface Message {
  readonly opcode: number
  readonly payload: Buffer
}

/** RFC 6455 section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

export const acceptFor = (key: string): string =>
  createHash('sha1')
    .update(key + GUID)
    .digest('base64')

/** Section 5.3: everything a client sends is masked, with a mask nobody can foresee. */
export function encodeFrame(opcode: number, payload: Uint8Array, mask: Buffer = randomBytes(4)): Buffer {
  const head = headFor(payload.length)
  head[0] = 0x80 | opcode
  const frame = Buffer.concat([head, mask, payload])
  const start = head.length + mask.length
  for (let at = start; at < frame.length; at++)
    frame[at] = (frame[at] as number) ^ (mask[(at - start) & 3] as number)
  return frame
}

/** Section 5.2, with the mask bit set. */
function headFor(length: number): Buffer {
  if (length < 126) return Buffer.from([0, 0x80 | length])
  if (length < 0x10000) {
    const head = Buffer.from([0, 0x80 | 126, 0, 0])
    head.writeUInt16BE(length, 2)
    return head
  }
  const head = Buffer.alloc(10)
  head[1] = 0x80 | 127
  head.writeBigUInt64BE(BigInt(length), 2)
  return head
}

/** Whole messages out of a stream of octets. Throws BadAnswer for what no server may send. */
export class FrameReader {
  readonly #longest: number
  #held: Buffer = Buffer.alloc(0)
  #parts: Buffer[] = []
  #opcode: number = Opcode.binary

  /** @param longest message, in octets. */
  constructor(longest: number) {
    this.#longest = longest
  }

  *push(chunk: Buffer): Generator<Message> {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    for (let frame = this.#frame(); frame !== undefined; frame = this.#frame()) {
      // Section 5.4: control frames may stand between the fragments of a message.
      if (frame.opcode >= Opcode.close) yield frame
      else {
        const whole = this.#assemble(frame)
        if (whole !== undefined) yield whole
      }
    }
  }

  #assemble({ opcode, payload, final }: Frame): Message | undefined {
    if (opcode !== Opcode.continuation) {
      this.#opcode = opcode
      this.#parts = []
    }
    this.#parts.push(payload)
    this.#check(this.#parts.reduce((sum, part) => sum + part.length, 0))
    if (!final) return undefined
    const whole = { opcode: this.#opcode, payload: Buffer.concat(this.#parts) }
    this.#parts = []
    return whole
  }

  #frame(): Frame | undefined {
    const held = this.#held
    const head = readHead(held)
    if (head === undefined) return undefined
    this.#check(head.length)
    const end = head.start + head.length
    if (held.length < end) return undefined
    this.#held = held.subarray(end)
    return { opcode: head.opcode, final: head.final, payload: held.subarray(head.start, end) }
  }

  #check(length: number): void {
    if (length > this.#longest) throw new BadAnswer(`a message is longer than ${this.#longest} octets`)
  }
}

interface Frame extends Message {
  readonly final: boolean
}

function readHead(held: Buffer) {
  if (held.length < 2) return undefined
  const first = held[0] as number
  const second = held[1] as number
  if ((first & 0x70) !== 0 || (second & 0x80) !== 0)
    throw new BadAnswer('a frame has bits that no server may set')
  const short = second & 0x7f
  const start = short < 126 ? 2 : short === 126 ? 4 : 10
  if (held.length < start) return undefined
  const length = short < 126 ? short : short === 126 ? held.readUInt16BE(2) : Number(held.readBigUInt64BE(2))
  return { opcode: first & 0x0f, final: (first & 0x80) !== 0, start, length }
}
