import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { builtinModules } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** The bundle does what the sources do, and carries no more than it needs. */

const BUILTINS: ReadonlySet<string> = new Set(builtinModules)
const ROOT = join(import.meta.dirname, '../..')

let folder: string
let program: string

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

function run(file: string, ...args: readonly string[]): Promise<Ran> {
  const env = { PATH: process.env.PATH, LANG: 'C.UTF-8' }
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], { env, timeout: 30_000 }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
    )
  })
}

const oyez = (...args: readonly string[]) => run(join(program, 'cli/main.js'), ...args)
const kubectlOyez = (...args: readonly string[]) => run(join(program, 'cli/kubectl.js'), ...args)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oyez-bundle-'))
  program = join(folder, 'dist/program')
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  const { code, err } = await run(join(ROOT, 'build/bundle.mjs'), program)
  expect({ code, err }).toEqual({ code: 0, err: '' })
}, 180_000)

afterAll(() => rmSync(folder, { recursive: true }))

const files = () =>
  readdirSync(program, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'))
const textOf = (name: string) => readFileSync(join(program, name), 'utf8').replaceAll('\\\n', '')

describe('the bundle', () => {
  it('needs no package', () => {
    const own = /^(node:|\.{1,2}\/)/
    const imported = files().flatMap((name) =>
      [
        ...textOf(name).matchAll(
          /(?<![\w.'])(?:import|export)\b(?:[\w\s{},*$]*?from)?\s*"([@a-z./][\w@./:-]*)"/g,
        ),
      ].map(([, from = '']) => from),
    )
    expect(imported.length).toBeGreaterThan(100)
    const foreign = imported.filter((from) => !own.test(from) && !BUILTINS.has(from))
    expect(foreign).toEqual([])
  })

  it('leaves the models of the Kubernetes client out', () => {
    expect(files().filter((name) => /ObjectSerializer|class CoreV1Api/.test(textOf(name)))).toEqual([])
    const octets = files().reduce((sum, name) => sum + textOf(name).length, 0)
    expect(octets).toBeLessThan(8_000_000)
  })

  it('brings the licence of every package in it', () => {
    const licences = readFileSync(join(program, 'LICENSES.txt'), 'utf8')
    for (const name of ['yargs', 'fastify', 'winston', 'zod', '@kubernetes/client-node'])
      expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(\\S+\\)$`, 'm'))
  })

  it.each(['--help', 'peers --help', 'speaker --help', 'lint', 'explain', 'peer', 'peers --outptu json'])(
    'says what the sources say: oyez %s',
    async (line) => {
      const args = line.split(' ')
      expect(await oyez(...args)).toEqual(await run(join(ROOT, 'src/cli/main.ts'), ...args))
    },
  )

  it('knows its version', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
    expect((await oyez('version')).out).toContain(`oyez ${version} `)
  })

  it('parses long files in its worker thread', async () => {
    const pool = (at: number) =>
      `---\napiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: p${at}, namespace: oyez-system}\nspec: {addresses: [10.${at >> 8}.${at & 255}.0/24]}\n`
    const manifests = temporaryFolder({
      'pools.yaml': Array.from({ length: 400 }, (_, at) => pool(at)).join(''),
    })
    const { code, out } = await oyez('lint', '-f', manifests)
    expect(out).toContain('400 IPAddressPools')
    expect(code).toBe(0)
  })

  it('writes YAML, with a package that is loaded only then', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
    expect((await oyez('version', '-o', 'yaml')).out).toContain(`oyez: ${version}\n`)
  })

  it('exports the names of packages that are imported when they are needed', () => {
    const lazily = files().flatMap((name) =>
      [
        ...textOf(name).matchAll(
          /const(?:\s*\{\s*(\w+)\s*\}|\s+(\w+))\s*=\s*await\s+import\("\.\/([^"]+)"\)/g,
        ),
      ].flatMap(([, only, all = '', from = '']) => {
        const used =
          only ??
          [...textOf(name).matchAll(new RegExp(`\\b${all}\\s*\\.\\s*(\\w+)`, 'g'))].map(([, one]) => one)
        return [used].flat().map((one) => ({ one, from: `parts/${from}` }))
      }),
    )
    expect(lazily.map(({ one }) => one)).toEqual(
      expect.arrayContaining(['KubeConfig', 'parseDocument', 'X509Certificate', 'stringify']),
    )
    const lost = lazily.filter(
      ({ one, from }) => !new RegExp(`export\\s*\\{[^}]*\\b${one}\\b`).test(textOf(from)),
    )
    expect(lost).toEqual([])
  })

  it('is a plugin of kubectl by its other name', async () => {
    expect((await kubectlOyez('--help')).out).toMatch(/^kubectl oyez <command>\n/)
  })
})

/** An API server that refuses everybody, having heard who they are. */
async function listener(): Promise<{ port: number; heard: IncomingHttpHeaders[] }> {
  const heard: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    heard.push(request.headers)
    response.writeHead(403, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify({ kind: 'Status', apiVersion: 'v1', code: 403, reason: 'Forbidden', message: 'no' }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, heard }
}

describe('credentials in the bundle', () => {
  const PROGRAM = `process.stdout.write(JSON.stringify({
    apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: 'from-the-program' } }))`

  it.each([
    ['a token', (_: string) => ({ token: 'plain' }), 'Bearer plain'],
    [
      'a program',
      (file: string) => ({
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: process.execPath,
          args: [file],
          interactiveMode: 'Never',
        },
      }),
      'Bearer from-the-program',
    ],
    [
      'a name and a password',
      (_: string) => ({ username: 'u', password: 'p' }),
      `Basic ${Buffer.from('u:p').toString('base64')}`,
    ],
  ])('come from %s, as a kubeconfig says', async (_, user, expected) => {
    const { port, heard } = await listener()
    const there = temporaryFolder({ 'program.mjs': PROGRAM })
    const kubeconfig = join(there, 'config')
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
        users: [{ name: 'u', user: user(join(there, 'program.mjs')) }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    )
    const { code, err } = await kubectlOyez('peers', '--kubeconfig', kubeconfig)
    expect(heard[0]?.authorization).toBe(expected)
    expect(err).toContain('pods')
    expect(code).toBe(3)
  })
})
