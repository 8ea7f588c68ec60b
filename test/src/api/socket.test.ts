import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { claimPath, listenPrivately, SocketError } from '../../../src/api/socket.ts'

let folder: string
const servers: Server[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oyez-socket-'))
})

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
  await rm(folder, { recursive: true })
})

async function listen(path: string): Promise<Server> {
  const server = createServer()
  servers.push(server)
  await listenPrivately(server, path)
  return server
}

/** A socket file whose owner died without removing it. */
async function leaveStale(path: string): Promise<void> {
  const { execFile } = await import('node:child_process')
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  await new Promise((resolve) => execFile(process.execPath, ['-e', program], resolve))
}

describe('the socket', () => {
  it('is for its owner only, and so from the first moment', async () => {
    const path = join(folder, 'a', 'oyez.sock')
    await claimPath(path)
    const umask = process.umask()
    await listen(path)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o755)
    expect(process.umask()).toBe(umask)
  })

  it('replaces what a dead speaker left', async () => {
    const path = join(folder, 'oyez.sock')
    await leaveStale(path)
    expect((await stat(path)).isSocket()).toBe(true)
    await claimPath(path)
    await listen(path)
  })

  it('leaves a living speaker alone', async () => {
    const path = join(folder, 'oyez.sock')
    await listen(path)
    await expect(claimPath(path)).rejects.toThrow(/another speaker is running: it answers on .*oyez.sock/)
    expect((await stat(path)).isSocket()).toBe(true)
  })

  it('never removes what is no socket', async () => {
    const path = join(folder, 'precious')
    await writeFile(path, 'data')
    await expect(claimPath(path)).rejects.toThrow(/is not a socket/)
  })

  it('says when a path cannot be one', async () => {
    await expect(claimPath(join(folder, 'x'.repeat(200)))).rejects.toThrow(/at most 107 octets/)
  })

  it('passes on why listening failed', async () => {
    const path = join(folder, 'oyez.sock')
    await listen(path)
    await expect(listen(path)).rejects.toThrow(/nothing can listen on .*EADDRINUSE/)
  })

  it('says when there can be no folder for it', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    const claimed = claimPath(join(file, 'oyez.sock'))
    await expect(claimed).rejects.toBeInstanceOf(SocketError)
    await expect(claimed).rejects.toThrow(/no folder for the socket/)
  })
})
