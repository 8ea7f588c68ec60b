import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { awaitUntil, ControlPlane, Lab, serviceObject, sliceObject } from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'
import {
  addresses,
  all,
  awaitAddresses,
  ControllerProgram,
  doubles,
  installController,
  NAMESPACE,
  PATIENCE,
  pool,
  versions,
} from './support/controller-program.ts'

const eventsAbout = async ({ api }: ControlPlane, name: string): Promise<readonly string[]> =>
  (await api.list('v1', 'Event'))
    .filter(({ involvedObject }) => (involvedObject as { name: string }).name === name)
    .map(({ reason, message }) => `${reason}: ${message}`)

describe('a controller and a real API server', () => {
  describeLab('with every kind of Service', ['control-plane'], () => {
    let lab: Lab
    let plane: ControlPlane
    beforeAll(async () => {
      lab = await Lab.create()
      plane = await ControlPlane.start(lab, { audit: true })
      await installController(plane)
    })
    afterAll(async () => lab?.[Symbol.asyncDispose]())

    it('gives addresses by family, request and sharing; keeps them; a second pass writes nothing', async () => {
      await plane.api.create(
        pool('both', ['192.0.2.0/26', '2001:db8:1::/120']),
        pool('named', ['198.51.100.0/28'], { autoAssign: false }),
      )
      const shared = {
        annotations: { 'metallb.io/allow-shared-ip': 'key', 'metallb.io/loadBalancerIPs': '192.0.2.40' },
      }
      await plane.api.create(
        serviceObject('single4', { spec: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] } }),
        serviceObject('single6', { spec: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] } }),
        serviceObject('prefer', { spec: { ipFamilyPolicy: 'PreferDualStack' } }),
        serviceObject('require', {
          spec: { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] },
        }),
        serviceObject('asked', { annotations: { 'metallb.io/loadBalancerIPs': '192.0.2.33' } }),
        serviceObject('field', { spec: { loadBalancerIP: '192.0.2.34' } }),
        serviceObject('from-named', { annotations: { 'metallb.universe.tf/address-pool': 'named' } }),
        serviceObject('share-http', shared),
        serviceObject('share-dns', { ...shared, spec: { ports: [{ port: 53, protocol: 'UDP' }] } }),
        serviceObject('impossible', { annotations: { 'metallb.io/loadBalancerIPs': '203.0.113.1' } }),
        serviceObject('foreign', { spec: { loadBalancerClass: 'example.net/other' } }),
      )
      const program = await ControllerProgram.start(plane, 'one')
      const now = await awaitAddresses(plane, all(9), 'nine Services have addresses')
      expect(now).toMatchObject({
        asked: ['192.0.2.33'],
        field: ['192.0.2.34'],
        'from-named': ['198.51.100.0'],
        'share-http': ['192.0.2.40'],
        'share-dns': ['192.0.2.40'],
        impossible: [],
        foreign: [],
      })
      const families = (name: string) => now[name]?.map((address) => (address.includes(':') ? 6 : 4))
      expect(families('single4')).toEqual([4])
      expect(families('single6')).toEqual([6])
      expect(families('prefer')).toEqual([4, 6])
      expect(families('require')).toEqual([4, 6])
      expect(doubles(now)).toEqual(['192.0.2.40'])
      const single = await plane.api.get('v1', 'Service', 'single4', 'default')
      expect(single.metadata.annotations).toMatchObject({ 'metallb.io/ip-allocated-from-pool': 'both' })
      await awaitUntil(
        async () =>
          (await eventsAbout(plane, 'impossible')).some((text) => text.startsWith('AllocationFailed')),
        'the failure is told',
        PATIENCE,
      )
      await awaitUntil(
        async () => {
          const { status } = await plane.api.get('metallb.io/v1beta1', 'IPAddressPool', 'both', NAMESPACE)
          return (status as { assignedIPv4?: number } | undefined)?.assignedIPv4 === 6
        },
        'the pool is counted',
        PATIENCE,
      )
      const state = await awaitUntil(
        () => plane.api.get('metallb.io/v1beta1', 'ConfigurationState', 'controller', NAMESPACE),
        'the ConfigurationState is written',
        PATIENCE,
      )
      expect(state.metadata.labels).toMatchObject({ 'metallb.io/component-type': 'controller' })
      // Nobody announces any of them: that is the last thing to be said, after which it is quiet.
      await awaitUntil(
        async () => {
          const all = await plane.api.list('v1', 'Service')
          return all.filter(({ status }) => JSON.stringify(status).includes('oyez.io/Announced')).length === 9
        },
        'it is said that nobody announces them',
        PATIENCE,
      )
      await awaitUntil(
        async () => (await eventsAbout(plane, 'single4')).some((text) => text.startsWith('NotAnnounced')),
        'it is told',
        PATIENCE,
      )
      expect(await program.process.stop()).toBe(0)
      const settled = await versions(plane)
      const since = Date.now()
      const again = await ControllerProgram.start(plane, 'two')
      await again.says('leader')
      const leadsAt = again.ageMs
      await awaitUntil(() => again.ageMs > leadsAt + 8_000, 'it has had its time')
      expect(await versions(plane)).toEqual(settled)
      expect(await addresses(plane)).toEqual(now)
      // But for the Service that cannot be helped: a new controller says so once.
      const writes = [...plane.audit.writes(since)].filter(
        ([what]) => what.includes('oyez-controller') && !/ leases| create events/.test(what),
      )
      expect(writes).toEqual([])
      expect(await again.process.stop()).toBe(0)
      const refused = plane.audit
        .events()
        .filter(({ code, user }) => code === 403 && user.includes('oyez-controller'))
      expect(refused).toEqual([])
    })

    it('reports a pool edit before it moves an address', async () => {
      const program = await ControllerProgram.start(plane, 'three', '--move-delay', '2s')
      const before = await addresses(plane)
      await program.says('leader')
      await plane.api.apply(pool('both', ['192.0.2.32/27', '2001:db8:1::/120']))
      const told = await awaitUntil(
        async () => (await eventsAbout(plane, 'single4')).find((text) => text.startsWith('AddressWillMove')),
        'the move is reported',
        PATIENCE,
      )
      expect(told).toContain(`${before.single4?.[0]} is no longer permitted`)
      expect((await addresses(plane)).single4).toEqual(before.single4)
      const now = await awaitAddresses(
        plane,
        ({ single4 }) => single4?.[0] !== before.single4?.[0],
        'it has moved',
      )
      expect(now.single6).toEqual(before.single6)
      expect(now.asked).toEqual(before.asked)
      await program.process.stop()
    })

    it('says that nobody announces a Service, and that somebody does again', async () => {
      const program = await ControllerProgram.start(plane, 'four')
      await program.says('leader')
      const condition = async () => {
        const { status } = await plane.api.get('v1', 'Service', 'single4', 'default')
        const { conditions = [] } = status as {
          conditions?: { type: string; status: string; reason: string }[]
        }
        return conditions.find(({ type }) => type === 'oyez.io/Announced')
      }
      await awaitUntil(
        async () => (await condition())?.status === 'False',
        'the condition is False',
        PATIENCE,
      )
      await plane.addNode('node0', { addresses: ['192.168.200.200'] })
      const service = await plane.api.get('v1', 'Service', 'single4', 'default')
      await plane.api.create(
        sliceObject(service, [{ address: '10.244.0.5', node: 'node0' }]),
        {
          apiVersion: 'metallb.io/v1beta1',
          kind: 'BGPAdvertisement',
          metadata: { name: 'all', namespace: NAMESPACE },
          spec: {},
        },
        {
          apiVersion: 'metallb.io/v1beta2',
          kind: 'BGPPeer',
          metadata: { name: 'router', namespace: NAMESPACE },
          spec: { myASN: 64512, peerASN: 64513, peerAddress: '192.168.200.10' },
        },
      )
      await awaitUntil(async () => (await condition())?.status === 'True', 'the condition is True', PATIENCE)
      await awaitUntil(
        async () => (await eventsAbout(plane, 'single4')).some((text) => text.startsWith('Announced: ')),
        'it is told',
        PATIENCE,
      )
      await program.process.stop()
    })

    it('takes the address back from a Service that is no load balancer any more', async () => {
      const program = await ControllerProgram.start(plane, 'five')
      await program.says('leader')
      const service = await plane.api.get('v1', 'Service', 'asked', 'default')
      await plane.api.patch(service, { spec: { type: 'ClusterIP', allocateLoadBalancerNodePorts: null } })
      await awaitAddresses(plane, ({ asked }) => asked?.length === 0, 'it has none')
      await awaitUntil(async () => {
        const { metadata } = await plane.api.get('v1', 'Service', 'asked', 'default')
        return metadata.annotations?.['metallb.io/ip-allocated-from-pool'] === undefined
      }, 'the annotation is gone')
      await program.process.stop()
    })
  })
})
