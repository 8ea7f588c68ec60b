/**
 * A Kubernetes API on a machine of the lab: etcd and kube-apiserver with RBAC and Node authorisation, and controllers
 * if wanted. No kubelet: Nodes, Pods and EndpointSlices are what tests write. It answers within seconds of nothing.
 *
 *     await using lab = await Lab.create()
 *     const plane = await ControlPlane.start(lab)
 *     const node = await lab.addNode('node0', '192.168.200.200/24')
 *     await plane.addNode('node0', { addresses: [node.address] })
 *     await plane.api.create(serviceObject('web'))
 *     node.spawn('oyez', [process.execPath, OYEZ, 'speaker', '--kubeconfig', await plane.kubeconfig()])
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { awaitUntil } from '../await-until.ts'
import type { CommandResult } from '../command.ts'
import type { Host } from '../host.ts'
import type { Lab } from '../lab.ts'
import { ApiClient, type KubeObject } from './api-client.ts'
import { AuditLog } from './audit.ts'
import { program } from './binaries.ts'
import {
  apiServerFlags,
  controllerFlags,
  controllerNames,
  etcdFlags,
  KUBERNETES_SERVICE,
  makesServiceAccounts,
} from './control-plane-flags.ts'
import { Daemon } from './daemon.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { type NodeFacts, nodeObject, powerfulBinding } from './objects.ts'
import { type Credential, type Identity, Pki } from './pki.ts'
import { Planter } from './plant.ts'
import { Relay } from './relay.ts'
import { RelayProcess } from './relay-process.ts'
import { ServiceAccountAccess } from './service-account.ts'

export interface ControlPlaneOptions {
  /** The machine's name. Default `control-plane`. */
  readonly name?: string
  /** Its addresses on the lab's switch. Default 192.168.200.1/24 and fd00:200::1/64. */
  readonly addresses?: readonly string[]
  /** Services get addresses of both families where they ask for it. Default true. */
  readonly dualStack?: boolean
  /**
   * kube-controller-manager: true for all controllers but those that judge nodes by the heartbeats of kubelets, or
   * the names as its `--controllers` takes them. Default none.
   */
  readonly controllers?: boolean | readonly string[]
  /** Keep an audit log (see `audit`). Default false. */
  readonly audit?: boolean
  /** A relay between API server and etcd, for `etcdPath.slow(...)`, `hang()`. Default false. */
  readonly etcdPath?: boolean
  /** Further flags of kube-apiserver. */
  readonly flags?: readonly string[]
}

export interface KubeconfigOptions extends Partial<Identity> {
  readonly namespace?: string
  /** Default: the API server's own address, as machines of the lab reach it. */
  readonly server?: string
}

/** A way to the API server for this process itself, at `server`; tests may cut it, let it hang or slow it. */
export interface LocalDoor {
  readonly relay: Relay
  /** `https://127.0.0.1:PORT` */
  readonly server: string
}

const USUAL_NAME = 'control-plane'

const ADMIN = { user: 'admin', groups: ['system:masters'] } as const

interface Parts {
  readonly host: Host
  readonly pki: Pki
  readonly admin: Credential
  readonly serving: Credential
  readonly manager: Credential
  readonly etcdPath: RelayProcess | undefined
  readonly options: ControlPlaneOptions
}

export class ControlPlane {
  readonly host: Host
  /** The API as the cluster's administrator; `api.as(user)` for somebody else. */
  readonly api: ApiClient
  readonly etcd: Daemon
  readonly apiServer: Daemon
  /** Undefined without the option `controllers`. */
  readonly controllerManager: Daemon | undefined
  /** Undefined without the option `etcdPath`. */
  readonly etcdPath: RelayProcess | undefined
  readonly pki: Pki
  private readonly auditLog: AuditLog | undefined
  private readonly adminConfig: string
  private readonly controllers: readonly string[]
  private planter: Planter | undefined
  private files = 0

  private constructor(parts: Parts) {
    const { host, pki, admin, etcdPath, options } = parts
    this.host = host
    this.pki = pki
    this.etcdPath = etcdPath
    this.auditLog = options.audit === true ? new AuditLog(host.file('api')) : undefined
    this.api = new ApiClient({ socket: apiSocket(host), ca: pki.caPem, credential: admin })
    const access = { server: this.server, ca: pki.caPem, user: admin }
    this.adminConfig = writeKubeconfig(host.file('admin.kubeconfig'), access)
    this.controllers = controllerNames(options.controllers ?? false)
    this.etcd = new Daemon(host, { name: 'etcd', argv: [program('etcd'), ...etcdFlags(host)] })
    this.apiServer = this.planApiServer(parts)
    this.controllerManager = this.controllers.length === 0 ? undefined : this.planControllers(parts)
  }

  static async start(lab: Lab, options: ControlPlaneOptions = {}): Promise<ControlPlane> {
    const { name = USUAL_NAME, addresses = ['192.168.200.1/24', 'fd00:200::1/64'] } = options
    const host = await lab.addNode(name, ...addresses)
    const directory = host.file('pki')
    mkdirSync(directory)
    mkdirSync(host.file('home'))
    const pki = await Pki.create(directory)
    const [admin, serving, manager] = await Promise.all([
      pki.issue(ADMIN),
      pki.issue(servingIdentity(host)),
      pki.issue({ user: 'system:kube-controller-manager' }),
    ])
    const etcdPath =
      options.etcdPath === true ? await RelayProcess.start(host, 'etcd-path', ...ETCD_PATH) : undefined
    const plane = new ControlPlane({ host, pki, admin, serving, manager, etcdPath, options })
    await plane.boot()
    return plane
  }

  /** `https://ADDRESS:6443` for machines of the lab. */
  get server(): string {
    return `https://${this.host.address}:6443`
  }

  /** Needs the option `audit`. */
  get audit(): AuditLog {
    if (this.auditLog === undefined) throw new Error('ControlPlane.start was not asked for an audit log')
    return this.auditLog
  }

  /** Path of a kubeconfig: of the administrator, or of any user and groups, by a client certificate. */
  async kubeconfig({ user, groups = [], namespace, server }: KubeconfigOptions = {}): Promise<string> {
    if (user === undefined && namespace === undefined && server === undefined) return this.adminConfig
    const identity = user === undefined ? ADMIN : { user, groups }
    const credential = await this.pki.issue(identity)
    const more = {
      ...(namespace === undefined ? {} : { namespace }),
      ...(server === undefined ? {} : { server }),
    }
    return this.writeConfig(identity.user, { user: credential, ...more })
  }

  /** Access as a ServiceAccount, which is made if it is not there: a token (TokenRequest), a kubeconfig with it. */
  serviceAccount(namespace: string, name: string): Promise<ServiceAccountAccess> {
    return ServiceAccountAccess.create(this, namespace, name)
  }

  /** The same, and it may do everything. */
  async powerfulAccount(namespace: string, name: string): Promise<ServiceAccountAccess> {
    const access = await this.serviceAccount(namespace, name)
    await this.api.apply(powerfulBinding(namespace, name))
    return access
  }

  /** `kubectl ...` as the administrator. Throws unless it ends with 0. `stdin`: for `-f -`. */
  kubectl(
    args: readonly string[],
    options: { stdin?: string; anyCode?: boolean } = {},
  ): Promise<CommandResult> {
    const { stdin, anyCode = false } = options
    const input = stdin === undefined ? {} : { input: stdin }
    return this.host.exec([program('kubectl'), ...args], { ...input, anyCode, env: this.environment })
  }

  /** What kubectl, helm and the like need in their environment. */
  get environment(): Record<string, string> {
    const home = this.host.file('home')
    return { KUBECONFIG: this.adminConfig, HOME: home, KUBECACHEDIR: `${home}/.kube/cache` }
  }

  /** Node objects without kubelets behind them. */
  async addNode(name: string, facts: NodeFacts): Promise<KubeObject> {
    const [node] = await this.api.create(nodeObject(name, facts))
    if (node === undefined) throw new Error(`the API server answered nothing for Node ${name}`)
    return node
  }

  /**
   * Stores Services (with cluster addresses) and EndpointSlices by the thousand, past the API server, which would take
   * minutes; and waits until it serves them.
   */
  async plant(...objects: readonly KubeObject[]): Promise<void> {
    const last = objects.at(-1)
    if (last === undefined) return
    this.planter ??= await this.startPlanter()
    await this.planter.plant(objects)
    const { apiVersion, kind, metadata } = last
    await awaitUntil(
      () => this.api.get(apiVersion, kind, metadata.name, metadata.namespace ?? 'default'),
      `the API server serves ${kind} ${metadata.name}`,
    )
  }

  /** A way in for this process: `kubeconfig({ server: door.server })`. Closes with the lab. */
  async localDoor(): Promise<LocalDoor> {
    const relay = new Relay('tcp:127.0.0.1:0', `unix:${apiSocket(this.host)}`)
    return { relay, server: `https://127.0.0.1:${await relay.open()}` }
  }

  /** A way in for a machine of the lab that can be spoilt: `kubeconfig({ server: 'https://127.0.0.1:6443' })` there. */
  doorOn(host: Host): Promise<RelayProcess> {
    return RelayProcess.start(host, 'api-door', 'tcp:127.0.0.1:6443', `tcp:${this.host.address}:6443`)
  }

  /** Writes a kubeconfig into the lab's directory. */
  writeConfig(
    name: string,
    facts: Pick<Parameters<typeof writeKubeconfig>[1], 'user' | 'namespace'> & { server?: string },
  ): string {
    this.files += 1
    const path = this.host.file(`${this.files}-${name.replaceAll(/[^\w.-]/g, '_')}.kubeconfig`)
    return writeKubeconfig(path, { server: this.server, ca: this.pki.caPem, ...facts })
  }

  private async startPlanter(): Promise<Planter> {
    const socket = this.host.file('etcd.sock')
    await RelayProcess.start(this.host, 'etcd-door', `unix:${socket}`, 'tcp:127.0.0.1:2379')
    return new Planter(socket)
  }

  private async boot(): Promise<void> {
    this.etcd.launch()
    this.apiServer.launch()
    await RelayProcess.start(this.host, 'api', `unix:${apiSocket(this.host)}`, 'tcp:127.0.0.1:6443')
    await this.apiServer.ready()
    this.controllerManager?.launch()
    if (!makesServiceAccounts(this.controllers)) return
    const areMade = async () => (await this.api.list('v1', 'ServiceAccount', 'default')).length > 0
    await awaitUntil(areMade, 'the controllers have made the default ServiceAccount')
  }

  private planApiServer({ host, pki, admin, serving, options }: Parts): Daemon {
    const flags = apiServerFlags({
      host,
      pki,
      admin,
      serving,
      etcdPort: this.etcdPath === undefined ? 2379 : 2378,
      dualStack: options.dualStack ?? true,
      makesServiceAccounts: makesServiceAccounts(this.controllers),
      audit: this.auditLog,
    })
    return new Daemon(host, {
      name: 'kube-apiserver',
      argv: [program('kube-apiserver'), ...flags, ...(options.flags ?? [])],
      ready: async () => (await this.api.request('GET', '/readyz')) === 'ok',
    })
  }

  private planControllers({ host, pki, manager }: Parts): Daemon {
    const config = this.writeConfig('controllers', { user: manager })
    const argv = [program('kube-controller-manager'), ...controllerFlags(pki, config, this.controllers)]
    return new Daemon(host, { name: 'kube-controller-manager', argv })
  }
}

/** Of the control plane with the usual name, in the lab with this directory. */
export function adminKubeconfig(labDirectory: string): string {
  return join(labDirectory, `${USUAL_NAME}.admin.kubeconfig`)
}

/** The API server talks to etcd through a relay on this port. */
const ETCD_PATH = ['tcp:127.0.0.1:2378', 'tcp:127.0.0.1:2379'] as const

function servingIdentity(host: Host): Identity {
  const addresses = ['127.0.0.1', KUBERNETES_SERVICE, ...host.addresses]
  const names = [
    'DNS:kubernetes',
    'DNS:kubernetes.default.svc',
    ...addresses.map((address) => `IP:${address}`),
  ]
  return { user: 'kube-apiserver', names }
}

/** Where the relay that leads to the API server listens. */
function apiSocket(host: Host): string {
  return host.file('api.sock')
}
