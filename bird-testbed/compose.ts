/**
 * docker-compose.yml as its readers play it, without Docker: podman-compose with runc, on a machine of the lab, with
 * images that the lab has made. What the file says is what runs; only building and pulling are left out.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Image, Machine } from './cluster/index.ts'
import type { CommandResult } from './command.ts'
import type { Lab } from './lab.ts'

const FILE = fileURLToPath(new URL('../docker-compose.yml', import.meta.url))

export class Compose {
  private readonly machine: Machine
  private readonly environment: Readonly<Record<string, string>>

  private constructor(machine: Machine, environment: Readonly<Record<string, string>>) {
    this.machine = machine
    this.environment = environment
  }

  /** `podman-compose up` with these images; resolves when every container has been started. */
  static async up(lab: Lab, ...images: readonly Image[]): Promise<Compose> {
    const host = await lab.addHost('compose')
    const directory = host.file('podman')
    mkdirSync(directory)
    const machine = await Machine.start(host, directory, 'mkdir -p /run/containers')
    const compose = new Compose(machine, settings(directory))
    for (const { archive } of images) await compose.podman('load', '--quiet', '--input', archive)
    await compose.play('up', '--detach', '--no-build')
    return compose
  }

  /** Runs a command in the container of a service. */
  exec(service: string, ...argv: readonly string[]): Promise<CommandResult> {
    return this.play('exec', '-T', service, ...argv)
  }

  /** `podman-compose ARGS` on the file. */
  play(...args: readonly string[]): Promise<CommandResult> {
    return this.run('podman-compose', '--file', FILE, ...args)
  }

  podman(...args: readonly string[]): Promise<CommandResult> {
    return this.run('podman', ...args)
  }

  private run(...argv: readonly string[]): Promise<CommandResult> {
    return this.machine.exec(argv, { env: this.environment })
  }
}

/** podman keeps everything in the lab's directory. */
function settings(directory: string): Record<string, string> {
  const files = {
    CONTAINERS_CONF: `[containers]
# Limits that may be raised nowhere: not above what this machine has.
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
network_config_dir = "${directory}/networks"
`,
    CONTAINERS_STORAGE_CONF: `[storage]
driver = "overlay"
graphroot = "${directory}/storage"
runroot = "/run/containers/storage"
`,
  }
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => {
      const file = join(directory, name.toLowerCase())
      writeFileSync(file, text)
      return [name, file]
    }),
  )
}
