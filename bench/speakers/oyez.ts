import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Contender, Load, Running } from '../contender.ts'
import { stopped } from '../daemon.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** oyez/bgp as a program uses it: a process of its own, built JavaScript, told what to do over its standard input. */
export function oyez(): Contender {
  return { name: 'oyez', version, start }
}

function version(): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  return `oyez ${version}, Node ${process.version}`
}

async function start({ routes, sets }: Load): Promise<Running> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'oyez-child.ts'), String(routes), String(sets)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]()
  const answer = async () => {
    const { value, done } = await answers.next()
    if (done === true) throw new Error('the oyez process ended')
    return Number(value)
  }
  const order = (text: string) => {
    child.stdin.write(`${text}\n`)
    return answer()
  }
  const buildMs = await answer()
  return {
    buildMs,
    pid: child.pid as number,
    connect: () => order('connect'),
    change: (announce) => order(announce ? 'announce one' : 'withdraw one'),
    withdrawAll: () => order('withdraw all'),
    announceAll: () => order('announce all'),
    longestStallMs: () => order('stall'),
    stop: () => stopped(child),
  }
}
