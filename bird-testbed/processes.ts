/**
 * Which processes belong to a lab, and their end. Every process that a lab starts carries the lab's directory in its
 * environment, and children inherit it. A program may overwrite its environment (daemons that set their title do),
 * so whatever runs in a network namespace of a marked process belongs to the lab too; and so does whatever runs in a
 * control group of the lab (see cluster/cgroups.ts), as containers do. No list of pids is kept: a list is stale after a crash, and its numbers may by then belong to somebody else.
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** The environment variable that marks a lab's processes; its value is the lab's directory, unlike any other's. */
export const LAB_MARK = 'OYEZ_LAB'

/** Pids of every live process of the lab in `directory`. */
export function labProcesses(directory: string): number[] {
  const pids = allPids()
  const marked = pids.filter((pid) => environment(pid).includes(`\0${LAB_MARK}=${directory}\0`))
  const namespaces = new Set(marked.map(networkNamespace))
  // Never our own: a marked process that has not entered its namespace yet is still in ours.
  namespaces.delete(networkNamespace('self'))
  namespaces.delete(undefined)
  const group = `/${basename(directory)}/`
  return pids.filter(
    (pid) => marked.includes(pid) || namespaces.has(networkNamespace(pid)) || inGroup(pid, group),
  )
}

/** Directories of all labs of this user that have a live process on this machine. */
export function liveLabs(): string[] {
  const mark = new RegExp(`\0${LAB_MARK}=([^\0]+)\0`)
  const own = allPids().filter((pid) => isOwn(`/proc/${pid}`))
  return [...new Set(own.flatMap((pid) => mark.exec(environment(pid))?.[1] ?? []))]
}

/** Whether a file belongs to this user: what others have made, or claim, must not lead to a kill or a removal. */
export function isOwn(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.()
}

/** Kills every process of the lab and waits until the kernel has let go of them, and so of the namespaces. */
export async function endLabProcesses(directory: string): Promise<void> {
  for (let rounds = 0; rounds < 1000; rounds += 1) {
    const pids = labProcesses(directory)
    if (pids.length === 0) return
    for (const pid of pids) kill(pid)
    await pause(10)
  }
  throw new Error(`lab in ${directory}: processes ${labProcesses(directory).join(', ')} survive SIGKILL`)
}

/** When a process started, in clock ticks after boot: with its pid this names it for ever. Undefined: it is gone. */
export function startTime(pid: number): string | undefined {
  const stat = readProc(`${pid}/stat`)
  // The command's name stands in brackets and may hold spaces; state is the first field after it, start the 20th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? undefined : fields[19]
}

function allPids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
}

function environment(pid: number): string {
  return `\0${readProc(`${pid}/environ`)}`
}

function inGroup(pid: number, group: string): boolean {
  return readProc(`${pid}/cgroup`).includes(group)
}

function networkNamespace(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return undefined
  }
}

/** A process may end between the listing and the look: then it reads as nothing. */
function readProc(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, 'latin1')
  } catch {
    return ''
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}
