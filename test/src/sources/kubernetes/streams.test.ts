import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Lines } from '../../../../src/sources/kubernetes/lines.ts'
import { ForwardedConnection } from '../../../../src/sources/kubernetes/port-forward.ts'
import { acceptFor, encodeFrame, FrameReader, Opcode } from '../../../../src/sources/kubernetes/websocket.ts'

/** A buffer in pieces, cut at these places. */
function pieces(whole: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (whole.length + 1)), whole.length].sort((a, b) => a - b)
  return at.slice(1).map((end, index) => whole.subarray(at[index], end))
}

const cuts = fc.array(fc.nat(), { maxLength: 8 })

describe('Lines', () => {
  it('are the same however the stream is cut, multi-byte characters and all', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 30 }).map((one) => one.replaceAll(/[\r\n]/g, ''))
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), cuts, (all, where) => {
        const lines = new Lines(10_000)
        const whole = Buffer.from(all.map((one) => `${one}\n`).join(''))
        const got = pieces(whole, where).flatMap((piece) => [...lines.push(piece)])
        expect(got).toEqual(all.map((one) => one.trim()).filter((one) => one !== ''))
        expect(lines.rest).toBe(0)
      }),
    )
  })

  it('that never end are refused before they fill the memory', () => {
    const lines = new Lines(1000)
    const push = () => [...lines.push(Buffer.alloc(400, 'x'))]
    push()
    push()
    expect(push).toThrow('a line is longer than 1000 octets')
    expect(() => [...new Lines(10).push(Buffer.from(`${'x'.repeat(11)}\n`))]).toThrow('longer than 10')
  })
})

/** As a server sends it: not masked. */
function serverFrame(opcode: number, payload: Buffer, final = true): Buffer {
  const masked = encodeFrame(opcode, payload, Buffer.alloc(4))
  const head = masked.length - payload.length - 4
  const frame = Buffer.concat([masked.subarray(0, head), payload])
  frame[0] = (final ? 0x80 : 0) | opcode
  frame[1] = (frame[1] as number) & 0x7f
  return frame
}

describe('WebSocket frames', () => {
  it('answers the example of RFC 6455 section 1.3', () => {
    expect(acceptFor('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
  })

  it('masks as the example of RFC 6455 section 5.7', () => {
    const frame = encodeFrame(Opcode.text, Buffer.from('Hello'), Buffer.from('37fa213d', 'hex'))
    expect(frame.toString('hex')).toBe('818537fa213d7f9f4d5158')
  })

  it('are read the same however they are cut, of each length', () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 130 }),
      fc.constantFrom(125, 126, 127, 65_535, 65_536).map((length) => new Uint8Array(length).fill(7)),
    )
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 4 }), cuts, (all, where) => {
        const reader = new FrameReader(100_000)
        const whole = Buffer.concat(all.map((one) => serverFrame(Opcode.binary, Buffer.from(one))))
        const got = pieces(whole, where).flatMap((piece) => [...reader.push(piece)])
        expect(got.map(({ payload }) => Buffer.from(payload))).toEqual(all.map((one) => Buffer.from(one)))
      }),
      { numRuns: 40 },
    )
  })

  it('fragments are put together, with a ping between them', () => {
    const reader = new FrameReader(1000)
    const got = reader.push(
      Buffer.concat([
        serverFrame(Opcode.binary, Buffer.from('ab'), false),
        serverFrame(Opcode.ping, Buffer.from('p')),
        serverFrame(Opcode.continuation, Buffer.from('cd')),
      ]),
    )
    expect([...got].map(({ opcode, payload }) => [opcode, payload.toString()])).toEqual([
      [Opcode.ping, 'p'],
      [Opcode.binary, 'abcd'],
    ])
  })

  it('too long a message is refused, whole or in fragments', () => {
    expect(() => [...new FrameReader(10).push(serverFrame(Opcode.binary, Buffer.alloc(11)))]).toThrow(
      'longer than 10',
    )
    const reader = new FrameReader(10)
    const fragment = serverFrame(Opcode.binary, Buffer.alloc(8), false)
    expect([...reader.push(fragment)]).toEqual([])
    expect(() => [...reader.push(serverFrame(Opcode.continuation, Buffer.alloc(8), false))]).toThrow(
      'longer than 10',
    )
  })

  it('what no server may send is refused', () => {
    expect(() => [...new FrameReader(10).push(Buffer.from([0xf2, 0]))]).toThrow('bits')
    expect(() => [...new FrameReader(10).push(encodeFrame(Opcode.binary, Buffer.from('x')))]).toThrow('bits')
  })
})

/** The far side of a forwarded connection: what it got, and a way to say things. */
function forwarded(head: Buffer = Buffer.alloc(0)) {
  const out = new PassThrough()
  const sent: Buffer[] = []
  const stream = Object.assign(out, {
    write: (chunk: Buffer) => {
      sent.push(chunk)
      return true
    },
  })
  const say = (channel: number, data: string | Buffer) =>
    PassThrough.prototype.push.call(
      out,
      serverFrame(Opcode.binary, Buffer.concat([Buffer.of(channel), Buffer.from(data)])),
    )
  return { connection: new ForwardedConnection(stream, head), stream, sent, say }
}

const PORT = Buffer.of(0x78, 0x44)

describe('a forwarded connection', () => {
  it('passes on what comes on channel 0 behind the port', async () => {
    const { connection, stream, say } = forwarded()
    say(0, PORT)
    say(1, PORT)
    say(0, 'hello ')
    say(0, 'world')
    PassThrough.prototype.push.call(stream, serverFrame(Opcode.close, Buffer.alloc(0)))
    expect(await text(connection)).toBe('hello world')
  })

  it('ends with what channel 1 says', async () => {
    const { connection, say } = forwarded()
    const failed = new Promise((resolve) => connection.once('error', resolve))
    connection.resume()
    say(0, PORT)
    say(1, PORT)
    say(1, 'dial tcp4 127.0.0.1:17473: connection refused\n')
    expect(String(await failed)).toContain('dial tcp4 127.0.0.1:17473: connection refused')
  })

  it('sends in masked messages of channel 0, none of them too long', () => {
    const { connection, sent } = forwarded()
    connection.write(Buffer.alloc(70_000, 'x'))
    expect(sent.map((frame) => (frame[1] as number) & 0x80)).toEqual([0x80, 0x80, 0x80])
    expect(Math.max(...sent.map((frame) => frame.length))).toBeLessThan(33_000)
  })

  it('answers a ping', async () => {
    const { connection, stream, sent } = forwarded()
    connection.resume()
    PassThrough.prototype.push.call(stream, serverFrame(Opcode.ping, Buffer.from('x')))
    await new Promise((resolve) => setImmediate(resolve))
    expect(sent.map((frame) => (frame[0] as number) & 0x0f)).toEqual([Opcode.pong])
  })
})
