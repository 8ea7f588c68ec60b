/**
 * One connection to a port on a pod's loopback, through the API server and the kubelet: messages of a WebSocket whose
 * first octet names a channel (`v4.channel.k8s.io`). Channel 0 is the connection, channel 1 says why there is none;
 * the first message of each is the port and says nothing else.
 */
import { Duplex } from 'node:stream'
import { plain } from './failures.ts'
import { BadAnswer } from './unreachable.ts'
import { encodeFrame, FrameReader, Opcode } from './websocket.ts'

export const CHANNEL_PROTOCOL = 'v4.channel.k8s.io'

const LONGEST_MESSAGE = 4 * 1024 * 1024
/** What goes into one message: kubelets read them whole. */
const LONGEST_WRITE = 32 * 1024
const DATA = 0
const ERROR = 1

export class ForwardedConnection extends Duplex {
  readonly #stream: Duplex
  readonly #reader = new FrameReader(LONGEST_MESSAGE)
  /** Channels whose port has been read. */
  readonly #opened = new Set<number>()

  /** @param stream the connection after its upgrade; @param head what has come of it already. */
  constructor(stream: Duplex, head: Buffer) {
    super({ allowHalfOpen: false })
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => this.#receive(chunk))
    stream.on('end', () => this.push(null))
    stream.on('error', (error) => this.destroy(error))
    stream.on('close', () => this.destroy())
    if (head.length > 0) stream.unshift(head)
  }

  override _read(): void {
    this.#stream.resume()
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    let sent = true
    for (let at = 0; at < chunk.length; at += LONGEST_WRITE) {
      const part = Buffer.concat([Buffer.of(DATA), chunk.subarray(at, at + LONGEST_WRITE)])
      sent = this.#stream.write(encodeFrame(Opcode.binary, part))
    }
    if (sent) done()
    else this.#stream.once('drain', done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#stream.end(encodeFrame(Opcode.close, Buffer.of(0x03, 0xe8)))
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stream.destroy()
    done(error)
  }

  #receive(chunk: Buffer): void {
    try {
      for (const { opcode, payload } of this.#reader.push(chunk)) {
        if (opcode === Opcode.ping) this.#stream.write(encodeFrame(Opcode.pong, payload))
        else if (opcode === Opcode.close) this.push(null)
        else if (opcode !== Opcode.pong) this.#message(payload)
      }
    } catch (error) {
      this.destroy(error instanceof Error ? error : new BadAnswer(String(error)))
    }
  }

  #message(payload: Buffer): void {
    const channel = payload[0]
    if (channel === undefined) return
    const first = !this.#opened.has(channel)
    this.#opened.add(channel)
    const data = payload.subarray(first ? 3 : 1)
    if (data.length === 0) return
    if (channel === ERROR) this.destroy(new BadAnswer(plain(data.toString('utf8'))))
    else if (channel === DATA && !this.push(data)) this.#stream.pause()
  }
}
