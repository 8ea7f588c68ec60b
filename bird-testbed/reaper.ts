/**
 * The lab's last will: a small process beside it, in a session of its own, that holds one end of a pipe. The kernel
 * closes the other end however the lab's process ends, SIGKILL included, and then the reaper removes what is left.
 *
 *     node reaper.ts LAB-DIRECTORY
 */
import { rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { removeCgroups } from './cluster/cgroups.ts'
import { endLabProcesses } from './processes.ts'

const [directory] = process.argv.slice(2)
if (directory === undefined) throw new Error('usage: reaper.ts LAB-DIRECTORY')

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.stdin.resume()
process.stdin.on('close', async () => {
  await endLabProcesses(directory)
  // One that was being started at that moment carries the mark only now.
  await pause(100)
  await endLabProcesses(directory)
  await removeCgroups(directory)
  rmSync(directory, { recursive: true, force: true })
  process.exit()
})
