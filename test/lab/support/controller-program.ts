/** `oyez controller` on the machine of a lab's API server, with the rights that deploy/ gives it and no others. */
import { readFileSync } from 'node:fs'
import {
  awaitUntil,
  type ControlPlane,
  type KubeObject,
  type LabProcess,
  namespaceObject,
  OYEZ,
  type Patience,
} from '../../../bird-testbed/index.ts'

export const NAMESPACE = 'oyez-system'

/** Starting a program takes a busy machine long; what is under test does not. */
export const PATIENCE = { within: 90_000 }

const ROOT = new URL('../../../', import.meta.url).pathname

/** CRDs, namespace and rights. */
export async function installController(plane: ControlPlane): Promise<void> {
  await plane.api.create(namespaceObject(NAMESPACE))
  await plane.kubectl(['apply', '--server-side', '-k', `${ROOT}deploy/crds`])
  await plane.kubectl(['apply', '-f', `${ROOT}deploy/base/controller-rbac.yaml`])
}

export class ControllerProgram {
  readonly process: LabProcess
  readonly #startedAt = performance.now()

  private constructor(process: LabProcess) {
    this.process = process
  }

  /** @param name of the pod that it says it is. */
  static async start(
    plane: ControlPlane,
    name: string,
    ...args: readonly string[]
  ): Promise<ControllerProgram> {
    const { kubeconfig } = await plane.serviceAccount(NAMESPACE, 'oyez-controller')
    // Another build than the one in dist, if that is wanted.
    const program = [process.execPath, process.env.OYEZ_PROGRAM ?? OYEZ, 'controller']
    const options = ['--kubeconfig', kubeconfig, '--namespace', NAMESPACE, '--pod-name', name]
    const quiet = ['--health-port', '0', '--metrics-address', 'none', '--webhook-port', '0']
    return new ControllerProgram(plane.host.spawn(name, [...program, ...options, ...quiet, ...args]))
  }

  get ageMs(): number {
    return performance.now() - this.#startedAt
  }

  /** Waits for a line of its log. */
  async says(text: string | RegExp): Promise<void> {
    const found = () =>
      typeof text === 'string' ? this.process.output.includes(text) : text.test(this.process.output)
    const seen = () => {
      if (!this.process.running) throw new Error(`it has ended: ${this.process.output}`)
      return found()
    }
    await awaitUntil(seen, `${this.process.name} says ${text}`, PATIENCE)
  }

  /** The highest so far. */
  get rssMb(): number {
    const status = readFileSync(`/proc/${this.process.pid}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024
  }

  /** Of all its threads, in its own code and in the kernel's. */
  get cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.process.pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  }

  /** Power off. */
  async kill(): Promise<void> {
    await this.process.stop('SIGKILL')
  }
}

interface Ingress {
  readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] }
}

/** The addresses of all Services, by name. */
export async function addresses({ api }: ControlPlane): Promise<Readonly<Record<string, readonly string[]>>> {
  const services = await api.list('v1', 'Service')
  return Object.fromEntries(
    services
      .filter(({ metadata }) => metadata.name !== 'kubernetes')
      .map(({ metadata, status }) => [
        metadata.name,
        (status as Ingress).loadBalancer?.ingress?.map(({ ip }) => ip) ?? [],
      ]),
  )
}

/** Waits until the addresses are as they should be, and returns them. */
export const awaitAddresses = (
  plane: ControlPlane,
  ok: (now: Readonly<Record<string, readonly string[]>>) => boolean,
  what: string,
  patience: Patience = PATIENCE,
) =>
  awaitUntil(
    async () => {
      const now = await addresses(plane)
      return ok(now) && now
    },
    what,
    patience,
  )

/** Addresses that stand in the status of more than one Service. */
export function doubles(now: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const all = Object.values(now).flat()
  return [...Map.groupBy(all, (address) => address)].flatMap(([address, holders]) =>
    holders.length > 1 ? address : [],
  )
}

export const pool = (name: string, addresses: readonly string[], spec: object = {}): KubeObject => ({
  apiVersion: 'metallb.io/v1beta1',
  kind: 'IPAddressPool',
  metadata: { name, namespace: NAMESPACE },
  spec: { addresses, ...spec },
})

export const numbered = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}${String(at).padStart(5, '0')}`)

export const all = (count: number) => (now: Readonly<Record<string, readonly string[]>>) =>
  Object.values(now).filter(({ length }) => length > 0).length === count

/** The versions of all Services: equal ones mean that nothing was written. */
export const versions = async ({ api }: ControlPlane): Promise<readonly (string | undefined)[]> =>
  (await api.list('v1', 'Service')).map(({ metadata }) => metadata.resourceVersion)
