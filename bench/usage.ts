import { readdirSync, readFileSync } from 'node:fs'

/** CPU time of a process so far, all its threads, in milliseconds (the scheduler's own nanoseconds). */
export function cpuMs(pid: number): number {
  let ns = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    ns += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
  }
  return ns / 1e6
}

/** Most memory a process ever held, in MiB. */
export function peakMiB(pid: number): number {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) / 1024
}

/** CLOCK_MONOTONIC in nanoseconds, the clock that the receiver stamps with. */
export function monotonicNs(): number {
  return Number(process.hrtime.bigint())
}
