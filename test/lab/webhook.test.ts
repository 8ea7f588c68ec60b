/** The webhooks of the controller and a real API server: what people see, and what becomes of faults. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { awaitUntil, type KubeObject } from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'
import {
  bgpAdObject,
  communityObject,
  HOME,
  oldPeerObject,
  peerObject,
  poolObject,
} from './support/bad-objects.ts'
import { ValidatedCluster } from './support/validated-cluster.ts'

const V1 = 'metallb.io/v1beta1'
const CONFIGURATION = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/oyez'

/** The controller looks every ten seconds. */
const PATIENCE = { within: 30_000 }

const pool = (at: number): KubeObject =>
  poolObject({ addresses: [`10.${Math.floor(at / 250)}.${at % 250}.0/24`] }, `pool-${at}`)

describeLab('webhooks and a real API server', ['control-plane'], () => {
  let cluster: ValidatedCluster
  beforeAll(async () => {
    cluster = await ValidatedCluster.start()
    await cluster.applyCrds()
    await cluster.startWebhooks()
  })
  afterAll(() => cluster?.lab.dispose())

  const apply = async (...items: readonly KubeObject[]) => {
    const stdin = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
    const { stdout, stderr } = await cluster.plane.kubectl(['apply', '-f', '-'], { stdin, anyCode: true })
    return stdout + stderr
  }

  test('kubectl shows whose mistake it is, what it is and what to do', async () => {
    const shown = await apply(
      poolObject({ addresses: ['192.0.2.9/24'] }, 'first'),
      poolObject({ addresses: ['192.0.2.128/25'] }, 'second'),
      bgpAdObject({ ipAddressPools: ['frist'] }, 'ad'),
      peerObject({ passwordSecret: { name: 'later' } }, 'tor'),
    )
    expect(shown).toContain('Warning: IPAddressPool first: spec.addresses[0]: 192.0.2.9/24 has address bits')
    expect(shown).toContain(
      'denied the request: IPAddressPool second: spec.addresses[0]: ' +
        '192.0.2.128/25 overlaps 192.0.2.9/24 of IPAddressPool first (each address can be in one entry only)',
    )
    expect(shown).toContain(
      'Warning: BGPAdvertisement ad: spec.ipAddressPools[0]: there is no IPAddressPool "frist"',
    )
    expect(shown).toContain('bgppeer.metallb.io/tor created')
    expect(shown).not.toContain('later')
  })

  test('deletion goes through and says what it costs', async () => {
    await cluster.plane.api.create(
      communityObject({ communities: [{ name: 'blue', value: '64512:1' }] }, 'names'),
      bgpAdObject({ communities: ['blue'] }, 'blue'),
    )
    await cluster.plane.api.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
    })
    const web = await cluster.plane.api.get('v1', 'Service', 'web', 'default')
    await cluster.plane.api.patch(
      web,
      { status: { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } } },
      'status',
    )
    const remove = async (kind: string, name: string) => {
      const { stderr } = await cluster.plane.kubectl(['delete', kind, name, '-n', HOME, '--dry-run=server'])
      return stderr
    }
    await awaitUntil(
      async () => (await remove('ipaddresspool', 'first')).includes('default/web'),
      'the service is named',
    )
    expect(await remove('ipaddresspool', 'first')).toContain(
      '1 service has its address from what is taken away',
    )
    expect(await remove('community', 'names')).toContain('without it, BGPAdvertisement')
  })

  test('an object that is named by the server is judged like any other', async () => {
    const { metadata: _, ...rest } = pool(700)
    const path = `/apis/${V1}/namespaces/${HOME}/ipaddresspools`
    const made = await cluster.plane.api.request<KubeObject>('POST', path, {
      ...rest,
      metadata: { generateName: 'made-' },
    })
    await cluster.plane.api.remove(made)
  })

  test('what is wiped from the configuration comes back by itself', async () => {
    await cluster.plane.api.request(
      'PATCH',
      CONFIGURATION,
      [{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }],
      'application/json-patch+json',
    )
    const bundle = async () => {
      const found = await cluster.plane.api.request<{ webhooks: { clientConfig: { caBundle?: string } }[] }>(
        'GET',
        CONFIGURATION,
      )
      return found.webhooks[0]?.clientConfig.caBundle
    }
    expect(await bundle()).toBeUndefined()
    await awaitUntil(bundle, 'the bundle is back', PATIENCE)
  })

  test('a lost Secret is made anew, and the API server trusts the new certificate', async () => {
    await cluster.plane.kubectl(['delete', 'secret', 'oyez-webhook-cert', '-n', HOME])
    const secret = () =>
      cluster.plane.api.get('v1', 'Secret', 'oyez-webhook-cert', HOME).catch(() => undefined)
    await awaitUntil(secret, 'the Secret is back', PATIENCE)
    const overlap = poolObject({ addresses: ['192.0.2.0/25'] }, 'overlap')
    await awaitUntil(
      async () => (await cluster.refusalOf(overlap))?.includes('overlaps'),
      'the webhook is asked again',
      PATIENCE,
    )
  })

  test('hundreds of objects at once are judged in time', async () => {
    const pools = Array.from({ length: 500 }, (_, at) => pool(at))
    const began = performance.now()
    await cluster.plane.api.create(...pools)
    const ms = performance.now() - began
    expect(ms / pools.length, `${Math.round(ms)} ms for 500`).toBeLessThan(100)
    await cluster.plane.api.remove(...pools)
  })

  test('a million octets are refused in words', async () => {
    const long = poolObject({ addresses: ['192.0.2.0/24', 'x'.repeat(1_000_000)] }, 'long')
    expect(await cluster.refusalOf(long)).toMatch(/spec\.addresses\[1\]: Too long: may not be more than 100/)
    const many = poolObject({ addresses: Array.from({ length: 50_000 }, () => '192.0.2.0/24') }, 'many')
    expect(await cluster.refusalOf(many)).toMatch(/must have at most 2048 items/)
  })

  test('with failurePolicy Ignore, webhooks that are gone hold up nothing but v1beta1', async () => {
    await cluster.stopWebhooks()
    await expect(cluster.plane.api.create(pool(600))).rejects.toThrow(/failed calling webhook/)
    await cluster.startWebhooks('Ignore')
    await cluster.stopWebhooks()
    await awaitUntil(
      async () => (await cluster.refusalOf(pool(601))) === undefined,
      'objects are taken again',
    )
    await cluster.plane.api.create(peerObject({ peerAddress: '192.0.2.99' }, 'late'))
    expect(await cluster.plane.api.list('metallb.io/v1beta2', 'BGPPeer', HOME)).not.toHaveLength(0)
    const old = oldPeerObject({ myASN: 1, peerASN: 2, peerAddress: '192.0.2.98' }, 'old')
    await expect(cluster.plane.api.create(old)).rejects.toThrow(/conversion webhook .* failed/)
    await cluster.launchWebhooks()
    await cluster.plane.api.create(old)
  })
})
