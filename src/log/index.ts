/**
 * The daemon's log: winston behind the one function type the whole house passes around. Text for people, JSON lines
 * for collectors; always on stderr, since stdout belongs to data.
 */
import winston from 'winston'
import type { Log, LogLevel } from '../../bgp/index.ts'

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[]

export interface LogOptions {
  readonly level: LogLevel
  readonly format: 'text' | 'json'
}

export function createLog({ level, format }: LogOptions): Log {
  const logger = winston.createLogger({
    level,
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: format === 'json' ? jsonLines : textLines,
    transports: [new winston.transports.Console({ stderrLevels: [...LOG_LEVELS] })],
  })
  outliveReader()
  return (at, message, fields) => {
    logger.log(at, message, { fields })
  }
}

/** A full disk or a collector that died costs lines, never the sessions: Node would end the process over it. */
function outliveReader(): void {
  if (!process.stderr.listeners('error').includes(ignore)) process.stderr.on('error', ignore)
}

const ignore = (): void => {}

const jsonLines = winston.format.printf(({ level, message, fields }) =>
  JSON.stringify({ time: new Date().toISOString(), level, message, ...(fields as object | undefined) }),
)

const textLines = winston.format.printf(({ level, message, fields }) => {
  const pairs = Object.entries((fields as object | undefined) ?? {}).filter(
    ([, value]) => value !== undefined,
  )
  const tail = pairs.map(([name, value]) => ` ${name}=${plain(value)}`).join('')
  return `${new Date().toISOString()} ${level.padEnd(5)} ${printable(String(message))}${tail}`
})

/** Bare where it can be, quoted where a space would split it. */
function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text)
}

/** A peer's text must not write log lines of its own. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are just what is taken out here
  return text.replaceAll(/[\u0000-\u001f\u007f]/g, '?')
}
