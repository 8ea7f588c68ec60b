/**
 * One call of `oyez`: arguments in, exit code out. Whatever goes wrong ends here, as a sentence on stderr with the
 * way out below it.
 */
import { commandLine } from './command-line.ts'
import { CliError, ExitCode, emit, type Io } from './io.ts'
import { detectStyle } from './style.ts'
import { printable } from './table.ts'

const COMPLETING = '--get-yargs-completions'

export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  try {
    if (args[0] === COMPLETING) return await (await import('./completion.ts')).complete(args.slice(1), io)
    if (args.length > 0) return await parse(isVersionAsked(args) ? ['version'] : args, io)
    await emit(io.stderr, `${await commandLine(io, ['--help']).getHelp()}\n`)
    return ExitCode.usage
  } catch (error) {
    return await report(error, io)
  }
}

/** What people type at any program; the command has the other formats. */
const isVersionAsked = (args: readonly string[]): boolean => args.length === 1 && args[0] === '--version'

async function parse(args: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.ok
  const cli = commandLine(io, args, async (code) => {
    exitCode = await code
  })
  let help = ''
  await cli.parseAsync([...args], {}, (_error: unknown, _argv: unknown, output: string) => {
    help ||= output
  })
  await emit(io.stdout, help === '' ? '' : `${help}\n`)
  return exitCode
}

/** What is not a CliError is a bug of ours, and then the stack is worth more than manners. */
async function report(error: unknown, io: Io): Promise<ExitCode> {
  const { bad, quiet } = detectStyle({ stdout: io.stderr, env: io.env })
  if (!(error instanceof CliError)) {
    await emit(io.stderr, `${bad('oyez:')} ${error instanceof Error ? error.stack : String(error)}\n`)
    return ExitCode.finding
  }
  const hint = error.hint === undefined ? [] : [quiet(sentence(error.hint))]
  const lines = [`${bad('oyez:')} ${sentence(error.message)}`, ...hint]
  await emit(io.stderr, lines.map((line) => `${line}\n`).join(''))
  return error.exitCode
}

const sentence = (text: string): string => text.split('\n').map(printable).join('\n')
