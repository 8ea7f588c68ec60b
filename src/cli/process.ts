/** `run` on the real process, however it was started. */
import { ExitCode, type Io } from './io.ts'
import { run } from './run.ts'

/** Ends the process. */
export async function runProcess(started: Pick<Io, 'plugin'> = {}): Promise<never> {
  const { stdin, stdout, stderr, env } = process
  /** A reader that has seen enough (`oyez routes | head`) is no error. */
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    process.stderr.write(`oyez: the output cannot be written: ${error.message}\n`)
    process.exit(ExitCode.finding)
  })
  const code = await run(process.argv.slice(2), { stdin, stdout, stderr, env, ...started })
  // What is still open (a speaker that could not start has timers running) must not keep the process; what was written
  // must still arrive.
  for (const stream of [stdout, stderr]) await new Promise((done) => stream.write('', done))
  process.exit(code)
}
