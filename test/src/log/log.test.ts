import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const LOG = new URL('../../../src/log/index.ts', import.meta.url).pathname

/** A program that logs twice, with a pause in between, and then says that it is still alive. */
const PROGRAM = `
  import { createLog } from ${JSON.stringify(LOG)}
  import { setTimeout as pause } from 'node:timers/promises'
  const log = createLog({ level: 'info', format: process.argv[1] })
  for (const message of ['one', 'two']) {
    log('info', message, { peer: '192.0.2.1' })
    await pause(5)
  }
  process.stdout.write('alive')
`

interface Logged {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function logging(format: 'text' | 'json', stderr: 'pipe' | number, leaves = false): Promise<Logged> {
  const args = ['--input-type=module', '-e', PROGRAM, format]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', stderr] })
  let [out, err] = ['', '']
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
  if (leaves) child.stderr?.destroy()
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

describe('the log', () => {
  it('writes lines for people to stderr', async () => {
    const { code, err } = await logging('text', 'pipe')
    expect(err).toMatch(/^\S+Z info {2}one peer=192\.0\.2\.1\n\S+Z info {2}two peer=192\.0\.2\.1\n$/)
    expect(code).toBe(0)
  })

  it('writes one object per line for collectors', async () => {
    const { err } = await logging('json', 'pipe')
    const lines = err.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'info', message: 'one', peer: '192.0.2.1' },
      { level: 'info', message: 'two', peer: '192.0.2.1' },
    ])
  })

  it('is not worth the sessions: a full disk costs lines, not the program', async () => {
    expect(await logging('text', openSync('/dev/full', 'w'))).toMatchObject({ code: 0, out: 'alive' })
  })

  it('is not worth the sessions: nor does a reader that left', async () => {
    expect(await logging('text', 'pipe', true)).toMatchObject({ code: 0, out: 'alive' })
  })
})
