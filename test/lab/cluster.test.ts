import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  awaitUntil,
  Cluster,
  type Host,
  type KubeObject,
  Lab,
  serviceObject,
} from '../../bird-testbed/index.ts'
import { labProcesses } from '../../bird-testbed/processes.ts'
import { describeLab } from './describe-lab.ts'
import { askWeb, webDaemonSet, webDeployment } from './support/in-cluster.ts'

/** What a lab could leave on the machine: processes, its directory, control groups, mounts, named namespaces. */
function leftovers(directory: string): string[] {
  const mark = basename(directory)
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return [
    ...labProcesses(directory).map((pid) => `process ${pid}`),
    ...(existsSync(directory) ? [directory] : []),
    ...globSync(`/sys/fs/cgroup/**/${mark}`),
    ...mounts.filter((line) => line.includes(mark)),
    ...(FIXED_PLACES.join() === placesNow().join() ? [] : placesNow()),
  ]
}

/** What containerd, CNI and kubelet would make or change on the machine itself. */
function placesNow(): string[] {
  const folders = [
    '/run/netns/cni-*',
    '/run/containerd/*',
    '/var/lib/kubelet/*',
    '/var/log/pods/*',
    '/opt/containerd/*',
  ]
  const tunables = [
    '/proc/sys/vm/overcommit_memory',
    '/proc/sys/kernel/panic',
    '/proc/sys/kernel/panic_on_oops',
  ]
  return [
    ...globSync([...folders, '/var/lib/cni/*']),
    ...tunables.map((file) => `${file} ${readFileSync(file, 'utf8').trim()}`),
  ]
}

const FIXED_PLACES = placesNow()

function podFacts({ spec, status }: KubeObject) {
  const { nodeName } = spec as { nodeName: string }
  const { containerStatuses = [] } = status as {
    containerStatuses?: { ready: boolean; restartCount: number }[]
  }
  const [container] = containerStatuses
  return { node: nodeName, ready: container?.ready === true, restarts: container?.restartCount ?? 0 }
}

describeLab('a cluster of two nodes', ['cluster'], () => {
  let lab: Lab
  let cluster: Cluster
  let router: Host
  let client: Host

  beforeAll(async () => {
    lab = await Lab.create({ title: 'cluster test' })
    router = await lab.addRouter('router', '192.168.200.10/24', 'fd00:200::10/64')
    client = await lab.addClient('client', { router, address: '10.10.0.20/24', gateway: '10.10.0.10/24' })
    const began = performance.now()
    cluster = await Cluster.start(lab, { nodes: 2, router })
    console.log(`2 nodes Ready after ${((performance.now() - began) / 1000).toFixed(1)} s`)
  })
  afterAll(async () => {
    if (lab === undefined) return
    await lab.dispose()
    expect(leftovers(lab.directory)).toEqual([])
  })

  test('runs a Deployment and a DaemonSet', async () => {
    const began = performance.now()
    await cluster.plane.api.apply(webDeployment('web', 4), webDaemonSet('each'))
    for (const name of ['deployment/web', 'daemonset/each']) {
      await cluster.kubectl(['rollout', 'status', name, '--timeout=60s'])
    }
    console.log(`6 pods Ready after ${((performance.now() - began) / 1000).toFixed(1)} s`)

    const pods = await cluster.plane.api.list('v1', 'Pod', 'default')
    const nodesOf = (app: string) =>
      new Set(pods.filter(({ metadata }) => metadata.labels?.app === app).map((pod) => podFacts(pod).node))
    expect(nodesOf('each')).toEqual(new Set(['node0', 'node1']))
    expect(nodesOf('web')).toEqual(new Set(['node0', 'node1']))
    const { stdout } = await cluster.kubectl(['exec', 'deployment/web', '--', 'cat', '/tmp/www/index.html'])
    expect(stdout).toMatch(/^node[01] web-/)
    expect((await cluster.kubectl(['exec', 'deployment/web', '--', 'false'], { anyCode: true })).code).toBe(1)
  })

  test('answers on cluster addresses, from pods, from nodes and from the API server, IPv4 and IPv6', async () => {
    const spec = { type: 'ClusterIP', selector: { app: 'web' }, ipFamilyPolicy: 'RequireDualStack' }
    const { allocateLoadBalancerNodePorts: _, ...plain } = serviceObject('web').spec as Record<
      string,
      unknown
    >
    const [service] = await cluster.plane.api.create({ ...serviceObject('web'), spec: { ...plain, ...spec } })
    const { clusterIPs = [] } = (service?.spec ?? {}) as { clusterIPs?: readonly string[] }
    expect(clusterIPs).toHaveLength(2)

    for (const address of clusterIPs) {
      for (const { host } of cluster.nodes) {
        await awaitUntil(() => askWeb(host, address), `${host.name} reaches ${address}`)
      }
      const url = `http://${address.includes(':') ? `[${address}]` : address}/`
      const { stdout } = await cluster.kubectl(['exec', 'daemonset/each', '--', 'wget', '-qO-', url])
      expect(stdout).toMatch(/^node[01] web-/)
    }
    expect(await askWeb(cluster.plane.host, clusterIPs[0] ?? '')).toBeDefined()
  })

  test('takes a client in on a load balancer address; Local keeps its address and stays on the node', async () => {
    const service = serviceObject('shop', {
      spec: { selector: { app: 'web' }, externalTrafficPolicy: 'Local' },
    })
    await cluster.plane.api.create(service)
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.80' }] } }
    await cluster.plane.api.patch(service, { status }, 'status')
    await router.ip(`route add 192.0.2.80 via ${cluster.node('node1').host.address}`)

    const local = await awaitUntil(() => askWeb(client, '192.0.2.80'), 'the client reaches the service')
    expect(local).toMatchObject({ node: 'node1', client: '10.10.0.20' })

    await cluster.plane.api.patch(service, { spec: { externalTrafficPolicy: 'Cluster' } })
    const elsewhere = async () => (await askWeb(client, '192.0.2.80'))?.node === 'node0'
    await awaitUntil(elsewhere, 'Cluster goes to pods of the other node too')
  })

  test('a node loses power and comes back with its pods', async () => {
    const node = cluster.node('node1')
    await node.crash()
    await node.start()

    await awaitUntil(async () => {
      const pods = (await cluster.plane.api.list('v1', 'Pod', 'default')).map(podFacts)
      return pods.every(({ node, ready, restarts }) => ready && restarts === (node === 'node1' ? 1 : 0))
    }, 'its pods, and no others, have been started again')
    await awaitUntil(() => askWeb(client, '192.0.2.80'), 'the service answers through it again')
  })

  test('another one beside it, whose process is killed, leaves nothing', async () => {
    const { child, directory } = await clusterInAProcessOfItsOwn()
    expect(labProcesses(directory).length).toBeGreaterThan(10)

    child.kill('SIGKILL')

    await awaitUntil(() => !existsSync(directory), 'its directory is gone')
    expect(leftovers(directory)).toEqual([])
    await cluster.ready()
  })
})

/** A program that starts a cluster with a running pod, says where, and then waits for ever. */
async function clusterInAProcessOfItsOwn(): Promise<{ child: ChildProcess; directory: string }> {
  const url = (path: string) => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)))
  const program = `
    const { Cluster, Lab } = await import(${url('../../bird-testbed/index.ts')})
    const { webDaemonSet } = await import(${url('./support/in-cluster.ts')})
    const lab = await Lab.create()
    const cluster = await Cluster.start(lab, { nodes: 1 })
    await cluster.plane.api.apply(webDaemonSet('web'))
    await cluster.kubectl(['rollout', 'status', 'daemonset/web', '--timeout=60s'])
    console.log(lab.directory)
    setInterval(() => {}, 60_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, directory: said.toString().trim() }
}
