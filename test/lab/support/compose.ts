/**
 * docker-compose.yml, played by podman-compose in a machine of the lab: its networks are in that machine's namespace,
 * its images are made here, since nothing can be pulled, and everything it keeps is in the lab's directory.
 */
import { copyFileSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type CommandOptions,
  type CommandResult,
  type Lab,
  Machine,
  oyezImage,
  packImage,
  runCommand,
} from '../../../bird-testbed/index.ts'

const FILE = fileURLToPath(new URL('../../../docker-compose.yml', import.meta.url))
const PLACES = ['/usr/bin', '/usr/sbin', '/usr/local/bin', ...(process.env.PATH ?? '').split(delimiter)]

/** Why it cannot be played here; undefined when it can. */
export function missingCompose(): string | undefined {
  const lacking = ['podman', 'runc', 'curl', 'bird', 'ip', 'busybox'].find((name) => find(name) === undefined)
  if (lacking !== undefined)
    return `${lacking} is not installed (apt-get install podman runc curl bird2 iproute2 busybox-static)`
  if (!existsSync('/usr/lib/podman/netavark')) return 'netavark is not installed (apt-get install netavark)'
  if (!existsSync(join(COMPOSE, 'podman_compose.py')))
    return `podman-compose is not installed (pip install --target ${COMPOSE} -r bird-testbed/compose/requirements.txt)`
  return undefined
}

/** Where bird-testbed/setup/compose.mjs puts it. */
const COMPOSE = join(process.env.OYEZ_LAB_CACHE ?? join(homedir(), '.cache/oyez'), 'podman-compose')

const find = (name: string): string | undefined =>
  [name, ...PLACES.map((place) => join(place, name))].find((path) => path.startsWith('/') && existsSync(path))

export class Compose {
  readonly #machine: Machine
  readonly #folder: string

  private constructor(machine: Machine, folder: string) {
    this.#machine = machine
    this.#folder = folder
    writeFileSync(join(folder, 'containers.conf'), containersConf(folder))
    writeFileSync(join(folder, 'storage.conf'), storageConf(folder))
  }

  /** The images are made and loaded, and the services started. All of it ends with the lab. */
  static async up(lab: Lab): Promise<Compose> {
    const host = await lab.addHost('compose')
    const folder = host.file('podman')
    mkdirSync(folder)
    const compose = new Compose(await Machine.start(host, folder, 'mkdir -p /run/containers'), folder)
    const images = [await oyezImage('localhost/oyez:latest'), await testbedImage(join(folder, 'testbed'))]
    for (const { archive } of images) await compose.#run(['podman', 'load', '--quiet', '--input', archive])
    await compose.#play(['up', '--detach', '--no-build'])
    return compose
  }

  /** In the container of a service, whatever it ends with. */
  exec(service: string, ...argv: readonly string[]): Promise<CommandResult> {
    return this.#play(['exec', '-T', service, ...argv], { anyCode: true })
  }

  async stop(service: string): Promise<void> {
    await this.#play(['stop', '-t', '5', service])
  }

  #play(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const compose = ['/usr/bin/python3', '-m', 'podman_compose', '-f', FILE, '-p', 'oyez-lab']
    return this.#run([...compose, ...args], options)
  }

  #run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const env = {
      CONTAINERS_CONF: join(this.#folder, 'containers.conf'),
      CONTAINERS_STORAGE_CONF: join(this.#folder, 'storage.conf'),
      PYTHONPATH: COMPOSE,
    }
    return this.#machine.exec(argv, { ...options, env })
  }
}

/** Limits that may be raised nowhere: not above what this machine has. */
const containersConf = (folder: string): string => `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
network_config_dir = "${folder}/networks"
`

const storageConf = (folder: string): string => `[storage]
driver = "overlay"
graphroot = "${folder}/storage"
runroot = "/run/containers/storage"
`

/** As bird-testbed/docker/Dockerfile makes it from Debian packages: here from the programs of this machine. */
async function testbedImage(folder: string) {
  for (const name of ['bird', 'birdc', 'curl', 'ip'])
    await addProgram(folder, realpathSync(find(name) ?? name), name)
  await addProgram(folder, process.execPath, 'node')
  await addProgram(folder, find('busybox') ?? '', 'busybox')
  mkdirSync(join(folder, 'bin'))
  for (const name of ['sh', 'cat', 'ls']) symlinkSync('/usr/bin/busybox', join(folder, 'bin', name))
  for (const name of ['run/bird', 'tmp', 'etc']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n')
  return packImage(`${folder}.tar`, 'localhost/oyez-testbed:latest', folder)
}

/** With the libraries it is linked with, where the loader looks for them. */
async function addProgram(folder: string, file: string, name: string): Promise<void> {
  const { stdout } = await runCommand(['ldd', file], { anyCode: true })
  const libraries = [...stdout.matchAll(/\/\S+\.so\S*/g)].map(([path]) => path)
  for (const [from, to] of [[file, `/usr/bin/${name}`], ...libraries.map((path) => [path, path])] as const) {
    const place = join(folder, to)
    mkdirSync(dirname(place), { recursive: true })
    if (!existsSync(place)) copyFileSync(from, place)
  }
}
