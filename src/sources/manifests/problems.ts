/** What can be wrong with a file before anyone looks at what it says. */
import type { Diagnostic } from '../../cluster/index.ts'

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'this file or folder does not exist',
  EACCES: 'cannot be read: permission denied',
  EPERM: 'cannot be read: permission denied',
  ELOOP: 'this symbolic link leads to itself',
  ENOTDIR: 'this is no folder',
}

/** A file or folder that the system does not let us read. */
export function unreadable(path: string, error: unknown): Diagnostic {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return fileProblem('Unreadable', path, WORDS[code] ?? `cannot be read (${code || 'unknown error'})`)
}

export const fileEmptied = (path: string): Diagnostic =>
  fileProblem(
    'FileEmptied',
    path,
    'is empty, and held objects before',
    'write it again, remove it, or send SIGHUP to the speaker to have it taken over as it is',
  )

export function fileProblem(code: string, file: string, message: string, hint?: string): Diagnostic {
  return { severity: 'error', code, message, ...(hint !== undefined && { hint }), location: { file } }
}
