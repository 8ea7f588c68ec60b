/** BIRD and FRR in the parts that tests break: with a session to the node of a lab of two machines. */
import { readFileSync } from 'node:fs'
import { Bird, birdConfig, Frr, frrConfig } from '../../../bird-testbed/index.ts'
import { ROUTER_ASN, type RouterName } from './router.ts'
import { NODE_ASN, type TwoMachines } from './two-machines.ts'

export interface Breakable {
  has(prefix: string): Promise<boolean>
  established(): Promise<void>
  /** SIGSTOP and SIGCONT for the daemon that speaks BGP. */
  signal(signal: NodeJS.Signals): void
  kill(): Promise<void>
  restart(): Promise<void>
  /** Ends the session as its operator does, with a text (RFC 9003), until `enable`. */
  disable(text: string): Promise<void>
  enable(): Promise<void>
  /** What it says about how the session ended last. */
  lastError(): Promise<string>
}

export interface BreakableKind {
  readonly name: RouterName
  /** `nodeAsn`: the AS that it expects of us; `dials`: it connects too. */
  start(
    net: TwoMachines,
    options?: { readonly nodeAsn?: number; readonly dials?: boolean },
  ): Promise<Breakable>
}

export const breakableBird: BreakableKind = {
  name: 'BIRD',
  async start({ router, node }, { nodeAsn = NODE_ASN, dials = false } = {}) {
    const lines = ['connect delay time 1;', 'connect retry time 1;', 'error wait time 1, 2;']
    const neighbors = [{ name: 'node', address: node.address, asn: nodeAsn, passive: !dials, lines }]
    const bird = await Bird.start(
      router,
      birdConfig({ asn: ROUTER_ASN, routerId: router.address, neighbors }),
    )
    return {
      has: async (prefix) => (await bird.routes('protocol node')).some((route) => route.prefix === prefix),
      established: () => bird.established('node'),
      signal: (signal) => signalTo(router.file('bird.pid'), signal),
      kill: () => bird.stop('SIGKILL'),
      restart: () => bird.restart(),
      disable: async (text) => void (await bird.query(`disable node "${text}"`)),
      enable: async () => void (await bird.query('enable node')),
      lastError: () => bird.query('show protocols all node'),
    }
  },
}

export const breakableFrr: BreakableKind = {
  name: 'FRR',
  async start({ router, node }, { nodeAsn = NODE_ASN, dials = false } = {}) {
    const neighbors = [{ address: node.address, asn: nodeAsn, passive: !dials }]
    const frr = await Frr.start(router, frrConfig({ asn: ROUTER_ASN, routerId: router.address, neighbors }))
    const configure = (line: string) => frr.configure(`router bgp ${ROUTER_ASN}`, line)
    return {
      has: async (prefix) => (await frr.routes()).has(prefix),
      established: () => frr.established(node.address),
      signal: (signal) => signalTo(router.file('frr/bgpd.pid'), signal),
      kill: () => frr.stop('SIGKILL'),
      restart: () => frr.restart(),
      disable: (text) => configure(`neighbor ${node.address} shutdown message ${text}`),
      enable: () => configure(`no neighbor ${node.address} shutdown`),
      lastError: () => frr.query(`show bgp neighbors ${node.address} json`),
    }
  },
}

function signalTo(pidFile: string, signal: NodeJS.Signals): void {
  process.kill(Number(readFileSync(pidFile, 'utf8')), signal)
}
