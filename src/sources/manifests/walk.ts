/**
 * Which files a folder holds, and whether they are the same as a moment ago. Follows symbolic links, as ConfigMap
 * mounts are made of them (`pools.yaml -> ..data/pools.yaml`, `..data -> ..2026_01_02...`), and meets each file once:
 * names that start with a dot are the mount's own and editors' temporary ones, and a file or folder that is reached a
 * second time (a loop, a second link) is passed over.
 */
import type { BigIntStats } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Diagnostic } from '../../cluster/index.ts'
import { fileProblem, unreadable } from './problems.ts'

export interface FoundFile {
  readonly path: string
  /** Differs when the file is another one, was written or was replaced. */
  readonly signature: string
}

export interface Walk {
  /** In order of their paths. */
  readonly files: readonly FoundFile[]
  /** Folders to watch, with what tells a folder from another that took its place. */
  readonly folders: ReadonlyMap<string, string>
  readonly problems: readonly Diagnostic[]
}

interface Walking {
  readonly files: FoundFile[]
  readonly folders: Map<string, string>
  readonly problems: Diagnostic[]
  readonly seen: Set<string>
}

/** @param root a folder, or a single file of whatever name. */
export async function walk(root: string): Promise<Walk> {
  const walking: Walking = { files: [], folders: new Map(), problems: [], seen: new Set() }
  try {
    const stats = await stat(root, { bigint: true })
    if (stats.isDirectory()) await walkFolder(root, stats, walking)
    else {
      walking.folders.set(dirname(root), '')
      addFile(root, stats, walking)
    }
  } catch (error) {
    walking.problems.push(unreadable(root, error))
  }
  return walking
}

async function walkFolder(path: string, stats: BigIntStats, walking: Walking): Promise<void> {
  if (!isFirst(stats, walking)) return
  walking.folders.set(path, identityOf(stats))
  let names: string[]
  try {
    names = await readdir(path)
  } catch (error) {
    walking.problems.push(unreadable(path, error))
    return
  }
  for (const name of names.sort()) if (!name.startsWith('.')) await walkEntry(join(path, name), walking)
}

const MANIFEST = /\.(ya?ml|json)$/i

async function walkEntry(path: string, walking: Walking): Promise<void> {
  try {
    const stats = await stat(path, { bigint: true })
    if (stats.isDirectory()) await walkFolder(path, stats, walking)
    else if (!MANIFEST.test(path)) return
    else if (stats.isFile()) addFile(path, stats, walking)
    else walking.problems.push(fileProblem('Unreadable', path, 'is not a regular file'))
  } catch (error) {
    // Gone since it was listed, or a link that leads nowhere: only the latter is still there.
    const there = await lstat(path).catch(() => undefined)
    if (there !== undefined && MANIFEST.test(path)) walking.problems.push(unreadable(path, error))
  }
}

function addFile(path: string, stats: BigIntStats, walking: Walking): void {
  if (!isFirst(stats, walking)) return
  walking.files.push({ path, signature: signatureOf(stats) })
}

function isFirst(stats: BigIntStats, { seen }: Walking): boolean {
  const identity = identityOf(stats)
  if (seen.has(identity)) return false
  seen.add(identity)
  return true
}

const identityOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`

export const signatureOf = (stats: BigIntStats): string =>
  `${identityOf(stats)}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`
