import { createRequire } from 'node:module'
import { getSystemErrorName } from 'node:util'

/** What native/oyez.c offers: thin system calls, each returning its result or -errno. */
export interface Addon {
  socket(domain: number, type: number, protocol: number): number
  setsockopt(fd: number, level: number, option: number, value: Uint8Array): number
  bind(fd: number, sockaddr: Uint8Array): number
  close(fd: number): number
}

// Seen from dist/bgp/tcp (built) and from bgp/tcp (run from source).
const PLACES = ['../../native/oyez.node', '../../dist/native/oyez.node']

let loaded: Addon | Error | undefined

/** The addon, or why there is none. Looked for once. */
export function loadAddon(): Addon | Error {
  loaded ??= find()
  return loaded
}

function find(): Addon | Error {
  const require = createRequire(import.meta.url)
  const failures: string[] = []
  for (const place of PLACES) {
    try {
      return require(place) as Addon
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND')
        failures.push((error as Error).message)
    }
  }
  const why = failures[0] ?? 'it is not built'
  return new Error(`the native addon is missing (${why}); install a C compiler and run \`npm run build\``)
}

/** Throws the error that a negative result stands for, naming the call. */
export function checked(result: number, call: string): number {
  if (result < 0) throw new Error(`${call}: ${getSystemErrorName(result)}`)
  return result
}
