/**
 * Wrong calls in our own words. yargs tells what is wrong in a dozen forms; each is turned into a sentence that names
 * what was typed, with the way out. A form that is not known here passes unchanged. Pure.
 */
import { CliError, ExitCode } from './io.ts'

type Rewrite = readonly [
  form: RegExp,
  message: (found: readonly string[], command: string) => string,
  hint?: string,
]

const REWRITES: readonly Rewrite[] = [
  [/^Did you mean (\S+)\?$/, (_, command) => `there is no command ${command}`, 'did you mean `oyez $1`?'],
  [/^Unknown commands?: (.+)$/, ([what]) => `there is no command ${what}`],
  [/^Unknown arguments?: (.+)$/, ([what]) => `there is no option ${optionsOf(what)}`],
  [/^Missing required arguments?: (.+)$/, ([what]) => `${optionsOf(what)} must be given`],
  [/^Not enough arguments following: (.+)$/, ([what]) => `${optionsOf(what)} needs a value`],
  [/^Not enough non-option arguments/, (_, command) => `${command} needs an argument`],
  [/^Arguments (\S+) and (\S+) are mutually exclusive$/, ([a, b]) => `--${a} and --${b} exclude each other`],
  [
    /^Invalid values:\s+Argument: (\S+), Given: (.+), Choices: (.+)$/,
    ([option, given, choices]) =>
      `--${option} cannot be ${given}: choose from ${choices?.replaceAll('"', '')}`,
  ],
]

/** `message` is yargs' own; `command` is the first word that was typed. */
export function usageError(message: string, command = ''): CliError {
  for (const [form, say, hint] of REWRITES) {
    const found = form.exec(message.trim())
    if (found === null) continue
    const said = say(found.slice(1), command)
    return new CliError(ExitCode.usage, said, hint?.replace('$1', found[1] ?? '') ?? see(command, said))
  }
  return new CliError(ExitCode.usage, message, see(command, message))
}

const see = (command: string, said: string): string =>
  command === '' || said.startsWith('there is no command')
    ? 'see `oyez --help`'
    : `see \`oyez ${command} --help\``

/** `a, b` as options: `--a, --b`; one letter: `-a`. */
const optionsOf = (names = ''): string =>
  names
    .split(', ')
    .map((name) => (name === 'filename' ? '-f' : `${name.length === 1 ? '-' : '--'}${name}`))
    .join(', ')

/** Options that may be given several times. */
const LISTS = new Set(['listen', 'input', '_'])

/** The rest make sense once; yargs would make a list of them that nobody expects. */
export function refuseTwice(argv: Readonly<Record<string, unknown>>): true {
  for (const [name, value] of Object.entries(argv)) {
    if (!Array.isArray(value) || LISTS.has(name)) continue
    throw new CliError(ExitCode.usage, `${optionsOf(name)} is given ${value.length} times; give it once`)
  }
  return true
}
