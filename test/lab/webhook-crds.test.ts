/** The CRDs as people meet them: new in a cluster, and in the place of MetalLB's with all their objects. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { awaitUntil, type KubeObject } from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'
import {
  bgpAdObject,
  communityObject,
  HOME,
  l2AdObject,
  oldPeerObject,
  peerObject,
  poolObject,
} from './support/bad-objects.ts'
import { metallbCrds } from './support/metallb-crds.ts'
import { CRDS, ValidatedCluster } from './support/validated-cluster.ts'

describeLab('our CRDs', ['control-plane'], () => {
  let cluster: ValidatedCluster
  beforeAll(async () => {
    cluster = await ValidatedCluster.start()
  })
  afterAll(() => cluster?.lab.dispose())

  const kubectl = async (...argv: string[]) => {
    const { stdout, stderr } = await cluster.plane.kubectl(argv)
    return stdout + stderr
  }

  test('a server takes them without a warning, and has nothing to change when they come again', async () => {
    const dry = await kubectl('apply', '--dry-run=server', '-k', CRDS)
    expect(dry.match(/created \(server dry run\)/g)).toHaveLength(9)
    expect(dry).not.toMatch(/Warning/)
    expect((await cluster.applyCrds()).match(/created/g)).toHaveLength(9)
    expect((await cluster.applyCrds()).match(/unchanged/g)).toHaveLength(9)
  })

  test('server-side apply takes them too', async () => {
    const applied = await kubectl('apply', '--server-side', '--force-conflicts', '-k', CRDS)
    expect(applied.match(/serverside-applied/g)).toHaveLength(9)
  })

  test('kubectl explain teaches', async () => {
    expect(await kubectl('explain', 'bgppeers.spec.holdTime')).toMatch(/How long the router may be silent/)
    expect(await kubectl('explain', 'ipaddresspools.spec.serviceAllocation.priority')).toMatch(
      /lowest number/,
    )
  })

  test('kubectl get shows the columns', async () => {
    await cluster.plane.api.create(
      poolObject({ addresses: ['192.0.2.0/24'] }, 'first'),
      peerObject({}, 'tor'),
    )
    expect(await kubectl('get', 'ipaddresspools', '-n', HOME)).toMatch(
      /AUTO ASSIGN\s+AVOID BUGGY IPS\s+ADDRESSES\s+first\s+true\s+false\s+\["192\.0\.2\.0\/24"]/,
    )
    expect(await kubectl('get', 'bgppeers', '-n', HOME)).toMatch(
      /ADDRESS\s+ASN\s+BFD PROFILE\s+MULTI HOPS\s+tor\s+192\.0\.2\.1\s+64513/,
    )
  })

  test('status is a subresource: whoever writes it needs no right to the rest, and the other way round', async () => {
    const path = `/apis/metallb.io/v1beta1/namespaces/${HOME}/ipaddresspools/first`
    const status = { assignedIPv4: 1, assignedIPv6: 0, availableIPv4: 255, availableIPv6: 0 }
    const pool = await cluster.plane.api.get('metallb.io/v1beta1', 'IPAddressPool', 'first', HOME)
    await cluster.plane.api.patch(pool, { status, spec: { autoAssign: false } }, 'status')
    expect(await cluster.plane.api.request('GET', path)).toMatchObject({ status, spec: { autoAssign: true } })
  })

  test('what says who announces cannot be rewritten', async () => {
    const [made] = await cluster.plane.api.create({
      apiVersion: 'metallb.io/v1beta1',
      kind: 'ServiceBGPStatus',
      metadata: { name: 'bgp-x', namespace: HOME },
    })
    const object = made as KubeObject
    await cluster.plane.api.patch(object, { status: { node: 'a', peers: ['tor'] } }, 'status')
    await cluster.plane.api.patch(object, { status: { peers: [] } }, 'status')
    await expect(cluster.plane.api.patch(object, { status: { node: 'b' } }, 'status')).rejects.toThrow(
      'Value is immutable',
    )
  })

  test('graceful restart cannot be changed after creation', async () => {
    const [peer] = await cluster.plane.api.create(peerObject({ enableGracefulRestart: true }, 'graceful'))
    await expect(
      cluster.plane.api.patch(peer as KubeObject, { spec: { enableGracefulRestart: false } }),
    ).rejects.toThrow('EnableGracefulRestart cannot be changed after creation')
  })

  test.each([
    '1:2:3:4:5:6:7:8/128',
    '::/1',
    '2001:DB8::/64',
    '::ffff:192.0.2.0/120',
    '2001:db8::1 - 2001:db8::ff',
    ' 192.0.2.0/24',
    '192.0.2.0-192.0.2.0',
    '255.255.255.255/32',
    '9.255.255.255-10.0.0.0',
  ])('a good entry is no bad one: %s', async (text) => {
    expect(await cluster.refusalOf(poolObject({ addresses: [text] }))).toBeUndefined()
  })

  test.each([
    { holdTime: '0s', keepaliveTime: '0s' },
    { holdTime: '1m30s', keepaliveTime: '1.5s' },
    { holdTime: '0' },
    { peerPort: 65_535, sourceAddress: '', routerID: '', password: '', passwordSecret: {} },
    { peerAddress: '2001:db8::1', connectTime: '65535s' },
    { peerASN: 0, dynamicASN: 'internal' },
    { peerAddress: '', interface: 'eth1' },
    { peerASN: 4_294_967_295, ebgpMultiHop: true },
  ])('a good peer is no bad one: %j', async (spec) => {
    expect(await cluster.refusalOf(peerObject(spec))).toBeUndefined()
  })
})

/** Objects that MetalLB's CRDs let in and ours would not, or that its webhook would have refused when it was there. */
const ODD: readonly KubeObject[] = [
  poolObject({ addresses: ['192.0.2.1-2001:db8::1', '192.0.2.0/24', '192.0.2.0/24', '198.51.100.9'] }, 'odd'),
  peerObject(
    {
      holdTime: '1s',
      routerID: '2001:db8::1',
      dynamicASN: 'internal',
      password: 'x',
      passwordSecret: { name: 'y' },
    },
    'odd',
  ),
  bgpAdObject(
    { peers: ['a', 'a'], communities: ['1:2:3', '1:2:3'], aggregationLength: 99, localPref: -1 },
    'odd',
  ),
  l2AdObject(
    { interfaces: ['eth0', 'eth0'], nodeSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Is' }] }] },
    'odd',
  ),
  communityObject({ communities: [{ name: 'a' }, { value: 'nonsense' }] }, 'odd'),
]
const GOOD: readonly KubeObject[] = [
  poolObject(
    { addresses: ['203.0.113.0/24', '2001:db8::/64'], serviceAllocation: { priority: 5, namespaces: ['a'] } },
    'good',
  ),
  peerObject({ holdTime: '90s', passwordSecret: { name: 's' }, bfdProfile: 'b', connectTime: '10s' }, 'good'),
  bgpAdObject({ ipAddressPools: ['good'], communities: ['64512:1', 'alias'], localPref: 100 }, 'good'),
  l2AdObject({ ipAddressPools: ['good'], interfaces: ['eth0'] }, 'good'),
  communityObject({ communities: [{ name: 'alias', value: 'large:1:2:3' }] }, 'good'),
]

const crds = metallbCrds()
const name = 'our CRDs in the place of those of MetalLB v0.15.2'
if (crds === undefined)
  describe.skip(`${name} [skipped: Go has no copy of MetalLB and cannot fetch one]`, () => {})
else describeLab(name, ['control-plane'], () => overMetallb(crds))

function overMetallb(folder: string): void {
  let cluster: ValidatedCluster
  beforeAll(async () => {
    cluster = await ValidatedCluster.start()
    await cluster.plane.kubectl(['apply', '-k', folder])
    await cluster.plane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=20s'])
    await cluster.plane.api.create(...GOOD, ...ODD)
  })
  afterAll(() => cluster?.lab.dispose())

  // For a moment after a CRD has changed there is nothing to be had from the API server.
  const everything = () => awaitUntil(list, 'everything can be read')
  const list = async () => {
    const kinds = [...new Set(GOOD.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`))]
    const lists = await Promise.all(
      kinds.map(async (each) => {
        const [apiVersion = '', kind = ''] = each.split(' ')
        return cluster.plane.api.list(apiVersion, kind, HOME)
      }),
    )
    return lists
      .flat()
      .map(({ kind, metadata, spec }) => ({ kind, name: metadata.name, uid: metadata.uid, spec }))
  }

  test('every object stays as it is', async () => {
    const before = await everything()
    expect(before).toHaveLength(10)
    expect((await cluster.applyCrds()).match(/configured/g)).toHaveLength(8)
    expect(await everything()).toEqual(before)
  })

  test('a mistake that was there may stay while another field is changed, and cannot be made anew', async () => {
    const odd = ODD[0] as KubeObject
    await cluster.plane.api.patch(odd, { spec: { autoAssign: false } })
    const again = { ...odd, metadata: { ...odd.metadata, name: 'again' } }
    await expect(cluster.plane.api.create(again)).rejects.toThrow(/neither a prefix/)
  })

  test.each([...GOOD, ...ODD])(
    '$kind $metadata.name can still be labelled, mended and deleted',
    async (given) => {
      const { apiVersion, kind, metadata } = given
      const object = await cluster.plane.api.get(apiVersion, kind, metadata.name, HOME)
      const touched = await cluster.plane.api.patch(object, { metadata: { labels: { touched: 'yes' } } })
      await cluster.plane.api.replace({ ...touched, spec: GOOD.find((good) => good.kind === kind)?.spec })
      await cluster.plane.api.remove(object)
    },
  )

  test('peers of the first version are read, converted by the webhook, and lose nothing', async () => {
    await cluster.startWebhooks()
    const { api } = cluster.plane
    await api.create(peerObject({ connectTime: '5s', vrf: '', passwordSecret: { name: 'later' } }, 'new'))
    const path = `/apis/metallb.io/v1beta1/namespaces/${HOME}/bgppeers`
    const old = await api.request<KubeObject>('GET', `${path}/new`)
    expect(old.spec).toEqual({ myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1', peerPort: 179 })
    await api.request('PUT', `${path}/new`, { ...old, spec: { ...(old.spec as object), holdTime: '30s' } })
    expect(await api.get('metallb.io/v1beta2', 'BGPPeer', 'new', HOME)).toMatchObject({
      spec: { connectTime: '5s', passwordSecret: { name: 'later' }, holdTime: '30s' },
    })
    const spec = { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.7' }
    await api.request('POST', path, oldPeerObject(spec, 'old'))
    const stored = await api.get('metallb.io/v1beta2', 'BGPPeer', 'old', HOME)
    expect(stored.spec).toEqual({ ...spec, peerPort: 179, disableMP: false, dualStackAddressFamily: false })
    expect(await api.list('metallb.io/v1beta1', 'BGPPeer', HOME)).toHaveLength(2)
  })

  test('without our CRDs again, back at MetalLB, everything is still there', async () => {
    const before = await everything()
    await cluster.plane.kubectl(['apply', '-k', folder])
    expect(await everything()).toEqual(before)
  })
}
