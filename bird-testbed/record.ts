/**
 * What a lab writes down about itself, so that a second command (`exec`, `down`, `clean`) finds it: one small file
 * in its directory. It says where things are; what belongs to a lab is asked of the kernel (processes.ts).
 */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { removeCgroups } from './cluster/cgroups.ts'
import { endLabProcesses, isOwn, liveLabs, startTime } from './processes.ts'

export const LAB_PREFIX = 'oyez-lab-'

export interface LabFacts {
  readonly id: string
  readonly title: string
  /** Outlives the process that made it. */
  readonly detached: boolean
  /** Milliseconds since 1970. */
  readonly created: number
  /** Machine name -> pid that holds its namespace. */
  readonly hosts: Readonly<Record<string, number>>
}

export interface LabRecord extends LabFacts {
  readonly directory: string
  readonly owner: { readonly pid: number; readonly started: string | undefined }
}

export function writeRecord(directory: string, facts: LabFacts): void {
  const record: LabRecord = {
    ...facts,
    directory,
    owner: { pid: process.pid, started: startTime(process.pid) },
  }
  const file = join(directory, 'lab.json')
  writeFileSync(`${file}.new`, JSON.stringify(record, null, 2))
  renameSync(`${file}.new`, file)
}

/** All labs of this user, newest first: those with a directory here, and those with live processes. */
export function readRecords(): LabRecord[] {
  const here = readdirSync(tmpdir()).map((name) => join(tmpdir(), name))
  const directories = new Set([...here.filter(isOwn), ...liveLabs()])
  return [...directories]
    .filter((directory) => basename(directory).startsWith(LAB_PREFIX))
    .map(readRecord)
    .sort((one, other) => other.created - one.created)
}

/** A lab whose record is gone is one that nobody can want. */
function readRecord(directory: string): LabRecord {
  try {
    const record = JSON.parse(readFileSync(join(directory, 'lab.json'), 'utf8')) as LabRecord
    return { ...record, directory }
  } catch {
    const owner = { pid: 0, started: 'never' }
    return {
      id: basename(directory),
      title: 'lost',
      detached: false,
      hosts: {},
      directory,
      owner,
      created: 0,
    }
  }
}

/** Whether somebody still wants this lab: its process lives, or it was started to stay and its machines live. */
export function isWanted(record: LabRecord): boolean {
  if (!record.detached) return startTime(record.owner.pid) === record.owner.started
  return Object.values(record.hosts).some((pid) => startTime(pid) !== undefined)
}

/** Ends a lab that is not this process's own, and removes its directory. */
export async function endLab(record: LabRecord): Promise<void> {
  await endLabProcesses(record.directory)
  await removeCgroups(record.directory)
  rmSync(record.directory, { recursive: true, force: true })
}
