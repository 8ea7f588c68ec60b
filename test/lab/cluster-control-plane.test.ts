import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  ApiError,
  awaitUntil,
  ControlPlane,
  Lab,
  namespaceObject,
  program,
  runCommand,
  serviceObject,
  sliceObject,
} from '../../bird-testbed/index.ts'
import { labProcesses } from '../../bird-testbed/processes.ts'
import { describeLab } from './describe-lab.ts'

const READERS = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'readers' },
  rules: [{ apiGroups: [''], resources: ['services'], verbs: ['get', 'list', 'watch'] }],
}

describeLab('a control plane without nodes', ['control-plane'], () => {
  let lab: Lab
  let plane: ControlPlane

  beforeAll(async () => {
    lab = await Lab.create({ title: 'control plane test' })
    plane = await ControlPlane.start(lab, { audit: true, etcdPath: true })
  })
  afterAll(() => lab?.dispose())

  /** kubectl as the owner of a kubeconfig, on the machine of the API server. */
  const as = (kubeconfig: string, ...args: readonly string[]) =>
    plane.host.exec([program('kubectl'), '--kubeconfig', kubeconfig, ...args], { anyCode: true })

  test('has Nodes without kubelets, and Services of both families', async () => {
    await plane.addNode('node0', { addresses: ['192.168.200.200', 'fd00:200::200'], labels: { zone: 'a' } })
    const [service] = await plane.api.create(
      serviceObject('both', { spec: { ipFamilyPolicy: 'RequireDualStack' } }),
    )

    expect(service?.spec).toMatchObject({ ipFamilies: ['IPv4', 'IPv6'] })
    const { stdout } = await plane.kubectl(['get', 'nodes', '--no-headers', '-L', 'zone'])
    expect(stdout).toMatch(/^node0 +Ready .* a$/m)
  })

  test('asks RBAC about everybody but the administrator', async () => {
    await plane.api.create(namespaceObject('rights'))
    const access = await plane.serviceAccount('rights', 'reader')
    expect((await as(access.kubeconfig, 'get', 'services')).stderr).toContain('Forbidden')

    const [kind, name] = ['ClusterRole', 'readers']
    await plane.api.create(READERS, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
      subjects: [
        { kind: 'ServiceAccount', namespace: 'rights', name: 'reader' },
        { kind: 'Group', name: 'auditors', apiGroup: 'rbac.authorization.k8s.io' },
      ],
    })

    await awaitUntil(async () => (await as(access.kubeconfig, 'get', 'services')).code === 0, 'may read')
    expect((await as(access.kubeconfig, 'get', 'secrets')).stderr).toContain('Forbidden')
    const auditor = await plane.kubeconfig({ user: 'ann', groups: ['auditors'] })
    expect((await as(auditor, 'get', 'services', '-A')).code).toBe(0)
    await expect(plane.api.as('bob').list('v1', 'Service')).rejects.toMatchObject({ status: 403 })

    access.spoil()
    expect((await as(access.kubeconfig, 'get', 'services')).stderr).toMatch(/logged in|Unauthorized/)
    await access.renew()
    expect((await as(access.kubeconfig, 'get', 'services')).code).toBe(0)
  })

  test('creates, applies, patches and removes; an error says what and why', async () => {
    const service = serviceObject('web', { spec: { externalTrafficPolicy: 'Local' } })
    await plane.api.create(service)
    await expect(plane.api.create(service)).rejects.toThrow('already exists')
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }
    expect(await plane.api.patch(service, { status }, 'status')).toMatchObject({ status })
    await plane.api.apply({ ...service, metadata: { ...service.metadata, labels: { tier: 'front' } } })
    expect(await plane.api.get('v1', 'Service', 'web', 'default')).toMatchObject({
      metadata: { labels: { tier: 'front' } },
      status,
    })
    await plane.api.remove(service, service)
    await expect(plane.api.get('v1', 'Service', 'web', 'default')).rejects.toBeInstanceOf(ApiError)
  })

  test('plants thousands of Services that are like any other', async () => {
    await plane.api.create(namespaceObject('many'))
    const services = Array.from({ length: 2000 }, (_, index) =>
      serviceObject(`s${index}`, { namespace: 'many' }),
    )
    const slices = services.map((service) => sliceObject(service, [{ address: '10.0.0.1', node: 'node0' }]))
    await plane.plant(...services, ...slices)

    expect(await plane.api.list('v1', 'Service', 'many')).toHaveLength(2000)
    expect(await plane.api.list('discovery.k8s.io/v1', 'EndpointSlice', 'many')).toHaveLength(2000)
    const [planted] = services
    if (planted === undefined) throw new Error('nothing was planted')
    await plane.api.apply({ ...planted, metadata: { ...planted.metadata, labels: { touched: 'yes' } } })
    await plane.api.remove(planted)
    expect(await plane.api.list('v1', 'Service', 'many')).toHaveLength(1999)
  })

  test('counts who wrote what', async () => {
    const before = Date.now()
    await plane.api.create(serviceObject('counted'))
    await plane.api
      .as('bob')
      .create(serviceObject('refused'))
      .catch(() => {})
    await plane.api.list('v1', 'Service')

    const counted = () => plane.audit.writes(before).get('bob create services') === 1
    await awaitUntil(counted, 'the audit log has both')
    expect(plane.audit.writes(before)).toEqual(
      new Map([
        ['admin create services', 1],
        ['bob create services', 1],
      ]),
    )
    expect(plane.audit.events(before).map(({ verb, code }) => `${verb} ${code}`)).toContain('create 403')
  })

  test('lets this process in, and the way in can be spoilt', async () => {
    const door = await plane.localDoor()
    const kubeconfig = await plane.kubeconfig({ server: door.server })
    const ask = () =>
      runCommand([program('kubectl'), '--kubeconfig', kubeconfig, '--request-timeout=1s', 'get', 'ns'], {
        anyCode: true,
      })

    expect((await ask()).code).toBe(0)
    door.relay.hang()
    expect((await ask()).stderr).toMatch(/timeout|deadline/i)
    door.relay.mend()
    expect((await ask()).code).toBe(0)
    await door.relay.refuse()
    expect((await ask()).stderr).toContain('refused')
    await door.relay.open()
    expect((await ask()).code).toBe(0)
  })

  test('survives its own faults: etcd slow, both killed, the API server frozen', async () => {
    const milliseconds = async () => {
      const began = performance.now()
      await plane.api.create(serviceObject(`timed-${Math.round(began)}`))
      return performance.now() - began
    }
    await plane.etcdPath?.slow(150)
    expect(await milliseconds()).toBeGreaterThan(300)
    await plane.etcdPath?.mend()
    expect(await milliseconds()).toBeLessThan(300)

    await plane.apiServer.kill()
    await expect(plane.api.list('v1', 'Node')).rejects.toThrow()
    await plane.etcd.kill()
    await plane.etcd.start()
    await plane.apiServer.start()
    await awaitUntil(async () => (await plane.api.list('v1', 'Node')).length === 1, 'the Node is still there')

    plane.apiServer.pause()
    const answer = plane.api.list('v1', 'Node')
    expect(await Promise.race([answer, pause(300, 'silence')])).toBe('silence')
    plane.apiServer.resume()
    expect(await answer).toHaveLength(1)
    await plane.apiServer.restart()
    expect(await plane.api.list('v1', 'Node')).toHaveLength(1)
  })
})

describeLab('two control planes', ['control-plane'], () => {
  test('run at once with the same addresses, and leave nothing', async () => {
    const labs = [await Lab.create(), await Lab.create()]
    const planes = await Promise.all(labs.map((lab) => ControlPlane.start(lab, { controllers: true })))
    for (const [index, plane] of planes.entries()) await plane.api.create(namespaceObject(`lab-${index}`))
    const names = await Promise.all(
      planes.map(async ({ api }) => (await api.list('v1', 'Namespace')).map(({ metadata }) => metadata.name)),
    )
    expect(names.map((each) => each.filter((name) => name.startsWith('lab-')))).toEqual([
      ['lab-0'],
      ['lab-1'],
    ])
    // A controller has been at work.
    expect(await planes[0]?.api.list('v1', 'ServiceAccount', 'default')).toHaveLength(1)

    for (const lab of labs) await lab.dispose()

    for (const { directory } of labs) {
      expect(labProcesses(directory)).toEqual([])
      expect(existsSync(directory)).toBe(false)
    }
  })
})
