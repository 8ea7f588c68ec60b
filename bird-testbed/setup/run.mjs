// Runs the commands of the set-up. Long ones say what they do; what they print is shown only when they fail. A signal
// is passed on to the command that runs, and the set-up ends after it, with everything tidied up.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

// Plain users often lack the directories where routers and `ip` live.
const SYSTEM_PATH = [process.env.PATH, '/usr/local/sbin', '/usr/sbin', '/sbin'].join(':')

/** PATH without this project's own Node: what installs or replaces it must not run on it. */
export const OUTER_PATH = SYSTEM_PATH.split(':')
  .filter((directory) => !directory.startsWith(join(ROOT, 'node_modules')))
  .join(':')

/** PATH with the pinned Node first. */
const INNER_PATH = `${join(ROOT, 'node_modules/node/bin')}:${join(ROOT, 'node_modules/.bin')}:${SYSTEM_PATH}`

/** A failure that is told without a stack: its message says what to do. */
export class SetupError extends Error {}

let current
let received

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    received ??= signal
    current?.kill(signal)
  })
}

// npm passes SIGTERM to the shell between us, which dies and leaves us behind; and npm may be killed. Nobody waits
// for us then, so this ends too.
if (process.env.npm_lifecycle_event !== undefined) {
  const began = callers()
  const watch = setInterval(() => {
    if (callers() === began) return
    received ??= 'SIGHUP'
    current?.kill('SIGTERM')
  }, 500)
  watch.unref()
}

/** Pids of the shell that runs this and of the npm that runs the shell. */
function callers() {
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'latin1')
    return `${process.ppid} ${stat.slice(stat.lastIndexOf(')')).split(' ')[2]}`
  } catch {
    return String(process.ppid)
  }
}

/** The exit code when a signal has asked the set-up to end. */
export function endingBySignal() {
  return { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[received]
}

function start(argv, options) {
  if (received !== undefined) throw new SetupError('interrupted')
  const [file, ...args] = argv
  current = spawn(file, args, {
    cwd: ROOT,
    ...options,
    env: { ...process.env, PATH: INNER_PATH, ...options.env },
  })
  return current
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new SetupError(`cannot run ${child.spawnfile}: ${error.message}`)))
    child.on('close', (code, signal) => {
      current = undefined
      if (received !== undefined) reject(new SetupError('interrupted'))
      else resolve(code ?? (signal === null ? 1 : 128))
    })
  })
}

/** Runs a command in this terminal and returns its exit code. The channel tells it when this process dies. */
export function run(argv, env = {}) {
  return ended(start(argv, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env }))
}

/** Runs a command whose output matters only when it fails: returns { code, output }. */
export async function runQuietly(what, argv, options = {}) {
  const began = Date.now()
  const seconds = () => `${((Date.now() - began) / 1000).toFixed(1)} s`
  console.log(`• ${what}`)
  const child = start(argv, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  const chunks = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk))
  const patience = setInterval(() => console.log(`  still at it (${seconds()})`), 15_000)
  try {
    const code = await ended(child)
    console.log(code === 0 ? `  done in ${seconds()}` : `  failed after ${seconds()}`)
    return { code, output: Buffer.concat(chunks).toString() }
  } finally {
    clearInterval(patience)
  }
}
