/**
 * A control group per node, so that several kubelets on one machine do not meet in one tree, and so that a node can be
 * ended as a whole: every process in it, also those that containers have started and that nobody else knows.
 *
 * A node's groups stand below this process's own, in a group named as the lab's directory: its name in
 * /proc/PID/cgroup says that a process belongs to the lab (see ../processes.ts). With cgroup v1 that is one group in
 * each hierarchy. Inside, the node has a cgroup namespace, for which its group is the root.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** The v1 hierarchies that kubelet and runc use. */
const CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids'] as const

const ROOT = '/sys/fs/cgroup'

/** Which hierarchy is where: name -> mount point and this process's own group in it. */
interface Hierarchy {
  readonly name: string
  readonly own: string
}

/** Why nodes cannot have control groups here; undefined when they can. */
export function missingCgroups(): string | undefined {
  const there = new Set(hierarchies().map(({ name }) => name))
  const absent = CONTROLLERS.find((name) => !there.has(name))
  if (absent === undefined) return undefined
  return existsSync(join(ROOT, 'cgroup.controllers'))
    ? 'the nodes need cgroup v1, and this machine has cgroup v2 alone'
    : `no cgroup v1 hierarchy "${absent}" is mounted in ${ROOT}`
}

export class NodeCgroup {
  /** One per hierarchy. */
  readonly directories: readonly string[]

  private constructor(directories: readonly string[]) {
    this.directories = directories
  }

  static create(labDirectory: string, node: string): NodeCgroup {
    const directories = hierarchies().map(({ name, own }) => {
      const directory = join(ROOT, name, own, basename(labDirectory), node)
      mkdirSync(directory, { recursive: true })
      if (name === 'cpuset') fillCpuset(directory)
      return directory
    })
    remember(labDirectory, directories.map(dirname))
    return new NodeCgroup(directories)
  }

  /** A command that puts itself into the group and executes what follows. */
  enter(): string[] {
    const moves = this.directories.map((directory) => `echo $$ > ${directory}/cgroup.procs`)
    return ['sh', '-ec', `${moves.join('\n')}\nexec "$@"`, 'sh']
  }

  /** The script that shows a node, in its own mount and cgroup namespace, its own groups only. */
  static readonly remount = [
    `umount -R ${ROOT}`,
    `mount -t tmpfs -o mode=755 tmpfs ${ROOT}`,
    ...CONTROLLERS.map((name) => `mkdir ${ROOT}/${name}; mount -t cgroup -o ${name} cgroup ${ROOT}/${name}`),
    `mkdir ${ROOT}/systemd; mount -t cgroup -o none,name=systemd cgroup ${ROOT}/systemd`,
  ].join('\n')

  /** SIGKILL for every process in it, until there is none. */
  async kill(): Promise<void> {
    const pids = this.directories.find((directory) => directory.includes('/pids/')) ?? ''
    for (let rounds = 0; rounds < 300; rounds += 1) {
      const alive = processesBelow(pids)
      if (alive.length === 0) return
      for (const pid of alive) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // Gone already.
        }
      }
      await pause(10)
    }
    throw new Error(`processes in ${pids} survive SIGKILL`)
  }
}

/** Removes the groups that a lab has made, once its processes are gone. */
export async function removeCgroups(labDirectory: string): Promise<void> {
  const file = memory(labDirectory)
  if (!existsSync(file)) return
  const groups = [...new Set(readFileSync(file, 'utf8').split('\n').filter(Boolean))]
  // The kernel lets go of a group a moment after its last process.
  for (let rounds = 0; rounds < 100 && groups.some((group) => existsSync(group)); rounds += 1) {
    for (const group of groups) removeTree(group)
    await pause(10)
  }
}

function memory(labDirectory: string): string {
  return join(labDirectory, 'cgroups')
}

function remember(labDirectory: string, groups: readonly string[]): void {
  writeFileSync(memory(labDirectory), `${groups.join('\n')}\n`, { flag: 'a' })
}

function hierarchies(): Hierarchy[] {
  const lines = readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n')
  return lines.flatMap((line) => {
    const [, controllers = '', own = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    const name = controllers.replace(/^name=/, '')
    const wanted = name === 'systemd' || CONTROLLERS.some((each) => each === name)
    return wanted && existsSync(join(ROOT, name)) ? [{ name, own }] : []
  })
}

/** No process may enter a cpuset group that has no CPUs. The lab's group comes first, then the node's in it. */
function fillCpuset(directory: string): void {
  for (const group of [dirname(directory), directory]) {
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      writeFileSync(join(group, file), readFileSync(join(dirname(group), file)))
    }
  }
}

function processesBelow(group: string): number[] {
  if (!existsSync(group)) return []
  const own = readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
  return [...own, ...childrenOf(group).flatMap(processesBelow)]
}

function removeTree(group: string): void {
  try {
    for (const child of childrenOf(group)) removeTree(child)
    rmdirSync(group)
  } catch {
    // Busy still, or gone already.
  }
}

function childrenOf(group: string): string[] {
  return readdirSync(group, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(group, name))
}
