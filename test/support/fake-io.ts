/** A process that a command believes in: what it reads is given, what it writes is kept. */
import { Readable, Writable } from 'node:stream'
import type { Io } from '../../src/cli/io.ts'
import { run } from '../../src/cli/run.ts'

export interface Given {
  readonly stdin?: string | Iterable<string>
  readonly env?: Readonly<Record<string, string>>
  readonly tty?: boolean
  /** Started as `kubectl oyez`. */
  readonly plugin?: boolean
}

class Kept extends Writable {
  text = ''
  readonly columns = 110
  readonly isTTY: boolean

  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export async function runCli(args: readonly string[], given: Given = {}): Promise<Ran> {
  const [stdout, stderr] = [new Kept(given.tty ?? false), new Kept(given.tty ?? false)]
  const input = given.stdin ?? ''
  const stdin = Readable.from(typeof input === 'string' ? [input] : input)
  const io: Io = {
    stdin,
    stdout,
    stderr,
    env: { LANG: 'C.UTF-8', ...given.env },
    plugin: given.plugin ?? false,
  }
  return { code: await run(args, io), out: stdout.text, err: stderr.text }
}

/** The command line as one types it, without any quoting. */
export const oyez = (line: string, given?: Given): Promise<Ran> =>
  runCli(line.split(' ').filter(Boolean), given)
