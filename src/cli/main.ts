#!/usr/bin/env node
/** The program: `run` on the real process. */
import { run } from './run.ts'

/** A reader that has seen enough (`oyez routes | head`) is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await run(process.argv.slice(2), process)
