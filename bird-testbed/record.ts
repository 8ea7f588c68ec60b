/**
 * What a lab writes down about itself, so that a second command (`exec`, `down`, `clean`) finds it: one small file
 * in its directory. It says where things are; what belongs to a lab is asked of the kernel (processes.ts).
 */
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endLabProcesses, startTime } from './processes.ts'

export const LAB_PREFIX = 'oyez-lab-'

export interface LabFacts {
  readonly id: string
  readonly title: string
  /** Outlives the process that made it. */
  readonly detached: boolean
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

/** All labs with a record, newest first. */
export function readRecords(): LabRecord[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith(LAB_PREFIX))
    .map((name) => join(tmpdir(), name, 'lab.json'))
    .flatMap((file) => {
      try {
        return [{ record: JSON.parse(readFileSync(file, 'utf8')) as LabRecord, at: statSync(file).mtimeMs }]
      } catch {
        return []
      }
    })
    .sort((one, other) => other.at - one.at)
    .map(({ record }) => record)
}

/** Whether somebody still wants this lab: its process lives, or it was started to stay and its machines live. */
export function isWanted(record: LabRecord): boolean {
  if (!record.detached) return startTime(record.owner.pid) === record.owner.started
  return Object.values(record.hosts).some((pid) => startTime(pid) !== undefined)
}

/** Ends a lab that is not this process's own, and removes its directory. */
export async function endLab(record: LabRecord): Promise<void> {
  await endLabProcesses(record.id)
  rmSync(record.directory, { recursive: true, force: true })
}
