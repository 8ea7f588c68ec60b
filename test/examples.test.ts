import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import {
  decodeMessage,
  describeNotification,
  encodeKeepalive,
  encodeOpen,
  type Message,
  MessageFramer,
  type SessionContext,
} from '../bgp/wire/index.ts'

/** The examples, run as a reader runs them, against a router played by this test on loopback; and docs/library.md. */

const ROOT = join(import.meta.dirname, '..')
const HOOK = join(ROOT, 'test/support/bgp-from-source.ts')

const children: ChildProcess[] = []
const servers: Server[] = []
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const server of servers.splice(0)) server.close()
})

interface Running {
  readonly output: () => string
  /** Resolves once the output holds this text. */
  said(text: string): Promise<void>
  /** Sends a signal and resolves with the exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>
  readonly ended: Promise<number | null>
}

function run(example: string, ...args: string[]): Running {
  const child = spawn(process.execPath, ['--import', HOOK, resolve(ROOT, 'examples', example), ...args])
  children.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
    })
  const said = async (text: string) => {
    while (!output.includes(text))
      await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')])
  }
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    output: () => output,
    said,
    ended,
    stop(signal) {
      child.kill(signal)
      return ended
    },
  }
}

const CONTEXT: SessionContext = {
  as4: true,
  ebgp: true,
  extendedMessages: false,
  addPath: new Set(),
  families: new Set(['ipv4', 'ipv6']),
}

interface Router {
  readonly port: string
  /** Resolves with the first message that the wish is true of. */
  heard(wish: (message: Message) => boolean): Promise<Message>
}

/** A router that accepts whoever comes, believes everything and answers each KEEPALIVE. */
async function router(asn: number, address = '127.0.0.1', port = 0): Promise<Router> {
  const messages: Message[] = []
  const waiting = new Set<() => void>()
  const server = createServer((socket) => {
    const framer = new MessageFramer()
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      framer.push(chunk)
      for (let next = framer.next(); next !== undefined; next = framer.next()) {
        const { message } = decodeMessage(next, { ...CONTEXT, ebgp: asn !== 64513 })
        messages.push(message)
        if (message.type === 'OPEN') {
          const capabilities = [
            { type: 'multiprotocol', afi: 1, safi: 1 },
            { type: 'as4', asn },
          ] as const
          socket.write(encodeOpen({ asn, holdTime: 90, routerId: '192.0.2.1', capabilities }))
        }
        if (message.type === 'OPEN' || message.type === 'KEEPALIVE') socket.write(encodeKeepalive())
      }
      for (const look of waiting) look()
    })
  })
  servers.push(server)
  server.listen(port, address)
  await once(server, 'listening')
  return {
    port: String((server.address() as AddressInfo).port),
    heard: (wish) =>
      new Promise((resolve) => {
        const look = () => {
          const found = messages.find(wish)
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
  }
}

const announces = (prefix: string) => (message: Message) =>
  message.type === 'UPDATE' && [...message.nlri].some((one) => one.prefix === prefix)

const isNotification = (message: Message) => message.type === 'NOTIFICATION'

async function farewell({ heard }: Router) {
  const message = await heard(isNotification)
  return message.type === 'NOTIFICATION' ? describeNotification(message) : undefined
}

describe('examples/announce-one-prefix.ts', () => {
  it('announces its prefix to a router and takes leave on Ctrl-C', async () => {
    const peer = await router(64512)
    const example = run('announce-one-prefix.ts', '127.0.0.1', '64512', '64513', '203.0.113.7/32', peer.port)
    expect(await peer.heard(announces('203.0.113.7/32'))).toMatchObject({
      attributes: { asPath: [{ asns: [64513] }], communities: ['64513:100'] },
    })
    expect(await example.stop('SIGINT')).toBe(0)
    expect(await farewell(peer)).toEqual({
      name: 'Cease/Administrative Shutdown',
      text: 'announce-one-prefix was stopped',
    })
    expect(example.output()).toContain('127.0.0.1 is Established')
  })

  it('is twenty lines at most', () => {
    expect(
      readFileSync(join(ROOT, 'examples/announce-one-prefix.ts'), 'utf8').trimEnd().split('\n').length,
    ).toBeLessThanOrEqual(20)
  })
})

describe('examples/two-peers-communities.ts', () => {
  it('tells the two routers different things', async () => {
    const outside = await router(64512)
    const inside = await router(64513, '127.0.0.2', Number(outside.port))
    const example = run('two-peers-communities.ts', '127.0.0.1', '127.0.0.2', outside.port)
    expect(await outside.heard(announces('203.0.113.1/32'))).toMatchObject({
      attributes: { asPath: [{ asns: [64513] }], communities: ['64513:80'], med: 10 },
    })
    expect(await outside.heard(announces('203.0.113.2/32'))).toMatchObject({
      attributes: { asPath: [{ asns: [64513, 64513, 64513] }], largeCommunities: ['64513:1:25'] },
    })
    expect(await inside.heard(announces('203.0.113.1/32'))).toMatchObject({
      attributes: { asPath: [], localPref: 200 },
    })
    expect(await example.stop('SIGINT')).toBe(0)
  })
})

describe('examples/watch-a-peer.ts', () => {
  it('shows the state and goes quietly', async () => {
    const peer = await router(64512)
    const example = run('watch-a-peer.ts', '127.0.0.1', '64512', '64513', peer.port)
    await example.said('session established')
    await example.said('Established: 0 IPv4 and 0 IPv6 prefixes; agreed on multiprotocol')
    expect(await example.stop('SIGINT')).toBe(0)
    expect(await farewell(peer)).toEqual({ name: 'Cease/Administrative Shutdown' })
  })
})

describe('examples/decode-a-message.ts', () => {
  it('says what it makes of the sample, and of octets that are no message', async () => {
    const [sample, short] = [run('decode-a-message.ts'), run('decode-a-message.ts', 'ffff')]
    expect(await sample.ended).toBe(0)
    expect(sample.output()).toContain('UPDATE: accept')
    expect(sample.output()).toContain('203.0.113.1/32')
    expect(await short.ended).toBe(0)
    expect(short.output()).toContain('session-reset')
  })
})

it('lists every example in examples/README.md', () => {
  const readme = readFileSync(join(ROOT, 'examples/README.md'), 'utf8')
  const files = readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.ts'))
  expect(files.filter((name) => !readme.includes(`](${name})`))).toEqual([])
})

it('runs the samples of docs/library.md', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oyez-samples-'))
  folders.push(folder)
  const text = readFileSync(join(ROOT, 'docs/library.md'), 'utf8')
  const samples = [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, sample = '']) => sample)
  expect(samples.length).toBeGreaterThan(4)
  const files = samples.map((sample, at) => {
    writeFileSync(join(folder, `${at}.ts`), sample)
    return `await import('./${at}.ts')`
  })
  writeFileSync(join(folder, 'all.mjs'), files.join('\n'))
  const running = run(join(folder, 'all.mjs'))
  const code = await running.ended
  expect(running.output()).toContain('asn: 0 is not an integer in 1..4294967295')
  expect(running.output()).toContain("accept [ { prefix: '203.0.113.1/32' } ]")
  expect(code).toBe(0)
})
