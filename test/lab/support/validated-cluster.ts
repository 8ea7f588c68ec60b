/** An API server with our CRDs and, when asked for, the webhooks of the controller behind the Service that deploy/ names. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import {
  ApiError,
  awaitUntil,
  ControlPlane,
  type KubeObject,
  Lab,
  type LabProcess,
  namespaceObject,
} from '../../../bird-testbed/index.ts'
import { HOME } from './bad-objects.ts'

export const CRDS = fileURLToPath(new URL('../../../deploy/crds', import.meta.url))
const WEBHOOK_YAML = new URL('../../../deploy/base/webhook.yaml', import.meta.url)
const PROGRAM = fileURLToPath(new URL('webhook-program.ts', import.meta.url))

/** The API server is its own neighbour: what it sends to this address stays on its machine. */
const SERVICE_ADDRESS = '10.96.0.99'

export class ValidatedCluster implements AsyncDisposable {
  readonly lab: Lab
  readonly plane: ControlPlane
  #program: LabProcess | undefined

  private constructor(lab: Lab, plane: ControlPlane) {
    this.lab = lab
    this.plane = plane
  }

  static async start(): Promise<ValidatedCluster> {
    const lab = await Lab.create()
    const plane = await ControlPlane.start(lab)
    await plane.host.ip(`addr add ${SERVICE_ADDRESS}/32 dev lo`)
    await plane.api.create(namespaceObject(HOME))
    return new ValidatedCluster(lab, plane)
  }

  async applyCrds(): Promise<string> {
    const { stdout } = await this.plane.kubectl(['apply', '-k', CRDS])
    await this.plane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=20s'])
    return stdout
  }

  /** What the API server says of an object that it would not store: undefined when it would take it. */
  async refusalOf(object: KubeObject): Promise<string | undefined> {
    const path = await this.plane.api.path(object)
    const folder = path.slice(0, path.lastIndexOf('/'))
    try {
      await this.plane.api.request('POST', `${folder}?dryRun=All&fieldValidation=Strict`, object)
      return undefined
    } catch (error) {
      if (error instanceof ApiError) return error.message
      throw error
    }
  }

  /** Starts the webhooks and registers them, as an installation does. */
  async startWebhooks(failurePolicy: 'Ignore' | 'Fail' = 'Fail'): Promise<void> {
    await this.plane.api.apply(...shipped(failurePolicy))
    await this.launchWebhooks()
  }

  async launchWebhooks(): Promise<void> {
    const argv = [process.execPath, PROGRAM, await this.plane.kubeconfig(), HOME, '443']
    const program = this.plane.host.spawn('webhooks', argv)
    this.#program = program
    const isReady = () => program.output.includes('ready\n')
    await program.awaitReady(isReady, 'is known to the API server', { within: 60_000 })
    // API servers hear of a new configuration by a watch.
    await awaitUntil(
      async () => (await this.refusalOf(PROBE)) !== undefined,
      'the API server asks the webhooks',
    )
  }

  async stopWebhooks(): Promise<void> {
    await this.#program?.stop()
    this.#program = undefined
  }

  get webhookLog(): string {
    return this.#program?.output ?? ''
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.lab.dispose()
  }
}

/** Only the webhook refuses it. */
const PROBE: KubeObject = {
  apiVersion: 'metallb.io/v1beta1',
  kind: 'IPAddressPool',
  metadata: { name: 'probe', namespace: HOME },
  spec: { addresses: ['2001:db8::9-2001:db8::1'] },
}

/** The Service and the ValidatingWebhookConfiguration as they are shipped. */
function shipped(failurePolicy: string): KubeObject[] {
  const objects = parseAllDocuments(readFileSync(WEBHOOK_YAML, 'utf8')).map((one) => one.toJS() as KubeObject)
  return objects.map((object) => {
    if (object.kind === 'Service')
      return { ...object, spec: { ...(object.spec as object), clusterIP: SERVICE_ADDRESS } }
    const webhooks = object.webhooks as readonly object[]
    return { ...object, webhooks: webhooks.map((webhook) => ({ ...webhook, failurePolicy })) }
  })
}
