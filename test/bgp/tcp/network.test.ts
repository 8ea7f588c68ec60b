import { afterEach, describe, expect, it } from 'vitest'
import type { Connection, ConnectionHandler, Endpoint, TransportOptions } from '../../../bgp/network.ts'
import { loadAddon } from '../../../bgp/tcp/addon.ts'
import { createNetwork } from '../../../bgp/tcp/index.ts'

/** Real sockets on loopback: what only a kernel can show (signing, half-close, errors as events). */

const network = createNetwork()
const addon = loadAddon()

/** A test of what only the addon can set, which skips by name where it is not built. */
function itSigned(name: string, test: () => Promise<void>): void {
  it(name, async (context) => {
    if (addon instanceof Error) context.skip(addon.message)
    await test()
  })
}

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

function silent(over: Partial<ConnectionHandler>): ConnectionHandler {
  return { onOpen() {}, onData() {}, onDrain() {}, onClose() {}, ...over }
}

function listen(address: string, passwords: ReadonlyMap<string, string>, accept: (c: Connection) => void) {
  return new Promise<{ port: number; setPasswords(p: ReadonlyMap<string, string>): void }>(
    (resolve, reject) => {
      // Below the ports that the kernel gives to outgoing connections.
      const port = 20000 + Math.floor(Math.random() * 12_000)
      const listener = network.listen(
        { address, port },
        { passwords },
        {
          onListening: () => resolve({ port, setPasswords: (p) => listener.setPasswords(p) }),
          onConnection: accept,
          onError: reject,
        },
      )
      cleanups.push(() => listener.close())
    },
  )
}

function open(to: Endpoint, options: TransportOptions = {}): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const connection: Connection = network.connect(
      to,
      options,
      silent({ onOpen: () => resolve(connection), onClose: (error) => reject(error ?? new Error('closed')) }),
    )
    cleanups.push(() => connection.abort())
  })
}

describe.each(['127.0.0.1', '::1'])('connections over %s', (address) => {
  it('carries octets both ways and knows both ends', async () => {
    const echoed = Promise.withResolvers<Uint8Array>()
    const { port } = await listen(address, new Map(), (c) => {
      c.handler = silent({ onData: (chunk) => c.write(chunk) })
    })
    const connection = await open({ address, port })
    connection.handler = silent({ onData: (chunk) => echoed.resolve(chunk) })
    connection.write(new Uint8Array([1, 2, 3]))
    expect([...(await echoed.promise)]).toEqual([1, 2, 3])
    expect(connection.remote).toEqual({ address, port })
    expect(connection.local.address).toBe(address)
  })

  it('delivers what was written before close, even when input was never read', async () => {
    const received = Promise.withResolvers<string>()
    const { port } = await listen(address, new Map(), (c) => {
      c.pause()
      c.write(new TextEncoder().encode('last words'))
      c.close()
    })
    const connection = await open({ address, port })
    let text = ''
    connection.handler = silent({
      onData: (chunk) => {
        text += new TextDecoder().decode(chunk)
      },
      onClose: () => received.resolve(text),
    })
    connection.write(new Uint8Array(1000))
    expect(await received.promise).toBe('last words')
  })

  it('reports a refused connection as an event', async () => {
    await expect(open({ address, port: 1 })).rejects.toThrow(/ECONNREFUSED/)
  })

  it('reports a port that is taken as an event', async () => {
    const { port } = await listen(address, new Map(), () => {})
    const failed = Promise.withResolvers<Error>()
    const second = network.listen(
      { address, port },
      {},
      {
        onListening() {},
        onConnection() {},
        onError: failed.resolve,
      },
    )
    cleanups.push(() => second.close())
    expect((await failed.promise).message).toMatch(/EADDRINUSE/)
  })

  itSigned('signs with TCP MD5, and a key can change while it listens', async () => {
    const { port, setPasswords } = await listen(address, new Map([[address, 'first']]), () => {})
    await open({ address, port }, { password: 'first' })
    setPasswords(new Map([[address, 'second']]))
    await open({ address, port }, { password: 'second', ttl: 255, minTtl: 255 })
  })
})

itSigned('stays silent on a wrong TCP MD5 key', async () => {
  const { port } = await listen('127.0.0.1', new Map([['127.0.0.1', 'right']]), () => {})
  const outcome = await Promise.race([
    open({ address: '127.0.0.1', port }, { password: 'wrong' }).then(
      () => 'connected',
      () => 'refused',
    ),
    new Promise((resolve) => setTimeout(() => resolve('silence'), 300)),
  ])
  expect(outcome).toBe('silence')
})

it('refuses an unusable source address or password as an event, not a throw', async () => {
  const to = { address: '127.0.0.1', port: 9 }
  await expect(open(to, { sourceAddress: '192.0.2.77' })).rejects.toThrow()
  await expect(open(to, { password: 'x'.repeat(81) })).rejects.toThrow(/80 octets/)
})
