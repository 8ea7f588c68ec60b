/**
 * A wall clock that tests set, for single programs: Debian's libfaketime, preloaded. The clock of the machine stays as
 * it is, and so does the monotonic one of the program, as when an administrator or an NTP daemon sets the time.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Host, Lab, LabProcess } from '../../../bird-testbed/index.ts'

export class FakedClock implements AsyncDisposable {
  readonly #file: string
  readonly #programs: LabProcess[] = []

  /** @param hours that it is ahead of the machine's. */
  constructor(lab: Lab, hours: number) {
    this.#file = join(lab.directory, 'faked-clock')
    this.set(hours)
  }

  /** Starts a program that goes by this clock. */
  spawn(host: Host, name: string, argv: readonly string[]): LabProcess {
    const program = host.spawn(name, argv, this.#environment)
    this.#programs.push(program)
    return program
  }

  set(hours: number): void {
    writeFileSync(this.#file, `+${hours}h\n`)
  }

  /** Ends its programs, and takes away what the library leaves of those that are killed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()))
    for (const { pid } of this.#programs)
      for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`])
        rmSync(join('/dev/shm', name), { force: true })
  }

  /** `$LIB` is for the dynamic linker. */
  get #environment(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: '/usr/$LIB/faketime/libfaketimeMT.so.1',
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    }
  }
}

/** How far a moment of such a program is ahead of now, in whole hours. */
export const hoursAhead = (moment: string): number =>
  Math.round((Date.parse(moment) - Date.now()) / 3_600_000)
