import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import {
  connectKubernetes,
  type KubeApi,
  KubeError,
  Patch,
  type WatchEvent,
} from '../../../../src/sources/index.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { temporaryFolder, writeFiles } from '../../../support/temporary-folder.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

const TOKEN = 'tok-0123456789abcdef0123456789abcdef'
const json =
  (value: unknown): Answer =>
  (_, response) =>
    response.end(JSON.stringify(value))

let clock: ManualClock
let folder: string
let answer: Answer
let seen: IncomingMessage[]
let connections: number
let sockets: Set<Socket>
let api: KubeApi
let port: number

/** The library is loaded when it is needed first, which takes a busy machine its time. */
const PATIENCE_MS = 60_000

beforeEach(async () => {
  clock = new ManualClock()
  seen = []
  connections = 0
  sockets = new Set()
  answer = json({})
  const server = createServer((request, response) => {
    seen.push(request)
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => answer(request, response, body))
  })
  server.on('connection', (socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  folder = temporaryFolder({ token: `${TOKEN}\n`, config: kubeconfig(port) })
  api = await connectKubernetes({ kubeconfig: join(folder, 'config') }, { clock })
  onTestFinished(() => {
    api.close()
    server.closeAllConnections()
    server.close()
  })
}, PATIENCE_MS)

const kubeconfig = (to: number) =>
  JSON.stringify({
    'current-context': 'x',
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${to}` } }],
    users: [{ name: 'u', user: { tokenFile: 'token' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  })

const get = (path = '/api/v1/services') => api.request<unknown>({ method: 'GET', path })

async function refusal(work: Promise<unknown>): Promise<KubeError> {
  const error = await work.catch((one: unknown) => one)
  if (!(error instanceof KubeError)) throw new Error(`no KubeError: ${String(error)}`)
  expect(error.message).not.toContain(TOKEN)
  return error
}

/** Real sockets need real turns. */
async function turns(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}

describe('a request', () => {
  it('carries the token, the query and the body, and gives the decoded answer', async () => {
    let got = ''
    answer = (request, response, body) => {
      got = body
      json({ spec: 1 })(request, response, body)
    }
    const path = '/api/v1/namespaces/a/services/web/status'
    const query = { fieldManager: 'oyez & co', dryRun: undefined, force: true }
    const value = await api.request({ method: 'PATCH', path, query, body: { a: 'ü' }, patch: Patch.merge })
    expect(value).toEqual({ spec: 1 })
    expect(got).toBe('{"a":"ü"}')
    expect(seen[0]?.url).toBe(`${path}?fieldManager=oyez%20%26%20co&force=true`)
    expect(seen[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/merge-patch+json',
      accept: 'application/json',
    })
    expect(seen[0]?.headers['user-agent']).toMatch(/^oyez\/\d/)
  })

  it('after a request goes over the same connection', async () => {
    for (let n = 0; n < 5; n++) await get()
    expect(connections).toBe(1)
  })

  it('over a connection that was closed while it idled is made again', async () => {
    await get()
    answer = (request, response) => {
      // As a server that restarts: the kept connection dies with the next request on it.
      if (seen.length === 2) request.socket.resetAndDestroy()
      else response.end('{"again":true}')
    }
    expect(await get()).toEqual({ again: true })
  })

  it('that creates something is not made again', async () => {
    await get()
    answer = (request) => request.socket.resetAndDestroy()
    const error = await refusal(
      api.request({ method: 'POST', path: '/api/v1/namespaces/a/events', body: {} }),
    )
    expect(error.kind).toBe('unreachable')
    expect(seen.length).toBe(2)
  })

  it('refused with 401 is made again with a token that was renewed, once', async () => {
    const fresh = 'tok-ffffffffffffffffffffffffffffffff'
    answer = (request, response) => {
      if (request.headers.authorization === `Bearer ${fresh}`) response.end('{"known":true}')
      else response.writeHead(401).end()
    }
    expect((await refusal(get())).kind).toBe('unauthorized')
    expect(seen.length).toBe(1)
    writeFiles(folder, { token: fresh })
    clock.advance(1500)
    expect(await get()).toEqual({ known: true })
    expect(seen.length).toBe(3)
  })

  it('takes a rotated token from its file after a while, without being refused first', async () => {
    await get()
    writeFiles(folder, { token: 'tok-next' })
    clock.advance(10_000)
    await get()
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${TOKEN}`, 'Bearer tok-next'])
  })

  it.each([
    ['empty', ''],
    ['no text', '\u0000\u0001'],
  ])('with a token file that is %s is not sent', async (_, token) => {
    writeFiles(folder, { token })
    const error = await refusal(get())
    expect(error).toMatchObject({ kind: 'unauthorized' })
    expect(error.message).toContain(join(folder, 'token'))
    expect(seen.length).toBe(0)
  })

  it('that is not answered in time fails, and its connection is not used again', async () => {
    answer = () => {}
    const failed = refusal(api.request({ method: 'GET', path: '/api/v1/nodes', timeoutMs: 3000 }))
    await turns(() => seen.length === 1)
    clock.advance(3000)
    expect((await failed).message).toBe(`cannot list nodes at ${api.server}: no answer within 3 s`)
    answer = json({})
    await get()
    expect(connections).toBe(2)
  })

  it('whose answer begins and does not go on fails in time too', async () => {
    answer = (_, response) => response.write('{"items":[')
    const failed = refusal(get())
    await turns(() => seen.length === 1)
    clock.advance(30_000)
    expect((await failed).kind).toBe('unreachable')
  })

  it('ends with its signal', async () => {
    answer = () => {}
    const stop = new AbortController()
    const failed = refusal(api.request({ method: 'GET', path: '/api/v1/nodes', signal: stop.signal }))
    await turns(() => seen.length === 1)
    stop.abort()
    expect((await failed).message).toContain('given up')
    expect((await refusal(api.request({ method: 'GET', path: '/x', signal: stop.signal }))).kind).toBe(
      'failed',
    )
  })

  it('ends when the API is closed, and none begins afterwards', async () => {
    answer = () => {}
    const failed = refusal(get())
    await turns(() => seen.length === 1)
    api.close()
    expect((await failed).message).toContain('we are stopping')
    expect((await refusal(get())).message).toContain('we are stopping')
    expect(seen.length).toBe(1)
  })

  it.each<[string, Answer, string]>([
    ['HTML', (_, response) => response.end('<html>hello</html>'), 'the answer is not JSON'],
    [
      'half of an answer',
      (_, response) =>
        response.writeHead(200, { 'content-length': 100 }).write('{}', () => response.destroy()),
      'reset',
    ],
    ['a line of noise', (request) => request.socket.end('\u0000\u0001 whatever\r\n\r\n'), 'not HTTP'],
    ['nothing at all', (request) => request.socket.destroy(), 'reset'],
  ])('answered with %s fails with what it was', async (_, how, message) => {
    answer = how
    const error = await refusal(get())
    expect(error.message).toContain(message)
  })

  it('answered without end fails before the memory is full', async () => {
    const chunk = Buffer.alloc(1024 * 1024, ' ')
    let closed = false
    answer = (_, response) => {
      response.on('close', () => {
        closed = true
      })
      const more = () => {
        while (!closed && response.write(chunk));
        if (!closed) response.once('drain', more)
      }
      more()
    }
    expect((await refusal(get())).message).toContain('longer than 32 MiB')
    await turns(() => closed)
  })

  it('to where nobody listens says so', async () => {
    writeFiles(folder, { config: kubeconfig(1) })
    const other = await connectKubernetes({ kubeconfig: join(folder, 'config') }, { clock })
    const error = await refusal(other.request({ method: 'GET', path: '/api/v1/services' }))
    expect(error).toMatchObject({ kind: 'unreachable' })
    expect(error.message).toBe('cannot list services at http://127.0.0.1:1: connection refused')
  })
})

describe('credentials from a program', () => {
  const withProgram = (...command: readonly string[]) =>
    kubeconfig(port).replace(
      '{"tokenFile":"token"}',
      JSON.stringify({
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: command[0],
          args: command.slice(1),
          interactiveMode: 'Never',
        },
      }),
    )
  const ask = async (...command: readonly string[]) => {
    writeFiles(folder, { config: withProgram(...command) })
    const other = await connectKubernetes({ kubeconfig: join(folder, 'config') }, { clock })
    onTestFinished(() => other.close())
    return other.request({ method: 'GET', path: '/api/v1/services' })
  }

  it('are used, and asked for again when they are refused', async () => {
    writeFiles(folder, {
      'login.sh': `n=$(cat "$0.n" 2>/dev/null || echo 0); n=$((n + 1)); echo $n > "$0.n"
        echo '{"kind":"ExecCredential","status":{"token":"token-'$n'"}}'`,
    })
    answer = (request, response) => {
      if (request.headers.authorization === 'Bearer token-2') response.end('{}')
      else response.writeHead(401).end()
    }
    expect(await ask('sh', join(folder, 'login.sh'))).toEqual({})
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2'])
  })

  it('that is not installed are told with its name', async () => {
    expect((await refusal(ask('oyez-no-such-program'))).message).toContain(
      'gets its credentials from oyez-no-such-program, which is not installed here',
    )
  })

  it('that prints something else is told, but nothing of what it prints', async () => {
    const error = await refusal(ask('sh', '-c', 'echo my secret is out'))
    expect(error.message).toContain('sh gave no credentials: what it printed is no ExecCredential')
    expect(error.message).not.toContain('secret is')
  })

  it('that fails are told with what it says, but nothing that looks like a secret', async () => {
    const error = await refusal(ask('sh', '-c', `echo session expired, was ${TOKEN} >&2; exit 1`))
    expect(error.kind).toBe('unauthorized')
    expect(error.message).toContain('sh gave no credentials: session expired, was …')
  })
})

describe('a watch', () => {
  const events: WatchEvent[] = []
  let opened: number

  async function follow(signal = new AbortController().signal): Promise<void> {
    events.length = 0
    opened = 0
    const onOpen = () => opened++
    const request = {
      path: '/api/v1/services',
      query: { resourceVersion: '5' },
      silenceMs: 60_000,
      signal,
      onOpen,
    }
    for await (const event of api.watch(request)) events.push(event)
  }

  it('gives the events as they come, and ends in good order with the answer', async () => {
    const added = { type: 'ADDED', object: { metadata: { name: 'ü' } } }
    answer = (_, response) => {
      const line = Buffer.from(`${JSON.stringify(added)}\n`)
      response.write(line.subarray(0, 40))
      setImmediate(() => {
        response.write(line.subarray(40))
        response.end(`\n${JSON.stringify(added)}\n`)
      })
    }
    await follow()
    expect(events).toEqual([added, added])
    expect(opened).toBe(1)
    expect(seen[0]?.url).toBe('/api/v1/services?resourceVersion=5&watch=true')
  })

  it('is over when the server says nothing for too long', async () => {
    answer = (_, response) => response.write('{"type":"BOOKMARK","object":{}}\n')
    const failed = refusal(follow())
    await turns(() => events.length === 1)
    clock.advance(59_000)
    clock.advance(2000)
    const error = await failed
    expect(error.kind).toBe('unreachable')
    expect(error.message).toContain('cannot watch services')
    expect(error.message).toContain('said nothing within 60 s')
  })

  it('is over when the server does not even begin', async () => {
    answer = () => {}
    const failed = refusal(follow())
    await turns(() => seen.length === 1)
    clock.advance(30_000)
    expect((await failed).kind).toBe('unreachable')
    expect(opened).toBe(0)
  })

  it.each<[string, string | Buffer, string]>([
    ['no JSON', 'hello\n', 'not JSON'],
    ['null', 'null\n', 'no event'],
    ['an unknown type', '{"type":"HELLO","object":{}}\n', 'no event'],
    ['no object', '{"type":"ADDED"}\n', 'no event'],
    ['half an event', '{"type":"ADDED","obj', 'within a line'],
    ['a line without end', Buffer.alloc(17 * 1024 * 1024, 'x'), 'longer than 16777216 octets'],
  ])('of %s fails', async (_, line, message) => {
    answer = (_, response) => response.end(line)
    const error = await refusal(follow())
    expect(error.kind).toBe('failed')
    expect(error.message).toContain(message)
  })

  it('that is cut is unreachable, and one that is refused says why', async () => {
    answer = (_, response) => response.write('{"type":"BOOKMARK","object":{}}\n', () => response.destroy())
    expect((await refusal(follow())).kind).toBe('unreachable')
    answer = (_, response) =>
      response.writeHead(410).end('{"kind":"Status","reason":"Expired","message":"too old resource version"}')
    expect((await refusal(follow())).kind).toBe('gone')
  })

  it('ends with its signal, and the connection with it', async () => {
    answer = (_, response) => response.write('{"type":"BOOKMARK","object":{}}\n')
    const stop = new AbortController()
    const failed = refusal(follow(stop.signal))
    await turns(() => events.length === 1)
    stop.abort()
    expect((await failed).message).toContain('given up')
    await turns(() => [...sockets].every(({ destroyed }) => destroyed))
  })
})

describe('a port forward', () => {
  it('that is refused says why, and what right is missing', async () => {
    answer = (_, response) =>
      response.writeHead(403).end('{"kind":"Status","message":"User \\"jane\\" cannot"}')
    const error = await refusal(
      api.portForward({ namespace: 'oyez-system', pod: 'oyez-speaker-x', port: 17473 }),
    )
    expect(error.hint).toBe(
      'ask for a Role in namespace oyez-system with {apiGroups: [""], resources: ["pods/portforward"], verbs: ["get"]}',
    )
    expect(seen[0]?.url).toBe('/api/v1/namespaces/oyez-system/pods/oyez-speaker-x/portforward?ports=17473')
  })

  it('that is not understood fails', async () => {
    answer = json({})
    const error = await refusal(api.portForward({ namespace: 'a', pod: 'b', port: 1 }))
    expect(error).toBeInstanceOf(KubeError)
  })
})
