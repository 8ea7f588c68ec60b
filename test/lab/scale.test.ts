import { describe, expect } from 'vitest'
import type { Route } from '../../bgp/index.ts'
import { awaitUntil, Bird, birdConfig, Frr, frrConfig } from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'
import { REQUIREMENT, ROUTER_ASN, type RouterName } from './support/router.ts'
import { tryWith } from './support/try-with.ts'
import { dialler, NODE_ASN, neighborFor, type TwoMachines, twoMachines } from './support/two-machines.ts'

const COUNT = 10_000

interface Kind {
  readonly name: RouterName
  /** Starts it with a session to the node, both families; returns how many routes it has. */
  start(net: TwoMachines): Promise<() => Promise<Counts>>
}

interface Counts {
  readonly ipv4: number
  readonly ipv6: number
}

const bird: Kind = {
  name: 'BIRD',
  async start({ node, router }) {
    const neighbors = [{ name: 'node', address: node.address, asn: NODE_ASN }]
    const families = ['ipv4', 'ipv6'] as const
    const options = { asn: ROUTER_ASN, routerId: router.address, neighbors, families, kernel: false }
    const running = await Bird.start(router, birdConfig(options))
    const count = async (table: string) => {
      const said = await running.query(`show route table ${table} protocol node count`)
      return Number(/^(\d+) of/m.exec(said)?.[1])
    }
    return async () => ({ ipv4: await count('master4'), ipv6: await count('master6') })
  },
}

const frr: Kind = {
  name: 'FRR',
  async start({ node, router }) {
    const neighbors = [{ address: node.address, asn: NODE_ASN }]
    const families = ['ipv4', 'ipv6'] as const
    const options = { asn: ROUTER_ASN, routerId: router.address, neighbors, families }
    const running = await Frr.start(router, frrConfig(options))
    const count = async (family: string) => {
      const summary = await running.json(`show bgp ${family} unicast summary`)
      return (summary as { peers?: Record<string, { pfxRcd?: number }> }).peers?.[node.address]?.pfxRcd ?? -1
    }
    return async () => ({ ipv4: await count('ipv4'), ipv6: await count('ipv6') })
  },
}

describe.concurrent('ten thousand routes', () => {
  for (const kind of [bird, frr]) {
    describeLab(`at ${kind.name}`, [REQUIREMENT[kind.name]], () => {
      tryWith(kind.name, '10,000 IPv4 and 10,000 IPv6 routes: all arrive, few messages, all withdrawn', () =>
        manyRoutes(kind),
      )
    })
  }
})

async function manyRoutes(kind: Kind): Promise<void> {
  await using net = await twoMachines(`10,000 routes to ${kind.name}`)
  const counts = await kind.start(net)
  const neighbor = await (await dialler(net)).add({
    ...neighborFor(net.router),
    families: ['ipv4', 'ipv6'],
    nextHop: { ipv6: net.node.address6 },
  })
  await neighbor.setRoutes([...routes((at) => `10.${at >> 8}.${at & 255}.1/32`), ...routes(prefixV6)])
  await neighbor.established()

  await arrives(counts, { ipv4: COUNT, ipv6: COUNT })

  const { advertised, messages, flaps } = await neighbor.status()
  expect(advertised).toEqual({ ipv4: COUNT, ipv6: COUNT })
  // At 4096 octets: 13 for IPv4 (5 octets each), 43 for IPv6 (17 octets each), and two End-of-RIB.
  expect(messages.sent.UPDATE).toBeLessThanOrEqual(13 + 43 + 2)

  await neighbor.setRoutes([])

  await arrives(counts, { ipv4: 0, ipv6: 0 })
  const after = await neighbor.status()
  expect(after).toMatchObject({ state: 'Established', flaps, advertised: { ipv4: 0, ipv6: 0 } })
  expect(after.messages.sent.UPDATE - messages.sent.UPDATE).toBeLessThanOrEqual(13 + 43)
}

async function arrives(counts: () => Promise<Counts>, wanted: Counts): Promise<void> {
  const agree = async () => {
    const { ipv4, ipv6 } = await counts()
    return ipv4 === wanted.ipv4 && ipv6 === wanted.ipv6
  }
  await awaitUntil(agree, `the router has ${wanted.ipv4} IPv4 and ${wanted.ipv6} IPv6 routes`)
}

function routes(prefixOf: (at: number) => string): Route[] {
  return Array.from({ length: COUNT }, (_, at) => ({ prefix: prefixOf(at), attributes: {} }))
}

function prefixV6(at: number): string {
  return `2001:db8:0:${(at + 1).toString(16)}::1/128`
}
