import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { awaitUntil, type KubeObject, Metallb, program } from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'
import { webDaemonSet, webDeployment } from './support/in-cluster.ts'
import { ADDRESS, IMAGE, OyezCluster } from './support/oyez-cluster.ts'

/**
 * The commands of docs/migrate-from-metallb.md, as they stand there, in a real cluster. In MetalLB's place are workloads
 * of its names: there is no image of it here. What it would have allocated stands in a status.
 */

const ROOT = join(import.meta.dirname, '../..')
const HOME = Metallb.namespace
const PATIENCE = { timeout: 240_000 }

const [lookAway = '', install = '', , nodeByNode = ''] = commandsIn('## 3. The switch')
const [wayBack = ''] = commandsIn('## 4. The way back')

describeLab('the switch from MetalLB, by the guide', ['bird', 'cluster', 'image', 'helm'], () => {
  let oyez: OyezCluster

  beforeAll(async () => {
    oyez = await OyezCluster.start('switch')
    await plantMetallb()
  }, PATIENCE.timeout)
  afterAll(() => oyez?.[Symbol.asyncDispose]())

  test('the controller comes in the place of the other, and no address changes', PATIENCE, async () => {
    await run(lookAway)
    await run(install)
    await oyez.kubectl('-n', HOME, 'rollout', 'status', 'deployment/oyez-controller', '--timeout=170s')
    await oyez.cluster.plane.api.create(service('later'))
    await awaitUntil(async () => (await addressOf('later')) !== undefined, 'a new Service gets an address')
    expect(await addressOf('web')).toBe(ADDRESS)
    expect(await addressOf('later')).not.toBe(ADDRESS)
    expect(await oyez.announcers()).toEqual([])
  })

  test('node by node, the speakers follow', PATIENCE, async () => {
    await run(nodeByNode)
    await oyez.announcedBy('node1')
    await awaitUntil(async () => (await podsOf('speaker')).join() === 'node0', 'the other one has left node1')
    await oyez.kubectl('label', 'node', 'node0', 'speaker=oyez')
    await oyez.announcedBy('node0', 'node1')
    await awaitUntil(async () => (await podsOf('speaker')).length === 0, 'no speaker of MetalLB is left')
    expect(await addressOf('web')).toBe(ADDRESS)
  })

  test('and there is a way back', PATIENCE, async () => {
    await run(wayBack)
    await oyez.announcedBy()
    const { api } = oyez.cluster.plane
    expect(await addressOf('web')).toBe(ADDRESS)
    expect(await api.list('metallb.io/v1beta1', 'IPAddressPool', HOME)).toHaveLength(1)
    await awaitUntil(async () => (await podsOf('oyez-speaker')).length === 0, 'no speaker of oyez is left')
  })

  async function plantMetallb(): Promise<void> {
    const { plane } = oyez.cluster
    await Metallb.install(plane)
    await oyez.kubectl('label', 'namespace', HOME, 'pod-security.kubernetes.io/enforce=privileged')
    await oyez.configure(HOME)
    const standIns = [webDeployment('controller', 1), webDaemonSet('speaker'), WEBHOOK]
    await plane.api.apply(...standIns.map(inHome))
    const web = await plane.api.get('v1', 'Service', 'web', 'default')
    await plane.api.patch(web, { status: { loadBalancer: { ingress: [{ ip: ADDRESS }] } } }, 'status')
  }

  /** Word for word, but for the image, which no registry has. */
  async function run(commands: string): Promise<void> {
    expect(commands).not.toBe('')
    const image = `image.repository=${IMAGE.name},image.tag=${IMAGE.tag}`
    const script = commands.replace('image.repository=registry.example.com/oyez', image)
    const { host, environment } = oyez.cluster.plane
    const folders = (['kubectl', 'helm'] as const).map((name) => dirname(program(name)))
    const path = `export PATH=${folders.join(':')}:$PATH`
    await host.exec(['sh', '-exc', `cd ${ROOT}\n${path}\n${script}`], { env: environment })
  }

  async function addressOf(name: string): Promise<string | undefined> {
    const { status } = await oyez.cluster.plane.api.get('v1', 'Service', name, 'default')
    return (status as { loadBalancer?: { ingress?: { ip: string }[] } }).loadBalancer?.ingress?.[0]?.ip
  }

  /** The nodes that pods of this name are on. */
  async function podsOf(name: string): Promise<readonly string[]> {
    const pods = await oyez.cluster.plane.api.list('v1', 'Pod', HOME)
    return pods
      .filter(({ metadata }) => metadata.name.startsWith(`${name}-`))
      .map(({ spec }) => (spec as { nodeName?: string }).nodeName ?? '')
      .sort()
  }
})

const WEBHOOK: KubeObject = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'metallb-webhook-configuration' },
  webhooks: [],
}

const service = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { type: 'LoadBalancer', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
})

const inHome = (object: KubeObject): KubeObject =>
  object === WEBHOOK ? object : { ...object, metadata: { ...object.metadata, namespace: HOME } }

/** The indented blocks below a heading, up to the next heading. */
function commandsIn(heading: string): readonly string[] {
  const page = readFileSync(join(ROOT, 'docs/migrate-from-metallb.md'), 'utf8')
  const [, rest = ''] = page.split(`\n${heading}\n`)
  const [section = ''] = rest.split('\n## ')
  const blocks = section.match(/(?:^ {4,}(?:kubectl|helm) [^\n]*\n(?:^ {4,}[^\n]+\n)*)+/gm) ?? []
  return blocks.map((block) => block.replaceAll(/^ {4,7}/gm, ''))
}
