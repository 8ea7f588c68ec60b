import { readFileSync } from 'node:fs'
import { createServer as createPlainServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { awaitUntil, ControlPlane, Lab, namespaceObject, nodeObject } from '../../bird-testbed/index.ts'
import { connectKubernetes, KubeError } from '../../src/sources/index.ts'
import { describeSource } from '../src/sources/contract.ts'
import { object, peer, pool, secret, service } from '../support/raw-objects.ts'
import { describeLab } from './describe-lab.ts'
import { ApiSource, HOME } from './support/api-source.ts'

const CRDS = join(import.meta.dirname, '../../deploy/crds')
/** Mostly it is well under two seconds; a machine that does other things at the same time needs longer. */
const PROMPT_MS = 5000
const ADMIN = { user: 'source', groups: ['system:masters'] }

describeLab('the cluster state from a real API server', ['control-plane'], () => {
  let lab: Lab
  let plane: ControlPlane

  beforeAll(async () => {
    lab = await Lab.create()
    plane = await ControlPlane.start(lab, { audit: true })
    await plane.host.exec(['true'])
    await plane.kubectl(['apply', '-k', CRDS])
    await plane.api.apply(namespaceObject(HOME))
  })
  afterAll(() => lab?.dispose())

  let made: ApiSource[] = []
  const make = async (...more: [((server: string) => string | Promise<string>)?]) => {
    const source = await ApiSource.make(plane, ...more)
    made.push(source)
    return source
  }
  afterEach(async () => {
    for (const source of made) await source.dispose()
    made = []
  })

  describeSource('an API server', { allOrNothing: false }, () => make())

  const web = (name: string, address: string) =>
    service(name, [address], { ports: [{ port: 80 }], allocateLoadBalancerNodePorts: false })

  describe('when the way to it is spoilt', () => {
    let source: ApiSource
    const addresses = (name: string) => source.snapshot?.services.get(`default/${name}`)?.addresses
    const lists = (since: number) =>
      plane.audit.events(since).filter(({ user, verb }) => user === ADMIN.user && verb === 'list')
    const isAway = () => source.log.some((line) => line.includes('does not answer'))

    beforeEach(async () => {
      source = await make()
      await source.apply(web('a', '192.0.2.10'), web('b', '192.0.2.11'))
      source.start()
      await source.until(() => addresses('b')?.[0] === '192.0.2.11')
    })

    it('cut: what changes is known at once, without a list', async () => {
      const since = Date.now()
      source.door.relay.cut()
      await source.apply(web('a', '192.0.2.20'))
      await source.until(() => addresses('a')?.[0] === '192.0.2.20')
      expect(Date.now() - since).toBeLessThan(PROMPT_MS)
      await pause(500)
      expect(lists(since)).toEqual([])
    })

    it('closed for a while: the last state stays, and what changed comes soon after its return', async () => {
      const before = source.snapshots.length
      await source.door.relay.refuse()
      await source.apply(web('a', '192.0.2.21'))
      await source.remove(web('b', '192.0.2.11'))
      await awaitUntil(isAway, 'that it is away is said')
      expect(source.snapshots.length).toBe(before)
      const since = Date.now()
      await source.door.relay.open()
      await source.until(() => addresses('a')?.[0] === '192.0.2.21' && addresses('b') === undefined)
      expect(Date.now() - since).toBeLessThan(PROMPT_MS)
      expect(lists(since)).toEqual([])
    })

    it('closed while the history is compacted: what vanished is gone, by a list', async () => {
      await source.door.relay.refuse()
      await source.remove(web('b', '192.0.2.11'))
      await compact()
      await plane.apiServer.restart()
      const since = Date.now()
      await source.door.relay.open()
      await source.until(() => addresses('b') === undefined)
      expect(Date.now() - since).toBeLessThan(PROMPT_MS)
      expect(lists(since).some(({ resource }) => resource === 'services')).toBe(true)
    })

    it('hung: the last state stays, and goes on where it was', async () => {
      const before = source.snapshots.length
      source.door.relay.hang()
      await source.apply(web('a', '192.0.2.22'))
      await pause(1000)
      expect(source.snapshots.length).toBe(before)
      source.door.relay.mend()
      await source.until(() => addresses('a')?.[0] === '192.0.2.22')
    })

    it('frozen server: the same', async () => {
      plane.apiServer.pause()
      await pause(2000)
      plane.apiServer.resume()
      await source.apply(web('a', '192.0.2.23'))
      await source.until(() => addresses('a')?.[0] === '192.0.2.23')
      expect(source.diagnostics).toEqual([])
    })

    it('killed server: back to normal soon after its return, and nothing was handed over between', async () => {
      const before = source.snapshots.length
      await plane.apiServer.kill()
      await awaitUntil(isAway, 'that it is away is said')
      await plane.apiServer.start()
      const since = Date.now()
      await source.apply(web('a', '192.0.2.24'))
      await source.until(() => addresses('a')?.[0] === '192.0.2.24')
      expect(Date.now() - since).toBeLessThan(PROMPT_MS)
      // Addresses come with the patch of the status: that is one state, or two with the change of the spec.
      expect(source.snapshots.length - before).toBeLessThanOrEqual(2)
      expect(source.diagnostics).toEqual([])
      expect(source.log.join('\n')).toContain('answers again')
    })

    async function compact(): Promise<void> {
      const { metadata } = await plane.api.request<{ metadata: { resourceVersion: string } }>(
        'GET',
        '/api/v1/nodes',
      )
      const body = JSON.stringify({ revision: metadata.resourceVersion })
      await plane.host.exec(['curl', '-sf', '-d', body, 'http://127.0.0.1:2379/v3/kv/compaction'])
    }
  })

  describe('as a ServiceAccount with few rights', () => {
    const READ = ['get', 'list', 'watch']
    const METALLB = [
      'ipaddresspools',
      'bgppeers',
      'bgpadvertisements',
      'l2advertisements',
      'communities',
      'bfdprofiles',
    ]
    const CLUSTER_RULES = [
      { apiGroups: [''], resources: ['services', 'nodes'], verbs: READ },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: READ },
    ]
    const grant = async (kind: 'Role' | 'ClusterRole', name: string, rules: readonly object[]) => {
      const api = 'rbac.authorization.k8s.io'
      const place = kind === 'Role' ? { name, namespace: HOME } : { name }
      const subjects = [{ kind: 'ServiceAccount', name: 'oyez-speaker', namespace: HOME }]
      const binding = { roleRef: { kind, name, apiGroup: api }, subjects }
      await plane.api.apply(
        object(`${api}/v1`, kind, place, { rules }) as never,
        object(`${api}/v1`, `${kind}Binding`, place, binding) as never,
      )
    }
    let access: Awaited<ReturnType<ControlPlane['serviceAccount']>>
    const account = (server: string) =>
      plane.writeConfig('speaker', { server, user: { tokenFile: access.tokenFile }, namespace: HOME })

    beforeEach(async () => {
      access = await plane.serviceAccount(HOME, 'oyez-speaker')
      await grant('ClusterRole', 'oyez-speaker', CLUSTER_RULES)
      await grant('Role', 'oyez-speaker', [{ apiGroups: ['metallb.io'], resources: METALLB, verbs: READ }])
    })

    it('a Role for one Secret by its name is enough, and a Secret without one is named with the rule', async () => {
      const secrets = { apiGroups: [''], resources: ['secrets'], resourceNames: ['router'], verbs: READ }
      await grant('Role', 'oyez-speaker-secrets', [secrets])
      const source = await make(account)
      const guarded = (name: string, peerAddress: string) =>
        peer(name, { peerAddress, passwordSecret: { name } })
      await source.apply(secret('router', { stringData: { password: 'x' } }), guarded('router', '192.0.2.1'))
      await source.apply(secret('other', { stringData: { password: 'x' } }), guarded('other', '192.0.2.2'))
      source.start()
      await source.until(() => source.snapshot?.config.peers[0]?.password === 'x')
      await source.until(() => source.diagnostics.some(({ code }) => code === 'ApiForbidden'))
      const found = source.diagnostics.find(({ code }) => code === 'ApiForbidden')
      expect(found?.hint).toContain(
        'the ServiceAccount metallb-system/oyez-speaker needs a Role in namespace',
      )
      expect(found?.hint).toContain('{apiGroups: [""], resources: ["secrets"], verbs: ["list", "watch"]}')
      expect(source.snapshot?.config.peers.map(({ name }) => name)).toEqual(['router'])
    })

    it('without the right to what it needs it hands over nothing, says which, and goes on once it has it', async () => {
      const missing = METALLB.filter((name) => name !== 'bgppeers')
      await grant('Role', 'oyez-speaker', [{ apiGroups: ['metallb.io'], resources: missing, verbs: READ }])
      const source = await make(account)
      await source.follow()
      await source.until(() => source.diagnostics.length > 0)
      expect(source.diagnostics.map(({ code, location }) => [code, location.object])).toEqual([
        ['ApiForbidden', 'BGPPeer'],
      ])
      expect(source.diagnostics[0]?.hint).toContain('resources: ["bgppeers"]')
      expect(source.snapshot).toBeUndefined()
      await grant('Role', 'oyez-speaker', [{ apiGroups: ['metallb.io'], resources: METALLB, verbs: READ }])
      await source.until(() => source.snapshot !== undefined)
    })

    it('a token that is refused is read again from its file, and all is well', async () => {
      const source = await make(account)
      await source.apply(web('a', '192.0.2.10'))
      source.start()
      await source.until(() => source.snapshot?.services.has('default/a') === true)
      access.spoil()
      await pause(10_500)
      source.door.relay.cut()
      await source.until(() => source.diagnostics.some(({ code }) => code === 'ApiUnauthorized'))
      expect(JSON.stringify([source.diagnostics, source.log])).not.toContain('not.a.token')
      await access.renew()
      await source.apply(web('a', '192.0.2.31'))
      await source.until(() => source.snapshot?.services.get('default/a')?.addresses[0] === '192.0.2.31')
      await source.until(() => source.diagnostics.length === 0)
    })
  })

  it('follows a CRD that comes late, and one that goes', async () => {
    const source = await make()
    await plane.kubectl(['delete', 'crd', 'communities.metallb.io'])
    source.start()
    await source.until(() => source.snapshot !== undefined)
    await source.until(() => source.diagnostics.some(({ code }) => code === 'ApiKindMissing'))
    expect(source.diagnostics[0]?.message).toContain(
      'the CRD communities.metallb.io (v1beta1) is not installed',
    )
    await plane.kubectl(['apply', '-k', CRDS])
    await awaitUntil(() => source.diagnostics.length === 0, 'it is known', { within: 45_000 })
  })

  it('a Node that is deleted and made again is another one', async () => {
    const source = await make()
    const node1 = nodeObject('node1', { addresses: ['192.168.200.21'], labels: { zone: 'a' } })
    await source.apply(node1, pool('first', { addresses: ['192.0.2.0/24'] }))
    source.start()
    await source.until(() => source.snapshot?.nodes.get('node1')?.labels.zone === 'a')
    const before = source.watcher?.identity('Node', '', 'node1')
    await source.remove(node1)
    await source.until(() => source.snapshot?.nodes.get('node1') === undefined)
    expect(source.watcher?.identity('Node', '', 'node1')).toBeUndefined()
    await source.apply(node1)
    await source.until(() => source.snapshot?.nodes.get('node1') !== undefined)
    expect(source.watcher?.identity('Node', '', 'node1')?.uid).not.toBe(before?.uid)
  })

  describe('something else than the API server', () => {
    const servers: { close(): unknown }[] = []
    afterEach(() => {
      for (const server of servers.splice(0)) server.close()
    })

    async function portOf(server: Server | ReturnType<typeof createTlsServer>): Promise<number> {
      servers.push(server)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return (server.address() as AddressInfo).port
    }

    async function failure(port: number): Promise<KubeError> {
      const kubeconfig = await plane.kubeconfig({ ...ADMIN, server: `https://127.0.0.1:${port}` })
      const api = await connectKubernetes({ kubeconfig })
      const error = await api
        .request({ method: 'GET', path: '/api/v1/services' })
        .catch((one: unknown) => one)
      api.close()
      if (!(error instanceof KubeError)) throw new Error(`no KubeError: ${String(error)}`)
      return error
    }

    const served = async (names: readonly string[]) => {
      const { cert, key } = await plane.pki.issue({ user: 'kube-apiserver', names })
      return { cert: readFileSync(cert), key: readFileSync(key) }
    }

    it('that answers garbage over TLS', async () => {
      const garbage = createTlsServer(await served(['IP:127.0.0.1']), (socket) => {
        socket.on('error', () => {})
        socket.write(Buffer.alloc(4096, 0xf1))
      })
      expect(await failure(await portOf(garbage))).toMatchObject({ kind: 'failed' })
    })

    it('with a certificate for another name', async () => {
      const other = createTlsServer(await served(['DNS:other.example']))
      const error = await failure(await portOf(other))
      expect(error.message).toContain('the certificate of the server is for other names')
      expect(error.hint).toContain('tls-server-name')
    })

    it('with a certificate of another authority', async () => {
      await using elsewhere = await Lab.create()
      const host = await elsewhere.addNode('elsewhere')
      const [key, cert] = [host.file('key.pem'), host.file('cert.pem')]
      const how = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
      const what = ['-subj', '/CN=x', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert]
      await host.exec(['openssl', 'req', '-x509', ...how, ...what])
      const stranger = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) })
      const error = await failure(await portOf(stranger))
      expect(error.message).toContain('not trusted')
      expect(error.hint).toContain('certificate-authority')
    })

    it('without TLS', async () => {
      const error = await failure(await portOf(createPlainServer()))
      expect(error.message).toContain('does not speak TLS')
    })
  })

  it('a client certificate that the server does not know is refused with words', async () => {
    const source = await make((server) =>
      plane.writeConfig('nobody', { server, user: { token: 'not.a.token' } }),
    )
    await source.follow()
    await source.until(() => source.diagnostics.length > 0)
    expect(source.diagnostics.map(({ code }) => code)).toEqual(['ApiUnauthorized'])
    expect(JSON.stringify(source.diagnostics)).not.toContain('not.a.token')
  })
})
