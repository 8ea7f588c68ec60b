/** A lab with one router, one node, and a session between them for each case. */
import { Lab } from '../../../bird-testbed/index.ts'
import { addressesOf, type Case, neighborConfig, ROUTER_V4, ROUTER_V6, speakerConfig } from './cases.ts'
import { type RemoteNeighbor, SpeakerProgram } from './remote-speaker.ts'
import type { Router, RouterKind } from './router.ts'

export class Field implements AsyncDisposable {
  readonly lab: Lab
  readonly router: Router
  readonly neighbors: ReadonlyMap<Case, RemoteNeighbor>

  private constructor(lab: Lab, router: Router, neighbors: ReadonlyMap<Case, RemoteNeighbor>) {
    this.lab = lab
    this.router = router
    this.neighbors = neighbors
  }

  static async create(kind: RouterKind, cases: readonly Case[]): Promise<Field> {
    const lab = await Lab.create({ title: `sessions with ${kind.name}` })
    const host = await lab.addRouter('router', `${ROUTER_V4}/16`, `${ROUTER_V6}/64`)
    const addresses = cases.flatMap(({ index }) => Object.values(addressesOf(index)))
    const node = await lab.addNode('node', ...addresses.map(withLength))
    const program = await SpeakerProgram.start(node)
    // Our side first: some routers, when they find nobody, try again only after minutes.
    const neighbors = new Map<Case, RemoteNeighbor>()
    for (const each of cases) {
      const speaker = await program.open(speakerConfig(each))
      neighbors.set(each, await speaker.add(neighborConfig(each)))
    }
    return new Field(lab, await kind.start(host, { sessions: cases }), neighbors)
  }

  neighbor(which: Case): RemoteNeighbor {
    const found = this.neighbors.get(which)
    if (found === undefined) throw new Error(`no session for ${which.subject}`)
    return found
  }

  async bothSayEstablished(which: Case): Promise<void> {
    // GoBGP waits some seconds before it dials.
    await this.neighbor(which).established({ within: 40_000 })
    await this.router.established(which)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.lab.dispose()
  }
}

function withLength(address: string): string {
  return `${address}/${address.includes(':') ? 64 : 16}`
}
