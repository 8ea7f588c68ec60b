/** A relay on a machine of the lab, and its commands: the way to an API server that a test can spoil. */
import { fileURLToPath } from 'node:url'
import { ask } from '../control-socket.ts'
import type { Host } from '../host.ts'
import type { LabProcess } from '../lab-process.ts'
import type { Endpoint } from './relay.ts'

const PROGRAM = fileURLToPath(new URL('./relay-program.ts', import.meta.url))

export class RelayProcess {
  private readonly control: string
  private readonly process: LabProcess

  private constructor(control: string, process: LabProcess) {
    this.control = control
    this.process = process
  }

  static async start(host: Host, name: string, listen: Endpoint, target: Endpoint): Promise<RelayProcess> {
    const control = host.file(`${name}.ctl`)
    const process = host.spawn(name, [globalThis.process.execPath, PROGRAM, control, listen, target])
    await process.awaitReady(() => process.output.includes('listening'), 'listens')
    return new RelayProcess(control, process)
  }

  /** Ends every connection there is, with a reset. New ones are taken. */
  cut(): Promise<void> {
    return this.tell('cut')
  }

  /** Nothing passes any more, nothing is closed. Until `mend`. */
  hang(): Promise<void> {
    return this.tell('hang')
  }

  /** Whatever passes waits this long first, in each direction. Until `mend`. */
  slow(milliseconds: number): Promise<void> {
    return this.tell(`slow ${milliseconds}`)
  }

  mend(): Promise<void> {
    return this.tell('mend')
  }

  /** Refuses connections and cuts those that are open. Until `open`. */
  refuse(): Promise<void> {
    return this.tell('refuse')
  }

  open(): Promise<void> {
    return this.tell('open')
  }

  async stop(): Promise<void> {
    await this.process.stop()
  }

  private async tell(command: string): Promise<void> {
    await ask(this.control, `${command}\n`, (received) => (received.includes('done') ? true : undefined))
  }
}
