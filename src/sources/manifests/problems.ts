/** What can be wrong with a file before anyone looks at what it says. */
import type { Diagnostic } from '../../cluster/index.ts'

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read: permission denied',
  EPERM: 'may not be read: permission denied',
  ELOOP: 'is a symbolic link that leads to itself',
  ENOTDIR: 'is not a folder',
}

/** A file or folder that the system does not let us read. */
export function unreadable(path: string, error: unknown): Diagnostic {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return fileProblem('Unreadable', path, WORDS[code] ?? `cannot be read (${code || 'unknown error'})`)
}

export function fileProblem(code: string, file: string, message: string, hint?: string): Diagnostic {
  return { severity: 'error', code, message, ...(hint !== undefined && { hint }), location: { file } }
}
