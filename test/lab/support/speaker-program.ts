/**
 * oyez/bgp on a machine of the lab, driven over a Unix socket: one JSON request per connection, one JSON answer.
 * A vitest process cannot enter a network namespace, so the library runs in this one.
 *
 *     node speaker-program.ts SOCKET
 */
import { createServer } from 'node:net'
import { RouteSet, Speaker, systemClock } from '../../../bgp/index.ts'
import type { Answer, LogLine, Request, RequestOf } from './speaker-requests.ts'

const [socket = ''] = process.argv.slice(2)
const speakers = new Map<string, { readonly speaker: Speaker; readonly log: LogLine[] }>()

createServer((connection) => {
  let received = ''
  connection.setEncoding('utf8').on('data', async (text: string) => {
    received += text
    if (received.endsWith('\n')) connection.end(`${JSON.stringify(await answer(JSON.parse(received)))}\n`)
  })
  connection.on('error', () => {})
}).listen(socket)

async function answer(request: Request): Promise<Answer> {
  try {
    return { result: (await perform(request)) ?? null }
  } catch (error) {
    return { error: String(error) }
  }
}

function perform(request: Request): unknown {
  switch (request.call) {
    case 'open':
      return open(request)
    case 'add':
      speakerOf(request).add(request.config)
      return undefined
    case 'remove':
      return speakerOf(request).remove(neighborOf(request))
    case 'set-routes':
      return neighborOf(request).setRoutes(RouteSet.of(request.routes))
    case 'shutdown':
      return neighborOf(request).shutdown(request.message)
    case 'start':
      return neighborOf(request).start()
    case 'refresh':
      return neighborOf(request).requestRefresh(request.family)
    case 'received':
      return [...neighborOf(request).receivedRoutes()]
    case 'status':
      return speakerOf(request).status()
    case 'log':
      return speakers.get(request.speaker)?.log
    case 'close':
      return speakerOf(request).close(request.message)
  }
}

function open({ speaker, config }: RequestOf<'open'>): void {
  const log: LogLine[] = []
  const context = {
    log: (level: string, message: string, fields = {}) =>
      void log.push({ at: systemClock.now(), level, message, fields }),
  }
  speakers.set(speaker, { speaker: new Speaker(config, context), log })
}

function speakerOf({ speaker }: { readonly speaker: string }): Speaker {
  const found = speakers.get(speaker)
  if (found === undefined) throw new Error(`no speaker ${speaker}`)
  return found.speaker
}

function neighborOf(request: { readonly speaker: string; readonly neighbor: string }) {
  const found = speakerOf(request).neighbor(request.neighbor)
  if (found === undefined) throw new Error(`no neighbor ${request.neighbor}`)
  return found
}
