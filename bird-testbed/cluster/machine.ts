/**
 * A machine of the lab that is more than its network: mounts and control groups of its own, in which containers can
 * run. It can be ended as a whole, whatever runs in it.
 */
import type { CommandOptions, CommandResult } from '../command.ts'
import type { Host } from '../host.ts'
import type { LabProcess } from '../lab-process.ts'
import { NodeCgroup } from './cgroups.ts'
import { privateMounts } from './private-mounts.ts'

export class Machine {
  readonly host: Host
  /** What stands before a command that runs as part of it, on its host. */
  readonly inside: readonly string[]
  private readonly cgroup: NodeCgroup

  private constructor(host: Host, cgroup: NodeCgroup, holder: LabProcess) {
    this.host = host
    this.cgroup = cgroup
    this.inside = [...cgroup.enter(), 'nsenter', `--target=${holder.pid}`, '--mount', '--cgroup', '--']
  }

  /** `script` prepares its mounts further; what its programs keep on disk lies in `directory`. */
  static async start(host: Host, directory: string, script = ''): Promise<Machine> {
    const cgroup = NodeCgroup.create(host.lab.directory, host.name)
    const steps = [privateMounts(directory), NodeCgroup.remount, script, 'echo ready', 'exec sleep infinity']
    const own = ['unshare', '--mount', '--cgroup', '--', 'sh', '-ec', steps.join('\n')]
    const holder = host.spawn('machine', [...cgroup.enter(), ...own])
    await holder.awaitReady(() => holder.output.includes('ready'), 'has mounts of its own')
    return new Machine(host, cgroup, holder)
  }

  exec(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return this.host.exec([...this.inside, ...argv], options)
  }

  spawn(name: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): LabProcess {
    return this.host.spawn(name, [...this.inside, ...argv], env)
  }

  /** SIGKILL for everything in it. Its network stays. */
  async kill(): Promise<void> {
    await this.cgroup.kill()
  }
}
