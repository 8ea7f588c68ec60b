/**
 * `oyez decode`: BGP messages from hex. The verdict comes from the very code that a session runs (`examine`), so what
 * this prints is what a peer would have got. Input of any length passes through in constant memory.
 */
import { createReadStream, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { FAMILIES, type Family, type SessionContext } from '../../bgp/wire/index.ts'
import { type Decoded, decodeLine, jsonLine } from './decode-line.ts'
import { decodedText, dissectedText } from './decode-text.ts'
import { type Format, yamlOf } from './format.ts'
import { CliError, ExitCode, emit, type Io } from './io.ts'
import { type Line, LineSplitter } from './lines.ts'
import { detectStyle } from './style.ts'

export interface DecodeArgs {
  readonly input?: readonly string[] | undefined
  readonly output: Format
  readonly as4: boolean
  readonly ebgp?: boolean | undefined
  readonly ibgp?: boolean | undefined
  readonly extended: boolean
  readonly addPath?: string | undefined
  readonly families?: string | undefined
  readonly check: boolean
}

/** The longest message (RFC 8654), each octet written as generously as `0xff, `. */
const LONGEST_LINE = 6 * 65_535

export async function decode(args: DecodeArgs, io: Io): Promise<ExitCode> {
  const ctx = contextOf(args)
  const print = printer(args.output, ctx, io)
  const splitter = new LineSplitter(LONGEST_LINE)
  let clean = true
  const take = async (lines: Iterable<Line>) => {
    let text = ''
    for (const line of lines) {
      if (isBlank(line) && args.output !== 'json') continue
      const decoded = decodeLine(line, ctx)
      clean &&= decoded.outcome.action === 'accept'
      text += await print(decoded)
    }
    await emit(io.stdout, text)
  }
  for (const source of await sourcesOf(args.input ?? [], io)) {
    for await (const chunk of source) await take(splitter.push(chunk))
    await take(splitter.end())
  }
  return args.check && !clean ? ExitCode.finding : ExitCode.ok
}

const isBlank = (line: Line): boolean => 'text' in line && line.text.trim() === ''

function printer(
  format: Format,
  ctx: SessionContext,
  io: Io,
): (decoded: Decoded) => string | Promise<string> {
  const style = detectStyle(io)
  switch (format) {
    case 'json':
      return (decoded) => `${jsonLine(decoded)}\n`
    case 'yaml':
      return async (decoded) => `---\n${await yamlOf(JSON.parse(jsonLine(decoded)))}`
    case 'table':
      return (decoded) => `${decodedText(decoded, style)}\n`
    case 'wide':
      return (decoded) => `${dissectedText(decoded, ctx, style)}${decodedText(decoded, style)}\n`
  }
}

/** What was given on the command line: files, hex, or nothing, which is stdin. */
async function sourcesOf(given: readonly string[], io: Io): Promise<readonly Source[]> {
  if (given.length === 0 && io.stdin.isTTY) {
    await emit(io.stderr, 'Reading hex, one message per line; end with Ctrl-D.\n')
  }
  if (given.every((name) => name === '-')) return [characters('stdin', io.stdin)]
  if (given.every(isFile)) return given.map((name) => characters(name, createReadStream(name)))
  const missing = given.find((name) => /[/.]/.test(name) && !isFile(name))
  if (missing !== undefined) throw new CliError(ExitCode.notFound, `there is no file ${missing}`)
  return [[`${given.join(' ')}\n`]]
}

type Source = AsyncIterable<string> | Iterable<string>

/** Hex is ASCII, so octets are taken as characters one by one: no text, however broken, fails here. */
async function* characters(name: string, source: Readable): AsyncGenerator<string> {
  try {
    for await (const chunk of source)
      yield typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1')
  } catch (error) {
    throw new CliError(ExitCode.finding, `${name} cannot be read: ${(error as Error).message}`)
  }
}

function isFile(name: string): boolean {
  return name.length < 4096 && statSync(name, { throwIfNoEntry: false })?.isDirectory() === false
}

/** What was negotiated, as the flags say. */
export function contextOf({ as4, ebgp, ibgp, extended, addPath, families }: DecodeArgs): SessionContext {
  if (ebgp === true && ibgp === true)
    throw new CliError(ExitCode.usage, '--ebgp and --ibgp exclude each other')
  return {
    as4,
    ebgp: ebgp ?? !(ibgp ?? false),
    extendedMessages: extended,
    addPath: familiesOf('add-path', addPath ?? 'none'),
    families: familiesOf('families', families ?? FAMILIES.join()),
  }
}

function familiesOf(flag: string, text: string): ReadonlySet<Family> {
  const names = text === 'none' ? [] : text.split(/[\s,]+/).filter(Boolean)
  const known = names.filter((name): name is Family => (FAMILIES as readonly string[]).includes(name))
  if (known.length === names.length) return new Set(known)
  const stranger = names.find((name) => !(FAMILIES as readonly string[]).includes(name))
  throw new CliError(
    ExitCode.usage,
    `--${flag}: ${stranger} is not a family`,
    `write ${FAMILIES.join()} or none`,
  )
}
