/** Runs one short command to its end. */
import { spawn } from 'node:child_process'

/** Routers and tools live where a plain user's PATH may not look. */
export const TOOL_PATH = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`

export interface CommandOptions {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** Take any exit code as an answer instead of throwing. */
  readonly anyCode?: boolean
}

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Throws with the command line and its stderr unless it ends with 0. */
export function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [file = '', ...args] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: { ...process.env, ...options.env, PATH: TOOL_PATH } })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', (error) => reject(new Error(`${argv.join(' ')}: ${error.message}`)))
    child.on('close', (code) => {
      if (code !== 0 && options.anyCode !== true)
        reject(new Error(`${argv.join(' ')} ended with ${code}: ${stderr || stdout}`))
      else resolve({ code: code ?? -1, stdout, stderr })
    })
    // A command that does not read its input closes it: that is its right, not an error.
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
  })
}
