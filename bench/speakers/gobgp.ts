import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { type ClientHttp2Session, connect } from 'node:http2'
import { join } from 'node:path'
import {
  CHANGED,
  type Contender,
  type Load,
  medOf,
  RECEIVER,
  type Running,
  routeAddress,
  SPEAKER,
} from '../contender.ts'
import { daemon, ended, eventually } from '../daemon.ts'
import { monotonicNs } from '../usage.ts'

const API = '127.0.0.1:50151'
const BATCH = 1000

/** GoBGP over its gRPC API, as programs use it; the few messages needed are written by hand. */
export function gobgp(directory: string): Contender {
  return {
    name: 'GoBGP',
    version: () => execFileSync('gobgpd', ['--version'], { encoding: 'utf8' }).trim(),
    start: (load) => start(directory, load),
  }
}

async function start(directory: string, load: Load): Promise<Running> {
  const file = join(directory, 'gobgpd.toml')
  writeFileSync(file, configuration())
  const child = daemon('gobgpd', ['-f', file, '--api-hosts', API, '--pprof-disable'])
  const api = await eventually(connected)
  await call(api, 'AddPathStream', everything(load, false))
  return {
    pid: child.pid as number,
    connect: () => ordered(() => call(api, 'EnablePeer', [text(1, RECEIVER.address)])),
    change: (announce) => ordered(() => changeOne(api, announce)),
    withdrawAll: () => ordered(() => call(api, 'AddPathStream', everything(load, true))),
    announceAll: () => ordered(() => call(api, 'AddPathStream', everything(load, false))),
    stop: async () => {
      api.destroy()
      child.kill('SIGKILL')
      await ended(child)
    },
  }
}

/** The order is given when the call is sent; the answer is waited for, so orders do not pile up. */
async function ordered(order: () => Promise<unknown>): Promise<number> {
  const at = monotonicNs()
  await order()
  return at
}

function changeOne(api: ClientHttp2Session, announce: boolean): Promise<unknown> {
  if (announce) return call(api, 'AddPath', [bytes(3, path(CHANGED, undefined, false))])
  const family = Buffer.concat([varint(1, 1), varint(2, 1)])
  return call(api, 'DeletePath', [
    Buffer.concat([bytes(3, family), bytes(4, path(CHANGED, undefined, false))]),
  ])
}

async function connected(): Promise<ClientHttp2Session> {
  const api = connect(`http://${API}`)
  api.on('error', () => {})
  await call(api, 'GetBgp', [Buffer.alloc(0)])
  return api
}

function* everything({ routes, sets }: Load, withdraw: boolean): Generator<Buffer> {
  for (let from = 0; from < routes; from += BATCH) {
    const paths: Buffer[] = []
    for (let index = from; index < Math.min(routes, from + BATCH); index++) {
      paths.push(bytes(3, path(routeAddress(index), medOf(index, sets), withdraw)))
    }
    yield Buffer.concat(paths)
  }
}

/** A Path in wire form: family, NLRI, ORIGIN, NEXT_HOP (0.0.0.0: self) and perhaps MED. */
function path(address: string, med: number | undefined, withdraw: boolean): Buffer {
  const nlri = Buffer.from([32, ...address.split('.').map(Number)])
  const parts = [
    bytes(9, Buffer.concat([varint(1, 1), varint(2, 1)])),
    bytes(20, nlri),
    bytes(21, Buffer.from([0x40, 1, 1, 0])),
    bytes(21, Buffer.from([0x40, 3, 4, 0, 0, 0, 0])),
  ]
  if (med !== undefined) parts.push(bytes(21, Buffer.from([0x80, 4, 4, 0, 0, med >> 8, med & 255])))
  if (withdraw) parts.push(varint(5, 1))
  return Buffer.concat(parts)
}

// Protocol buffers: a field is its number and wire type, then the value.
function varint(field: number, value: number): Buffer {
  return Buffer.concat([number(field << 3), number(value)])
}

function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([number((field << 3) | 2), number(value.length), value])
}

function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value))
}

function number(value: number): Buffer {
  const out: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return Buffer.from([...out, rest])
    out.push((rest & 127) | 128)
  }
}

/** One gRPC call: each message is a zero octet, its length, and itself. */
function call(api: ClientHttp2Session, method: string, messages: Iterable<Buffer>): Promise<unknown> {
  const stream = api.request({
    ':method': 'POST',
    ':path': `/apipb.GobgpApi/${method}`,
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  const answer = new Promise((resolve, reject) => {
    stream.on('error', reject)
    stream.on('response', (headers) => failed(headers, reject))
    stream.on('trailers', (headers) => failed(headers, reject))
    stream.on('end', resolve)
    stream.resume()
  })
  void send(stream, messages)
  return answer
}

function failed(headers: Record<string, unknown>, reject: (error: Error) => void): void {
  const status = headers['grpc-status']
  if (status !== undefined && status !== '0')
    reject(new Error(`gRPC ${String(status)}: ${String(headers['grpc-message'])}`))
}

async function send(
  stream: ReturnType<ClientHttp2Session['request']>,
  messages: Iterable<Buffer>,
): Promise<void> {
  for (const message of messages) {
    const head = Buffer.alloc(5)
    head.writeUInt32BE(message.length, 1)
    if (!stream.write(Buffer.concat([head, message])))
      await new Promise((resolve) => stream.once('drain', resolve))
  }
  stream.end()
}

function configuration(): string {
  return `[global.config]
  as = ${SPEAKER.asn}
  router-id = "${SPEAKER.address}"
  port = -1
[[neighbors]]
  [neighbors.config]
    neighbor-address = "${RECEIVER.address}"
    peer-as = ${RECEIVER.asn}
    admin-down = true
  [neighbors.transport.config]
    remote-port = ${RECEIVER.port}
    local-address = "${SPEAKER.address}"
  [neighbors.ebgp-multihop.config]
    enabled = true
    multihop-ttl = 64
  [neighbors.timers.config]
    connect-retry = 1
    idle-hold-time-after-reset = 1
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
`
}
