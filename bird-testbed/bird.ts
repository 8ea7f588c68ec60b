/**
 * BIRD on a machine of the lab: start it with a configuration, ask it over its control socket (the protocol that
 * birdc speaks), wait for what it should come to.
 */
import { writeFileSync } from 'node:fs'
import { awaitUntil, type Patience } from './await-until.ts'
import { answerText, type BirdProtocol, type BirdRoute, protocolsOf, routesOf } from './bird-output.ts'
import { ask } from './control-socket.ts'
import type { Host } from './host.ts'
import type { LabProcess } from './lab-process.ts'

export class Bird {
  readonly host: Host
  private process: LabProcess | undefined

  private constructor(host: Host) {
    this.host = host
  }

  /** Writes the configuration (see birdConfig), starts BIRD and waits until it answers. */
  static async start(host: Host, config: string): Promise<Bird> {
    const bird = new Bird(host)
    writeFileSync(bird.configFile, config)
    await bird.restart()
    return bird
  }

  get socket(): string {
    return this.host.file('bird.ctl')
  }

  get configFile(): string {
    return this.host.file('bird.conf')
  }

  /** Everything that BIRD has logged since its last start. */
  get log(): string {
    return this.process?.output ?? ''
  }

  /** Stops BIRD as told (default: SIGTERM, sessions are closed; SIGKILL: it vanishes) and waits for its end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.process?.stop(signal)
    this.process = undefined
  }

  /** Starts BIRD again with the same configuration, stopping it first if it runs. */
  async restart(): Promise<void> {
    await this.stop()
    const argv = ['bird', '-f', '-c', this.configFile, '-s', this.socket, '-P', this.host.file('bird.pid')]
    this.process = this.host.spawn('bird', argv)
    await this.process.awaitReady(
      async () => (await this.query('show status')).includes('up and running'),
      'answers',
    )
  }

  /** Takes a new configuration the way `birdc configure` does: what did not change keeps running. */
  async reconfigure(config: string): Promise<void> {
    writeFileSync(this.configFile, config)
    const said = await this.query('configure')
    if (!said.includes('Reconfigur')) throw new Error(`BIRD refuses the configuration: ${said}`)
  }

  /** Any command of birdc; the answer as birdc prints it. */
  query(command: string): Promise<string> {
    return ask(this.socket, `${command}\n`, answerText, (received) => /^0001 .*\n/m.test(received))
  }

  async protocols(): Promise<BirdProtocol[]> {
    return protocolsOf(await this.query('show protocols'))
  }

  async protocol(name: string): Promise<BirdProtocol> {
    const found = (await this.protocols()).find((protocol) => protocol.name === name)
    if (found === undefined) throw new Error(`BIRD on ${this.host.name} has no protocol ${name}`)
    return found
  }

  /** Waits until the BGP sessions with these protocol names are established. */
  async established(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.awaitInfo(name, 'Established')
  }

  /** Waits until the session's info begins with `text`: `Established`, `Active`, `Idle` ... */
  async awaitInfo(name: string, text: string, patience?: Patience): Promise<void> {
    const what = `BIRD on ${this.host.name} shows ${name} as ${text}`
    await awaitUntil(async () => (await this.protocol(name)).info.startsWith(text), what, patience)
  }

  /** How many times a session of birdConfig has come up since BIRD's last start: 1 means it never flapped. */
  timesUp(name: string): number {
    return this.log.split(`${name}: State changed to up`).length - 1
  }

  /** `show route all`, taken apart; `selection` as birdc takes it: `protocol node0`, `192.0.2.0/24` ... */
  async routes(selection = ''): Promise<BirdRoute[]> {
    return routesOf(await this.query(`show route ${selection} all`.replace('  ', ' ')))
  }

  /** How many routes a protocol has brought, without fetching them. */
  async routeCount(protocol: string): Promise<number> {
    const said = await this.query(`show route protocol ${protocol} count`)
    return [...said.matchAll(/^(\d+) of/gm)].reduce((sum, match) => sum + Number(match[1]), 0)
  }
}
