/**
 * The socket's place in the file system. Who may talk to the speaker is decided by permissions alone: the socket is
 * born 0600, so there is no moment in which another user could open it.
 *
 * A socket file outlives a daemon that was killed. It is replaced when nobody answers on it, and only then.
 */
import { lstat, mkdir, unlink } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import { dirname } from 'node:path'

/** The socket cannot be had; the message says why, and what to do. */
export class SocketError extends Error {
  override readonly name = 'SocketError'
}

/** sun_path of Linux holds 108 octets, the last one 0 (unix(7)). */
const LONGEST_PATH = 107

/** Makes the way free for listening on `path`; rejects with a SocketError. */
export async function claimPath(path: string): Promise<void> {
  if (path === '') throw new SocketError('the path of the socket is empty; see --socket')
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw new SocketError(`${path} is too long for a socket: at most ${LONGEST_PATH} octets are possible`)
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o755 }).catch((error: Error) => {
    throw new SocketError(`no folder for the socket ${path} can be made: ${error.message}`)
  })
  const there = await lstat(path).catch(() => undefined)
  if (there === undefined) return
  if (!there.isSocket())
    throw new SocketError(`${path} is there and is not a socket; remove it or choose another path`)
  const error = await probe(path)
  if (error === 'EACCES')
    throw new SocketError(`${path} is another user's; remove it or choose another socket`)
  // A full queue of waiting clients (EAGAIN) means that somebody is alive; only a refusal tells of the dead.
  if (error !== 'ECONNREFUSED' && error !== 'ENOENT') {
    throw new SocketError(
      `another speaker is running: it answers on ${path}; stop it or choose another socket`,
    )
  }
  await unlink(path)
}

/** What a client would meet there: an error code, or undefined for an answer. */
function probe(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const client = connect(path)
    const done = (error?: string) => {
      client.destroy()
      resolve(error)
    }
    client.once('connect', () => done())
    client.once('error', (error: NodeJS.ErrnoException) => done(error.code))
  })
}

/** Listens with a socket file of mode 0600. Node binds before `listen` returns, so the mask is ours for no longer. */
export function listenPrivately(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new SocketError(`nothing can listen on ${path}: ${error.message}`))
    server.once('error', fail)
    server.once('listening', () => {
      server.off('error', fail)
      resolve()
    })
    const mask = process.umask(0o177)
    try {
      server.listen(path)
    } finally {
      process.umask(mask)
    }
  })
}
