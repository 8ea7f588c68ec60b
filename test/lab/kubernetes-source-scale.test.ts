import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import type { Measured } from './support/follow-program.ts'

const SUPPORT = join(import.meta.dirname, 'support')

describe('following very many Services', () => {
  const children: ChildProcess[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill()
  })

  /** The first line it prints. */
  async function firstLine(program: string, argument: string): Promise<string> {
    const child = spawn(process.execPath, [join(SUPPORT, program), argument], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    return line
  }

  async function follow(count: number): Promise<Measured> {
    const port = await firstLine('many-services-program.ts', String(count))
    const config = JSON.stringify({
      'current-context': 'x',
      clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    })
    const folder = temporaryFolder({ config })
    return JSON.parse(await firstLine('follow-program.ts', join(folder, 'config'))) as Measured
  }

  it('10,000 with their slices cost seconds of CPU', async () => {
    const measured = await follow(10_000)
    expect(measured).toMatchObject({ services: 10_000, slices: 10_000 })
    expect(measured.cpuMs).toBeLessThan(6000)
  })

  it('100,000 with their slices take less than 500 MB', { timeout: 300_000 }, async () => {
    const measured = await follow(100_000)
    expect(measured).toMatchObject({ services: 100_000, slices: 100_000 })
    // As it is shipped the program has 75 MB when it starts; run from its sources, more than twice as much.
    expect(measured.peakMiB - measured.startMiB).toBeLessThan(500 / 1.048576 - 75)
  })
})
