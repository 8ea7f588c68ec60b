import { afterAll, beforeAll, describe, expect } from 'vitest'
import { awaitUntil, Bird, birdConfig, Frr, frrConfig, type Host, Lab } from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'
import { type RemoteNeighbor, SpeakerProgram } from './support/remote-speaker.ts'
import { REQUIREMENT, ROUTER_ASN, type RouterName } from './support/router.ts'
import { tryWith } from './support/try-with.ts'

/**
 * Both sides dial at the same moment (RFC 4271 section 6.8). With the cable cut, each side's SYN waits for ARP; when
 * the cable is mended, the first ARP request that gets through releases the SYNs of both, so that the connections
 * cross. Half of our speakers have the higher identifier, half the lower.
 */
const ROUNDS = 4
const INDICES = Array.from({ length: 16 }, (_, at) => at + 1)
const NODE_ASN = 65001

interface Kind {
  readonly name: RouterName
  /** Connection attempts of ours that a round may take. */
  readonly attemptsPerRound: number
  start(host: Host): Promise<DiallingRouter>
}

interface DiallingRouter {
  /** All sessions. */
  disable(): Promise<void>
  enable(): Promise<void>
  /** Its SYNs are on their way, as far as they get. */
  allDialling(): Promise<boolean>
  allEstablished(): Promise<boolean>
}

const bird: Kind = {
  name: 'BIRD',
  attemptsPerRound: 1,
  async start(host) {
    const lines = ['connect delay time 1;', 'connect retry time 1;', 'error wait time 1, 2;']
    const neighbors = INDICES.map((index) => {
      return { name: `node${index}`, address: addressOf(index), asn: NODE_ASN, passive: false, lines }
    })
    const options = { asn: ROUTER_ASN, routerId: host.address, kernel: false, neighbors }
    const router = await Bird.start(host, birdConfig(options))
    const all = async (info: string) => {
      const sessions = (await router.protocols()).filter(({ protocol }) => protocol === 'BGP')
      return sessions.every((session) => session.info.startsWith(info))
    }
    return {
      disable: async () => void (await router.query('disable "node*"')),
      enable: async () => void (await router.query('enable "node*"')),
      allDialling: () => all('Connect'),
      allEstablished: () => all('Established'),
    }
  },
}

const frr: Kind = {
  name: 'FRR',
  // When its losing connection hears a Cease from us too, FRR 8.4 may close the winning one as well.
  attemptsPerRound: 3,
  async start(host) {
    const neighbors = INDICES.map((index) => ({ address: addressOf(index), asn: NODE_ASN, passive: false }))
    const router = await Frr.start(host, frrConfig({ asn: ROUTER_ASN, routerId: host.address, neighbors }))
    const configureAll = (line: (address: string) => string) =>
      router.configure(`router bgp ${ROUTER_ASN}`, ...INDICES.map((index) => line(addressOf(index))))
    const all = async (state: string) => {
      const sessions = (await router.json('show bgp neighbors')) as Record<string, { bgpState?: string }>
      return INDICES.every((index) => sessions[addressOf(index)]?.bgpState === state)
    }
    return {
      disable: () => configureAll((address) => `neighbor ${address} shutdown`),
      enable: () => configureAll((address) => `no neighbor ${address} shutdown`),
      allDialling: () => all('Connect'),
      allEstablished: () => all('Established'),
    }
  },
}

describe.concurrent('crossing connections', () => {
  for (const kind of [bird, frr]) {
    describeLab(`both sides dial at once: we and ${kind.name}`, [REQUIREMENT[kind.name]], () => {
      let lab: Lab
      beforeAll(async () => {
        lab = await Lab.create({ title: `collisions with ${kind.name}` })
      })
      afterAll(() => lab?.dispose())

      tryWith(kind.name, 'connections that cross: one stays, every time', () => collideOften(lab, kind))
    })
  }
})

async function collideOften(lab: Lab, kind: Kind): Promise<void> {
  const host = await lab.addRouter('router', '10.99.0.1/16')
  const node = await lab.addNode('node', ...INDICES.map((index) => `${addressOf(index)}/16`))
  const neighbors = await openNeighbors(node)
  const router = await kind.start(host)
  for (let round = 0; round < ROUNDS; round += 1) await collideOnce(lab, { host, node, router, neighbors })

  const statuses = await Promise.all(neighbors.map((neighbor) => neighbor.status()))
  // One before the first round: the router was not there yet.
  const most = 1 + ROUNDS * kind.attemptsPerRound
  expect(statuses.filter(({ attempts }) => attempts > most)).toEqual([])
  // As few as that would mean that the connections did not cross, and nothing was tried.
  const crossed = statuses.reduce((sum, { collisions }) => sum + collisions, 0)
  expect(crossed).toBeGreaterThan((ROUNDS * INDICES.length) / 2)
}

interface Machines {
  readonly host: Host
  readonly node: Host
  readonly router: DiallingRouter
  readonly neighbors: readonly RemoteNeighbor[]
}

async function collideOnce(lab: Lab, { host, node, router, neighbors }: Machines): Promise<void> {
  await Promise.all(neighbors.map((neighbor) => neighbor.shutdown('next round')))
  await router.disable()
  await lab.setCable(host, 'silent')
  for (const machine of [host, node]) await machine.ip('neighbour flush dev eth0')
  await router.enable()
  await awaitUntil(() => router.allDialling(), 'the router dials every session')
  await Promise.all(neighbors.map((neighbor) => neighbor.start()))

  await lab.setCable(host, 'up')

  await Promise.all(neighbors.map((neighbor) => neighbor.established()))
  await awaitUntil(() => router.allEstablished(), 'the router has established every session')
}

async function openNeighbors(node: Host): Promise<RemoteNeighbor[]> {
  const program = await SpeakerProgram.start(node)
  const neighbors: RemoteNeighbor[] = []
  for (const index of INDICES) {
    const address = addressOf(index)
    const routerId = index % 2 === 0 ? `10.99.200.${index}` : `10.98.0.${index}`
    const speaker = await program.open({ asn: NODE_ASN, routerId, listen: [{ address, port: 179 }] })
    const neighbor = await speaker.add({
      address: '10.99.0.1',
      asn: ROUTER_ASN,
      holdTime: 9,
      sourceAddress: address,
    })
    neighbors.push(neighbor)
  }
  return neighbors
}

function addressOf(index: number): string {
  return `10.99.1.${index}`
}
