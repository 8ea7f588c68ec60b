import { mkdtemp, rm, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  type ApiServer,
  connectApi,
  type RouteView,
  type SpeakerViews,
  serveApi,
} from '../../../src/api/index.ts'
import { cannedViews, peerViews, routeViews, serviceViews } from '../../support/canned-views.ts'

let folder: string
let socket: string
let server: ApiServer
const errors: Error[] = []
let views: SpeakerViews = cannedViews

/** Views that a test may change while the server runs. */
const current: SpeakerViews = {
  status: () => views.status(),
  peers: () => views.peers(),
  routes: (filter) => views.routes(filter),
  services: () => views.services(),
  serviceKeys: () => views.serviceKeys(),
  pools: () => views.pools(),
  explain: (service, peer) => views.explain(service, peer),
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oyez-api-'))
  socket = join(folder, 'oyez.sock')
  server = await serveApi(current, { socket, onError: (error) => errors.push(error) })
})

afterEach(() => {
  views = cannedViews
  errors.length = 0
})

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const api = () => connectApi({ socket })

/** Any path, typed by hand. */
function get(path: string, method = 'GET'): Promise<{ status: number; type: string; body: unknown }> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath: socket, path, method, agent: false }, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      const type = response.headers['content-type'] ?? ''
      resolve({ status: response.statusCode ?? 0, type, body: JSON.parse(text) as unknown })
    })
    asking.on('error', reject)
    asking.end()
  })
}

describe('the API', () => {
  it('shows status, peers, services and routes', async () => {
    expect(await api().status()).toEqual(cannedViews.status())
    expect(await api().peers()).toEqual({ node: 'node1', peers: peerViews })
    expect(await api().services()).toEqual({ node: 'node1', services: serviceViews })
    expect(await api().routes({})).toEqual({ node: 'node1', routes: routeViews })
  })

  it('is JSON to every client', async () => {
    for (const path of ['/v1/status', '/v1/peers', '/v1/services', '/v1/routes', '/v1/names'])
      expect((await get(path)).type).toMatch(/^application\/json/)
  })

  it('shows the routes of a service, and of a peer by name or address', async () => {
    expect((await api().routes({ service: 'default/kafka-0' })).routes).toEqual([routeViews[1]])
    for (const peer of ['tor2', '2001:db8::2']) {
      const { routes } = await api().routes({ peer })
      expect(routes.map(({ peers }) => peers.map((route) => route.peer))).toEqual([['tor2'], ['tor2']])
    }
  })

  it('explains a service, and towards one peer', async () => {
    expect(await api().explain('default/kafka-1')).toEqual(cannedViews.explain('default/kafka-1'))
    expect(await api().explain('default/kafka-1', '192.168.200.1')).toEqual(
      cannedViews.explain('default/kafka-1', 'tor1'),
    )
  })

  it('names peers and services for completion', async () => {
    expect(await api().names('')).toEqual({
      peers: ['tor1', 'tor2', 'edge'],
      services: ['default/kafka-0', 'default/kafka-1'],
    })
    expect(await api().names('tor')).toEqual({ peers: ['tor1', 'tor2'], services: [] })
  })

  it.each([
    ['/v1/routes?peer=tro1', 'no BGPPeer is called tro1', 'did you mean tor1'],
    ['/v1/routes?peer=nobody', 'no BGPPeer is called nobody', 'the peers are tor1, tor2, edge'],
    [
      '/v1/routes?service=default/kafka-9',
      'no service of type LoadBalancer is called default/kafka-9',
      'did you mean',
    ],
    ['/v1/explain?service=kafka-0', 'is called kafka-0', 'NAMESPACE/NAME'],
    ['/v1/explain?service=default/kafka-0&peer=x', 'no BGPPeer is called x', 'the peers are'],
    ['/v1/explain?service=%F0%9F%92%A9', 'no service', 'shows those there are'],
    ['/nothing', 'there is no GET /nothing', 'the paths are'],
  ])('%s is a 404 with a way out', async (path, error, hint) => {
    const { status, body } = await get(path)
    expect(status).toBe(404)
    expect(body).toMatchObject({ error: expect.stringContaining(error), hint: expect.stringContaining(hint) })
  })

  it.each([
    '/v1/explain',
    '/v1/explain?service=',
    '/v1/routes?peer=a&peer=b',
    `/v1/routes?peer=${'x'.repeat(600)}`,
    '/v1/routes?peer=%ZZ%',
  ])('%s is refused', async (path) => {
    const { status, body } = await get(path)
    expect([400, 404]).toContain(status)
    expect(body).toHaveProperty('error')
  })

  it('lets nothing be changed', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await get('/v1/peers', method)).status).toBe(404)
  })

  it('tells of its own failures and lives on', async () => {
    views = {
      ...cannedViews,
      peers: () => {
        throw new Error('broken view')
      },
    }
    expect((await get('/v1/peers')).status).toBe(500)
    expect(errors.map(({ message }) => message)).toEqual(['broken view'])
    views = cannedViews
    expect((await get('/v1/peers')).status).toBe(200)
  })

  it('shows a view that ends in an error as no answer, not as a short one', async () => {
    views = { ...cannedViews, routes: failing }
    await expect(api().routes({})).rejects.toMatchObject({ kind: 'unreachable' })
    function* failing(): Generator<RouteView> {
      for (let sent = 0; sent < 1000; sent++) yield routeViews[0] as RouteView
      throw new Error('the table went away')
    }
  })

  it('removes its socket when it closes', async () => {
    const path = join(folder, 'second.sock')
    const second = await serveApi(cannedViews, { socket: path })
    await second.close()
    await expect(stat(path)).rejects.toThrow(/ENOENT/)
  })

  it('leaves the socket to a speaker that is there already', async () => {
    await expect(serveApi(cannedViews, { socket })).rejects.toThrow(/another speaker is running/)
    expect((await api().status()).name).toBe('oyez')
  })
})

describe('the client', () => {
  it('says that nobody is there, and how to change that', async () => {
    const path = join(folder, 'nobody.sock')
    await expect(connectApi({ socket: path }).peers()).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining(path),
      hint: expect.stringMatching(/oyez speaker .*OYEZ_SOCKET/),
    })
  })

  it('says when something else listens there', async () => {
    const path = join(folder, 'else.sock')
    const other = await serve(path, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello')
    await expect(connectApi({ socket: path }).peers()).rejects.toThrow(/does not speak like an oyez speaker/)
    other.close()
  })

  it('does not wait for ever', async () => {
    const path = join(folder, 'silent.sock')
    const other = await serve(path, '')
    await expect(connectApi({ socket: path, timeoutMs: 20 }).peers()).rejects.toThrow(/silent for 20 ms/)
    other.close()
  })
})

function serve(path: string, answer: string): Promise<Server> {
  const other = createServer((connection) => {
    connection.on('error', () => {})
    if (answer !== '') connection.end(answer)
  })
  return new Promise((resolve) => other.listen(path, () => resolve(other)))
}

describe('the port on the loopback', () => {
  let tcp: ApiServer
  beforeAll(async () => {
    tcp = await serveApi(cannedViews, { socket: join(folder, 'tcp.sock'), port: 0 })
  })
  afterAll(() => tcp.close())

  const ask = (host: string | undefined) =>
    new Promise<{ status: number; headers: object; body: unknown }>((resolve, reject) => {
      const headers = host === undefined ? {} : { host }
      const options = { host: '127.0.0.1', port: tcp.port, path: '/v1/peers', agent: false, headers }
      const asking = request(options, async (response) => {
        let text = ''
        for await (const chunk of response) text += chunk
        const { statusCode: status = 0 } = response
        resolve({ status, headers: response.headers, body: JSON.parse(text) as unknown })
      })
      asking.on('error', reject)
      asking.end()
    })

  it.each(['localhost', '127.0.0.1:17473', '[::1]:80', 'LOCALHOST:1'])('answers to %s', async (host) => {
    const { status, headers, body } = await ask(host)
    expect(status).toBe(200)
    expect(body).toEqual({ node: 'node1', peers: peerViews })
    expect(headers).not.toHaveProperty('access-control-allow-origin')
  })

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '127.0.0.2'])(
    'does not answer to "%s": a web page must not read it',
    async (host) => {
      const { status, body } = await ask(host)
      expect(status).toBe(403)
      expect(body).toHaveProperty('hint')
    },
  )

  it('goes with the socket, and leaves it when the port is taken', async () => {
    const path = join(folder, 'third.sock')
    const taken = serveApi(cannedViews, { socket: path, port: tcp.port ?? 0 })
    await expect(taken).rejects.toThrow(/another program has it; choose another with --api-port/)
    await expect(stat(path)).rejects.toThrow(/ENOENT/)
  })
})
