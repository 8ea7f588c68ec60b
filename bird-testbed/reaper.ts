/**
 * The lab's last will: a small process beside it, in a session of its own, that holds one end of a pipe. The kernel
 * closes the other end however the lab's process ends, SIGKILL included, and then the reaper removes what is left.
 *
 *     node reaper.ts LAB-ID LAB-DIRECTORY
 */
import { rmSync } from 'node:fs'
import { endLabProcesses } from './processes.ts'

const [id, directory] = process.argv.slice(2)
if (id === undefined || directory === undefined) throw new Error('usage: reaper.ts LAB-ID LAB-DIRECTORY')

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.stdin.resume()
process.stdin.on('close', async () => {
  await endLabProcesses(id)
  rmSync(directory, { recursive: true, force: true })
  process.exit()
})
