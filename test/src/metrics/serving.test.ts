import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { runCommand } from '../../../bird-testbed/index.ts'
import type { Served } from '../../../src/api/index.ts'
import { certificateFiles, serveHealth, serveMetrics } from '../../../src/metrics/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const open: Served[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const kept = async (served: Promise<Served>): Promise<number> => {
  const one = await served
  open.push(one)
  return one.port
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  readonly certificate?: string
}

function get(
  port: number,
  path: string,
  more: { headers?: Record<string, string>; method?: string; tls?: boolean } = {},
) {
  const { tls = false, ...options } = more
  const ask = tls ? tlsRequest : request
  return new Promise<Answer>((resolve, reject) => {
    const asking = ask(
      { host: '127.0.0.1', port, path, agent: false, rejectUnauthorized: false, ...options },
      async (response) => {
        const socket = response.socket as { getPeerCertificate?: () => { fingerprint256: string } }
        const certificate = socket.getPeerCertificate?.().fingerprint256
        let text = ''
        for await (const chunk of response) text += chunk
        const { statusCode: status = 0, headers } = response
        resolve({ status, headers, text, ...(certificate !== undefined && { certificate }) })
      },
    )
    asking.on('error', reject)
    asking.end()
  })
}

const figures = { contentType: 'text/plain; version=0.0.4', read: async () => 'up 1\n' }
const LOOPBACK = { address: '127.0.0.1', port: 0, option: '--metrics-address' }

describe('health', () => {
  it('lives when it answers, and is ready when nothing is missing', async () => {
    let missing: readonly string[] = ['the cluster']
    const port = await kept(
      serveHealth({ address: '127.0.0.1', port: 0, missing: () => missing, option: '--health-port' }),
    )
    expect(await get(port, '/healthz')).toMatchObject({ status: 200, text: '{"alive":true}\n' })
    expect(await get(port, '/readyz')).toMatchObject({
      status: 503,
      text: '{"ready":false,"missing":["the cluster"]}\n',
    })
    missing = []
    expect(await get(port, '/readyz?verbose')).toMatchObject({
      status: 200,
      text: '{"ready":true,"missing":[]}\n',
    })
    expect((await get(port, '/')).status).toBe(404)
  })

  it('says which option to change when its port is taken', async () => {
    const options = { address: '127.0.0.1', missing: () => [], option: '--health-port' }
    const port = await kept(serveHealth({ ...options, port: 0 }))
    await expect(serveHealth({ ...options, port })).rejects.toThrow(
      `nothing can listen on 127.0.0.1 port ${port}: another program has it; choose another with --health-port`,
    )
  })
})

describe('metrics', () => {
  it('are plain on the loopback', async () => {
    const port = await kept(serveMetrics({ ...LOOPBACK, figures }))
    const answer = await get(port, '/metrics')
    expect(answer).toMatchObject({ status: 200, text: 'up 1\n' })
    expect(answer.headers['content-type']).toBe(figures.contentType)
    expect((await get(port, '/')).status).toBe(404)
    expect((await get(port, '/metrics', { method: 'POST' })).status).toBe(405)
  })

  it('that cannot be made are a 500, and a line in the log', async () => {
    const errors: string[] = []
    const broken = { ...figures, read: () => Promise.reject(new Error('no numbers')) }
    const onError = ({ message }: Error) => errors.push(message)
    const port = await kept(serveMetrics({ ...LOOPBACK, figures: broken, onError }))
    expect((await get(port, '/metrics')).status).toBe(500)
    expect(errors).toEqual(['no numbers'])
  })

  it('are for those with a token, over TLS, and the certificate may change', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'oyez-metrics-'))
    await makePair(folder)
    const clock = new ManualClock()
    const certificate = certificateFiles(folder, clock, () => {})
    const admit = async (header: string | undefined) =>
      header === 'Bearer good'
        ? ({ allowed: true } as const)
        : ({ allowed: false, status: 401, message: 'who are you' } as const)
    const secure = { certificate, gate: { admit } }
    const port = await kept(serveMetrics({ ...LOOPBACK, figures, secure }))
    const refused = await get(port, '/metrics', { tls: true })
    expect(refused).toMatchObject({ status: 401, text: 'who are you\n' })
    expect(refused.headers['www-authenticate']).toBe('Bearer')
    const good = { tls: true, headers: { authorization: 'Bearer good' } }
    const first = await get(port, '/metrics', good)
    expect(first).toMatchObject({ status: 200, text: 'up 1\n' })
    await expect(get(port, '/metrics')).rejects.toThrow()

    await makePair(folder)
    clock.advance(60_000)
    const renewed = async () => (await get(port, '/metrics', good)).certificate !== first.certificate
    await expect.poll(renewed).toBe(true)

    await writeFile(join(folder, 'tls.crt'), 'half')
    await rm(join(folder, 'tls.key'))
    clock.advance(60_000)
    expect((await get(port, '/metrics', good)).status).toBe(200)
    await rm(folder, { recursive: true })
  })
})

async function makePair(folder: string): Promise<void> {
  const files = ['-keyout', join(folder, 'tls.key'), '-out', join(folder, 'tls.crt')]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  await runCommand(['openssl', 'req', '-x509', ...kind, '-subj', '/CN=metrics', ...files])
}
