import { afterAll, beforeAll, expect, test } from 'vitest'
import { type KubeObject, program, runCommand } from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'
import { ADDRESS, IMAGE, OyezCluster } from './support/oyez-cluster.ts'
import { CHART, HOME, kustomized, nameOf, templated } from './support/shipped.ts'

// Rolling updates on a machine that does other things as well.
const PATIENCE = { timeout: 240_000 }

/** The chart renders what the kustomize base says, refuses what it does not know, and lives a release's whole life. */

const MONITORING = [
  'prometheus.serviceMonitor.enabled=true',
  'prometheus.prometheusRule.enabled=true',
  'prometheus.serviceAccount=prometheus-k8s',
  'prometheus.namespace=monitoring',
]

describeLab('the chart of oyez', ['cluster', 'helm'], () => {
  test('passes helm lint', async () => {
    const { stdout } = await runCommand([program('helm'), 'lint', '--strict', CHART])
    expect(stdout).toContain('0 chart(s) failed')
  })

  test.each([
    ['', []],
    ['overlays/prometheus', ['--set', MONITORING.join()]],
  ])('renders the same objects as deploy/%s', async (folder, args) => {
    const expected = (await kustomized(folder)).filter(({ kind }) => kind !== 'Namespace')
    const rendered = await templated(...args)
    expect(byName(rendered)).toEqual(byName(expected))
  })

  test.each([
    ['speaker.tolerateMater=false', /speaker.*tolerateMater/],
    ['controller.logLevel=verbose', /controller\/logLevel/],
    ['frrk8s.enabled=true', /frrk8s\/enabled.*false/],
    ['crds.validationFailurePolicy=fail', /'Fail', 'Ignore'/],
    ['prometheus.serviceMonitor.enabled=true', /prometheus\.serviceAccount/],
    ['prometheus.metricsPort=17472', /prometheus\/metricsPort/],
  ])('refuses %s, and says why', async (value, reason) => {
    await expect(templated('--set', value)).rejects.toThrow(reason)
  })

  test.each([
    'speaker.frr.enabled=false,frrk8s.enabled=false,speaker.logLevel=all,controller.logLevel=none',
    'controller.enabled=false',
    'speaker.enabled=false,rbac.create=false,rbac.viewer=false,crds.enabled=false,networkpolicies.enabled=false',
  ])('takes %s', async (values) => {
    await expect(templated('--set', values)).resolves.not.toHaveLength(0)
  })

  test('passes values on to where they belong', async () => {
    const values = [
      'loadBalancerClass=example.com/oyez: "a"',
      'image.tag=9.9.9',
      'speaker.ignoreExcludeLB=true',
      'speaker.peerSecrets={tor1}',
      'prometheus.scrapeAnnotations=true,prometheus.rbacPrometheus=false,prometheus.metricsPort=9999',
      'prometheus.speakerMetricsTLSSecret=own',
    ]
    const objects = byName(await templated('--set', values.join()))
    const speaker = objects[`DaemonSet ${HOME}/oyez-speaker`] as unknown as Workload
    expect(speaker.spec.template).toMatchObject({
      metadata: { annotations: { 'prometheus.io/port': '9999', 'prometheus.io/scheme': 'https' } },
      spec: {
        containers: [
          {
            image: 'oyez:9.9.9',
            args: [
              'speaker',
              '--log-format=json',
              '--log-level=info',
              '--lb-class=example.com/oyez: "a"',
              '--ignore-exclude-lb',
              '--metrics-address=[::]:9999',
              '--metrics-cert-dir=/etc/oyez/metrics-certificate',
            ],
          },
        ],
      },
    })
    const role = objects[`Role ${HOME}/oyez-speaker`] as unknown as { rules: { resources: string[] }[] }
    expect(role.rules.find(({ resources }) => resources.includes('secrets'))).toMatchObject({
      resourceNames: ['tor1'],
    })
    expect(JSON.stringify(objects[`NetworkPolicy ${HOME}/oyez-controller`])).toContain('9999')
  })
})

describeLab('oyez, installed by helm', ['bird', 'cluster', 'image', 'helm'], () => {
  let oyez: OyezCluster

  beforeAll(async () => {
    oyez = await OyezCluster.start('helm')
  }, PATIENCE.timeout)
  afterAll(() => oyez?.[Symbol.asyncDispose]())

  test('helm install says what to do next, and it announces a service', PATIENCE, async () => {
    const notes = await helm(
      'install',
      'oyez',
      CHART,
      '--create-namespace',
      ...VALUES,
      '--wait',
      '--timeout=170s',
    )
    expect(notes).toContain(
      'kubectl label namespace oyez-system pod-security.kubernetes.io/enforce=privileged',
    )
    expect(notes).toContain('kind: BGPPeer')
    await oyez.rolledOut()
    await oyez.configure()
    await oyez.announcedBy('node0', 'node1')
    expect(await oyez.address()).toBe(ADDRESS)
  })

  test('the notes are an example that the API server takes', async () => {
    const notes = await helm('get', 'notes', 'oyez')
    const [, example = ''] = /<<EOF\n([\s\S]*?)\n +EOF/.exec(notes) ?? []
    const dryRun = ['apply', '--dry-run=server', '-f', '-']
    const { stdout } = await oyez.cluster.kubectl(dryRun, { stdin: example.replaceAll(/^ {5}/gm, '') })
    expect(stdout.match(/dry run/g)).toHaveLength(3)
  })

  test('helm upgrade rolls the speakers one by one, helm rollback takes it back', PATIENCE, async () => {
    await helm(
      'upgrade',
      'oyez',
      CHART,
      ...VALUES,
      '--set',
      'speaker.logLevel=debug',
      '--wait',
      '--timeout=170s',
    )
    await oyez.rolledOut()
    expect(await speakerArgs()).toContain('--log-level=debug')
    await oyez.announcedBy('node0', 'node1')
    await helm('rollback', 'oyez', '1', '--wait', '--timeout=170s')
    await oyez.rolledOut()
    expect(await speakerArgs()).toContain('--log-level=info')
    await oyez.announcedBy('node0', 'node1')
    expect(await oyez.address()).toBe(ADDRESS)
  })

  test('helm uninstall leaves what users made, and the address of the service', PATIENCE, async () => {
    await helm('uninstall', 'oyez', '--wait', '--timeout=60s')
    expect(await oyez.leftovers()).toEqual([
      'BGPAdvertisement oyez-system/all',
      'BGPPeer oyez-system/router',
      'IPAddressPool oyez-system/first',
    ])
    expect(await oyez.address()).toBe(ADDRESS)
    expect(await oyez.announcers()).toEqual([])
  })

  test('CRDs of another installation are left to it, and the notes say so', async () => {
    const { stdout } = await oyez.cluster.helm([
      ...['install', 'second', CHART, '--namespace', 'elsewhere', '--create-namespace', '--dry-run=server'],
      ...VALUES,
    ])
    expect(stdout).not.toContain('kind: CustomResourceDefinition')
    expect(stdout).toContain(
      'CRDs that this release did not make are there and were left as they are: bfdprofiles',
    )
  })

  test('installed again, it takes up where it was', PATIENCE, async () => {
    await helm('install', 'oyez', CHART, ...VALUES, '--wait', '--timeout=170s')
    await oyez.announcedBy('node0', 'node1')
    expect(await oyez.address()).toBe(ADDRESS)
  })

  async function helm(...args: readonly string[]): Promise<string> {
    return (await oyez.cluster.helm([...args, '--namespace', HOME])).stdout
  }

  async function speakerArgs(): Promise<readonly string[]> {
    const found = await oyez.cluster.plane.api.get('apps/v1', 'DaemonSet', 'oyez-speaker', HOME)
    return (found as unknown as Workload).spec.template.spec.containers[0]?.args ?? []
  }
})

const VALUES = ['--set', `image.repository=${IMAGE.name},image.tag=${IMAGE.tag}`]

interface Workload {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: { readonly args: string[] }[] } }
  }
}

const HELMS_OWN = /^helm\.sh\/|^app\.kubernetes\.io\/(instance|managed-by|version)$/

/** Without what says that Helm made it. CRDs have labels with Helm alone. */
function byName(objects: readonly KubeObject[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    objects.map((object) => {
      const plain = withoutHelm(object) as KubeObject
      const { labels: _, annotations: __, ...metadata } = plain.metadata
      return [nameOf(object), object.kind === 'CustomResourceDefinition' ? { ...plain, metadata } : plain]
    }),
  )
}

function withoutHelm(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutHelm)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([key]) => !HELMS_OWN.test(key))
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutHelm(inner)]))
}
