/** The lab's commands about labs that other processes have made: list, exec, down, clean. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { program as kubernetesProgram } from './cluster/binaries.ts'
import { adminKubeconfig } from './cluster/control-plane.ts'
import { TOOL_PATH } from './command.ts'
import { ASK } from './demo/programs.ts'
import { enter } from './host.ts'
import { KUBECTL_OYEZ, OYEZ } from './oyez-speaker.ts'
import { endLab, isWanted, type LabRecord, readRecords } from './record.ts'

export function listLabs(): number {
  const records = readRecords()
  if (records.length === 0) console.error('no lab is up')
  for (const record of records) {
    const state = isWanted(record) ? 'up' : 'dead'
    console.log(
      `${record.id}  ${record.title}  ${state}  ${Object.keys(record.hosts).join(' ')}  ${record.directory}`,
    )
  }
  return 0
}

/** Runs a command on a machine of a lab, in this terminal. */
export async function execInLab([machine, ...command]: readonly string[], id?: string): Promise<number> {
  const record = chooseLab(id)
  const pid = record.hosts[machine ?? '']
  if (machine === undefined || pid === undefined) {
    throw new Error(
      `lab ${record.id} has no machine ${machine ?? ''}; it has ${Object.keys(record.hosts).join(', ')}`,
    )
  }
  if (command.length === 0) throw new Error(`say what to run on ${machine}: exec ${machine} -- COMMAND ...`)
  const [file = '', ...args] = [...enter(pid), ...spelledOut(command, join(record.directory, machine))]
  const own = {
    OYEZ_SOCKET: join(record.directory, `${machine}.oyez.sock`),
    ...administrator(record.directory),
  }
  const env = { ...process.env, PATH: TOOL_PATH, ...own }
  const child = spawn(file, args, { stdio: 'inherit', env })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}

/** Ends the labs named, or all that were left running on purpose. */
export async function downLabs(ids: readonly string[]): Promise<number> {
  const records = readRecords().filter(({ id, detached }) => (ids.length === 0 ? detached : ids.includes(id)))
  if (records.length === 0) console.error('no lab was left running')
  for (const record of records) {
    await endLab(record)
    console.log(`ended lab ${record.id} (${record.title})`)
  }
  return 0
}

/** Ends every lab that nobody wants any more. */
export async function cleanLabs(): Promise<number> {
  for (const record of readRecords().filter((each) => !isWanted(each))) {
    await endLab(record)
    console.log(`removed what lab ${record.id} had left`)
  }
  return 0
}

/** Without an id: the one that somebody left up to look at; labs of tests may come and go beside it. */
function chooseLab(id?: string): LabRecord {
  const up = readRecords().filter(isWanted)
  const toLookAt = up.filter(({ detached, title }) => detached || title === 'demo')
  const candidates =
    id === undefined ? (toLookAt.length > 0 ? toLookAt : up) : up.filter((lab) => lab.id === id)
  const [chosen, ...others] = candidates
  if (chosen === undefined)
    throw new Error(id === undefined ? 'no lab is up; main.ts up makes one' : `no lab ${id} is up`)
  if (others.length === 0) return chosen
  const names = candidates.map((lab) => `${lab.id} (${lab.title})`).join(', ')
  throw new Error(`several labs are up, say which: exec --lab ID ...; there are ${names}`)
}

/** What kubectl needs, where the lab has a cluster. */
function administrator(directory: string): { readonly KUBECONFIG?: string } {
  const file = adminKubeconfig(directory)
  return existsSync(file) ? { KUBECONFIG: file } : {}
}

/** `oyez`, `kubectl` and `birdc` as one types them, for this checkout's oyez and this lab's BIRD; `ask URL COUNT` counts answers. */
function spelledOut([program = '', ...args]: readonly string[], prefix: string): string[] {
  if (program === 'oyez') return [process.execPath, OYEZ, ...args]
  if (program === 'kubectl' && args[0] === 'oyez') return [process.execPath, KUBECTL_OYEZ, ...args.slice(1)]
  if (program === 'kubectl') return [kubernetesProgram('kubectl'), ...args]
  if (program === 'ask') return [process.execPath, ASK, ...args]
  const control = `${prefix}.bird.ctl`
  if (program === 'birdc' && existsSync(control)) return ['birdc', '-s', control, ...args]
  return [program, ...args]
}
