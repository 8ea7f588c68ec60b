/**
 * What a command may touch of the process, passed in, so that tests run commands without one. Data goes to stdout,
 * everything said about it to stderr.
 */
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

/** What scripts can rely on; documented in docs/cli.md. */
export const ExitCode = {
  ok: 0,
  /** The command ran and found something wrong (`lint`, `--check`), or it failed. */
  finding: 1,
  /** It was called wrongly. */
  usage: 2,
  /** No speaker answers, or we may not ask it. */
  unreachable: 3,
  /** The service, peer or node does not exist. */
  notFound: 4,
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/** A failure to be told in a sentence, with a way out. */
export class CliError extends Error {
  readonly exitCode: ExitCode
  readonly hint: string | undefined

  constructor(exitCode: ExitCode, message: string, hint?: string) {
    super(message)
    this.name = 'CliError'
    this.exitCode = exitCode
    this.hint = hint
  }
}

export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
  /** Started as `kubectl oyez`: questions are to all nodes. */
  readonly plugin?: boolean
}

/** Writes at the reader's pace: a slow pipe holds the command up instead of filling memory. */
export async function emit(stream: Writable, text: string): Promise<void> {
  if (text !== '' && !stream.write(text)) await once(stream, 'drain')
}
