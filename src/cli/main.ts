#!/usr/bin/env node
/** The program: `run` on the real process. */
import { refuseOldNode } from './node-version.ts'

refuseOldNode(process)
const { run } = await import('./run.ts')

/** A reader that has seen enough (`oyez routes | head`) is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const code = await run(process.argv.slice(2), process)
// What is still open (a speaker that could not start has timers running) must not keep the process; what was written
// must still arrive.
for (const stream of [process.stdout, process.stderr]) await new Promise((done) => stream.write('', done))
process.exit(code)
