/** The smallest lab: a router and a node beside it, with a speaker on the node. For tests that break things. */
import { type Host, Lab } from '../../../bird-testbed/index.ts'
import { type RemoteSpeaker, SpeakerProgram } from './remote-speaker.ts'
import { ROUTER_ASN } from './router.ts'

export const NODE_ASN = 65001
export const PREFIX = '192.0.2.1/32'
export const ROUTE = { prefix: PREFIX, attributes: {} } as const

export interface TwoMachines extends AsyncDisposable {
  readonly lab: Lab
  readonly router: Host
  readonly node: Host
  readonly program: SpeakerProgram
}

export async function twoMachines(title: string): Promise<TwoMachines> {
  const lab = await Lab.create({ title })
  const router = await lab.addRouter('router', '192.168.200.10/24', 'fd00:200::10/64')
  const node = await lab.addNode('node', '192.168.200.200/24', 'fd00:200::200/64')
  const program = await SpeakerProgram.start(node)
  return { lab, router, node, program, [Symbol.asyncDispose]: () => lab.dispose() }
}

/** A speaker that only dials, with the node's address as its identifier. */
export function dialler({ node, program }: TwoMachines): Promise<RemoteSpeaker> {
  return program.open({ asn: NODE_ASN, routerId: node.address, listen: 'none' })
}

/** The router as a neighbor, with the shortest hold time there is. */
export function neighborFor(router: Host) {
  return { address: router.address, asn: ROUTER_ASN, holdTime: 3 } as const
}
