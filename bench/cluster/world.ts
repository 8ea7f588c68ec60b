/** A cluster for one measurement: API server and etcd, nodes without kubelets, BIRD, and Services that wait. */
import {
  Bird,
  birdConfig,
  ControlPlane,
  type KubeObject,
  Lab,
  namespaceObject,
  serviceObject,
  sliceObject,
} from '../../bird-testbed/index.ts'
import { BirdTable } from './bird-table.ts'
import { configuration, type Implementation, NODE_ASN, ROUTER_ASN, type World } from './implementation.ts'
import { StatusWatch } from './status-watch.ts'

export interface Ground extends World, AsyncDisposable {
  readonly table: BirdTable
  readonly statuses: StatusWatch
}

export async function prepare(implementation: Implementation, nodeCount: number): Promise<Ground> {
  const lab = await Lab.create()
  const plane = await ControlPlane.start(lab)
  const router = await lab.addRouter('router', '192.168.200.10/24')
  const nodes = []
  for (let at = 0; at < nodeCount; at++) {
    const node = await lab.addNode(`node${at}`, `192.168.200.${100 + at}/24`)
    await plane.addNode(node.name, { addresses: [node.address] })
    nodes.push(node)
  }
  const neighbors = nodes.map(({ name, address }) => ({ name, address, asn: NODE_ASN }))
  const bird = await Bird.start(
    router,
    birdConfig({ asn: ROUTER_ASN, routerId: router.address, neighbors, kernel: false }),
  )
  const world: World = { lab, plane, nodes, router }
  await plane.api.apply(namespaceObject(implementation.namespace))
  await implementation.install(world)
  for (const object of configuration(implementation.namespace, router)) await applied(plane, object)
  const table = await BirdTable.open(bird.socket)
  const statuses = await StatusWatch.start(plane)
  return {
    ...world,
    table,
    statuses,
    async [Symbol.asyncDispose]() {
      statuses.close()
      table.close()
      await lab[Symbol.asyncDispose]()
    },
  }
}

/** A kind that was installed a moment ago may not be served yet. */
async function applied(plane: ControlPlane, object: KubeObject): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await plane.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(object) })
      return
    } catch (error) {
      if (tries === 40) throw error
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }
}

/** A Service of two endpoints, one on the first node and one on the last, and its slice. */
export function pair(name: string, nodes: World['nodes']): { service: KubeObject; slice: KubeObject } {
  const service = serviceObject(name)
  return { service, slice: sliceOf(service, nodes, true) }
}

export function sliceOf(service: KubeObject, nodes: World['nodes'], ready: boolean): KubeObject {
  const [first, last] = [nodes[0], nodes.at(-1)]
  return sliceObject(service, [
    { address: '10.244.0.5', node: first?.name ?? '', ready },
    { address: '10.244.1.5', node: last?.name ?? '', ready },
  ])
}
