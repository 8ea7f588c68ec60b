/** `oyez speaker` on a machine of the lab, and the CLI that talks to it, both as a user starts them. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type CommandResult, runCommand } from './command.ts'
import type { Host } from './host.ts'
import type { LabProcess } from './lab-process.ts'

/** The file that package.json names as `bin.oyez`. */
export const OYEZ = fileURLToPath(new URL('../dist/program/cli/main.js', import.meta.url))

/** The plugin of kubectl: package.json's `bin.kubectl-oyez`. */
export const KUBECTL_OYEZ = fileURLToPath(new URL('../dist/program/cli/kubectl.js', import.meta.url))

export interface OyezSpeakerOptions {
  /** Kubernetes name of the node; default: the machine's name. */
  readonly node?: string
  /** Folder of YAML. */
  readonly manifests?: string
  /** Instead of a folder: the way to an API server. */
  readonly kubeconfig?: string
  /** Further options of `oyez speaker`. */
  readonly args?: readonly string[]
}

export class OyezSpeaker {
  readonly host: Host
  private readonly options: OyezSpeakerOptions
  private process: LabProcess | undefined

  private constructor(host: Host, options: OyezSpeakerOptions) {
    this.host = host
    this.options = options
  }

  /** Starts it and waits until it answers on its socket. */
  static async start(host: Host, options: OyezSpeakerOptions): Promise<OyezSpeaker> {
    const speaker = new OyezSpeaker(host, options)
    await speaker.restart()
    return speaker
  }

  get socket(): string {
    return this.host.file('oyez.sock')
  }

  get log(): string {
    return this.process?.output ?? ''
  }

  get pid(): number | undefined {
    return this.process?.pid
  }

  /** Ends it (default SIGTERM: Cease/Administrative Shutdown) and returns its exit code or signal. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals | undefined> {
    const ending = await this.process?.stop(signal)
    this.process = undefined
    return ending
  }

  signal(signal: NodeJS.Signals): void {
    this.process?.signal(signal)
  }

  async restart(): Promise<void> {
    await this.stop()
    const { node = this.host.name, manifests, kubeconfig, args = [] } = this.options
    const source = manifests === undefined ? [] : ['--manifests', manifests]
    const cluster = kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]
    const program = [process.execPath, OYEZ, 'speaker']
    const argv = [...program, '--node', node, ...source, ...cluster, '--socket', this.socket]
    this.process = this.host.spawn('oyez', [...argv, ...args])
    const answers = async () => existsSync(this.socket) && (await this.cli(['peers'])).code === 0
    await this.process.awaitReady(answers, 'answers on its socket')
  }

  /** `oyez ...` against this speaker, with any exit code as an answer. */
  cli(args: readonly string[]): Promise<CommandResult> {
    return runCommand([process.execPath, OYEZ, ...args], { env: { OYEZ_SOCKET: this.socket }, anyCode: true })
  }

  /** What `oyez ARGS` prints; throws when it does not end with 0. */
  async print(...args: readonly string[]): Promise<string> {
    return (await runCommand([process.execPath, OYEZ, ...args], { env: { OYEZ_SOCKET: this.socket } })).stdout
  }

  /** `oyez ARGS -o json`, parsed. The caller knows the shape. */
  async json(...args: readonly string[]): Promise<unknown> {
    return JSON.parse(await this.print(...args, '-o', 'json'))
  }
}
