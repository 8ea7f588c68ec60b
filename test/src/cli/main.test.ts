import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { packageVersion } from '../../../src/version.ts'

const MAIN = new URL('../../../src/cli/main.ts', import.meta.url).pathname
const KEEPALIVE = `${'ff'.repeat(16)}001304`
const run = promisify(execFile)

describe('the program', () => {
  it.each(['version', '--version'])('prints its version when asked for %s', async (asked) => {
    const { stdout, stderr } = await run(process.execPath, [MAIN, asked])
    expect(stdout).toBe(
      `oyez ${packageVersion()} (Node ${process.version}, ${process.platform}-${process.arch})\n`,
    )
    expect(stderr).toBe('')
  })

  it('decodes stdin', async () => {
    const running = run(process.execPath, [MAIN, 'decode', '-o', 'json', '-'])
    running.child.stdin?.end(`${KEEPALIVE}\nnonsense\n`)
    const lines = (await running).stdout.trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { type: unknown }).type)).toEqual(['KEEPALIVE', null])
  })

  it('exits with a code, words on stderr and nothing on stdout', async () => {
    const failed = run(process.execPath, [MAIN, 'peers', '--socket', '/nowhere/oyez.sock'])
    await expect(failed).rejects.toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringContaining('/nowhere/oyez.sock'),
    })
  })

  it('does not mind a reader that leaves', async () => {
    const child = spawn(process.execPath, [MAIN, 'decode', '-o', 'json'], { stdio: ['pipe', 'pipe', 'pipe'] })
    let complaint = ''
    child.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString()
    })
    child.stdin.on('error', () => {})
    child.stdout.once('data', () => {
      child.stdout.destroy()
      child.stdin.end(`${KEEPALIVE}\n`.repeat(20_000))
    })
    child.stdin.write(`${KEEPALIVE}\n`)
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect({ code, complaint }).toEqual({ code: 0, complaint: '' })
  })
})
