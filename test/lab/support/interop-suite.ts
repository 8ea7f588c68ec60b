/** What is tried with every router: sessions of all kinds, and that it hears from us what we mean to say. */
import { afterAll, beforeAll, expect } from 'vitest'
import type { Family, NeighborStatus } from '../../../bgp/index.ts'
import { awaitUntil } from '../../../bird-testbed/index.ts'
import { describeLab } from '../describe-lab.ts'
import { addressesOf, type Case, RICH, routesOf } from './cases.ts'
import { Field } from './field.ts'
import { ALL_CASES, CASES, SESSION_CASES } from './interop-cases.ts'
import { REQUIREMENT, ROUTER_ASN, type RouterKind } from './router.ts'
import { tryWith } from './try-with.ts'

export function interopSuite(kind: RouterKind): void {
  describeLab(`oyez/bgp and ${kind.name}`, [REQUIREMENT[kind.name]], () => {
    let field: Field
    beforeAll(async () => {
      field = await Field.create(kind, ALL_CASES)
    })
    afterAll(() => field?.[Symbol.asyncDispose]())

    for (const each of SESSION_CASES) {
      tryWith(kind.name, each.subject, () => sessionComesUp(field, each))
    }
    const { dualStack, extendedNextHop, bigAsn, withdrawal, refresh } = CASES
    tryWith(kind.name, dualStack.subject, () => bothFamilies(field, dualStack))
    tryWith(
      kind.name,
      extendedNextHop.subject,
      () => bothFamilies(field, extendedNextHop),
      kind.lacks.extendedNextHop,
    )
    tryWith(kind.name, bigAsn.subject, () => sessionComesUp(field, bigAsn))
    tryWith(kind.name, withdrawal.subject, () => routesChange(field, withdrawal))
    tryWith(kind.name, refresh.subject, () => routerAsksAgain(field, refresh), kind.lacks.askAgain)
  })
}

async function sessionComesUp(field: Field, which: Case): Promise<void> {
  const neighbor = field.neighbor(which)
  await neighbor.setRoutes(routesOf(which, which.family))
  await field.bothSayEstablished(which)
  await routesAreSeen(field, which, which.family)
  expectOpener(await neighbor.status(), which)
}

async function bothFamilies(field: Field, which: Case): Promise<void> {
  await field.neighbor(which).setRoutes([...routesOf(which, 'ipv4'), ...routesOf(which, 'ipv6')])
  await field.bothSayEstablished(which)
  await routesAreSeen(field, which, 'ipv4')
  await routesAreSeen(field, which, 'ipv6')
  expect((await field.neighbor(which).status()).withheld).toEqual([])
}

async function routesChange(field: Field, which: Case): Promise<void> {
  await bothFamilies(field, which)
  const neighbor = field.neighbor(which)
  const [plain4, rich4] = routesOf(which, 'ipv4')
  const [plain6, rich6] = routesOf(which, 'ipv6')

  const attributes = { communities: ['65000:7'] }
  await neighbor.setRoutes([plain4, { ...rich4, attributes }, { ...rich6, attributes }])

  for (const { prefix } of [rich4, rich6]) {
    const changed = async () => (await field.router.route(prefix))?.communities.join() === '65000:7'
    await awaitUntil(changed, `${prefix} with another community`)
    expect(await field.router.route(prefix)).toMatchObject({ largeCommunities: [], asPath: [which.asn] })
  }
  await gone(field, plain6.prefix)
  expect(await field.router.route(plain4.prefix)).toBeDefined()

  await neighbor.setRoutes([])

  for (const { prefix } of [plain4, rich4, rich6]) await gone(field, prefix)
  expect(await neighbor.status()).toMatchObject({ state: 'Established', flaps: 0, advertised: NOTHING })
}

async function routerAsksAgain(field: Field, which: Case): Promise<void> {
  await bothFamilies(field, which)
  const neighbor = field.neighbor(which)
  const before = (await neighbor.status()).messages

  await field.router.askAgain?.(which)

  // Two attribute sets per family, between BoRR and EoRR where both sides know them (RFC 7313).
  const answered = ({ capabilities, messages: { sent, received } }: NeighborStatus) => {
    const markers = capabilities.negotiated.includes('enhanced route refresh') ? 4 : 0
    return (
      received['ROUTE-REFRESH'] > before.received['ROUTE-REFRESH'] &&
      sent.UPDATE >= before.sent.UPDATE + 4 &&
      sent['ROUTE-REFRESH'] >= before.sent['ROUTE-REFRESH'] + markers
    )
  }
  await neighbor.awaitStatus(answered, 'has answered a ROUTE-REFRESH')
  await routesAreSeen(field, which, 'ipv4')
  await routesAreSeen(field, which, 'ipv6')
  expect(await neighbor.status()).toMatchObject({ state: 'Established', flaps: 0 })
}

async function routesAreSeen(field: Field, which: Case, family: Family): Promise<void> {
  const [plain, rich] = routesOf(which, family)
  const ibgp = which.asn === ROUTER_ASN
  const nextHop = which.family === 'ipv6' ? which.address : addressesOf(which.index)[family]
  const common = { nextHop, origin: 'igp' }
  await awaitUntil(() => field.router.route(rich.prefix), `the router has ${rich.prefix}`)
  expect(await field.router.route(rich.prefix)).toMatchObject({
    ...common,
    asPath: ibgp ? [] : Array(1 + RICH.prepend).fill(which.asn),
    med: RICH.med,
    communities: RICH.communities,
    largeCommunities: RICH.largeCommunities,
    ...(ibgp && { localPref: RICH.localPref }),
  })
  await awaitUntil(() => field.router.route(plain.prefix), `the router has ${plain.prefix}`)
  const seen = await field.router.route(plain.prefix)
  expect(seen).toMatchObject({ ...common, asPath: ibgp ? [] : [which.asn], communities: [] })
  expect(seen?.localPref ?? 100).toBe(100)
}

async function gone({ router }: Field, prefix: string): Promise<void> {
  await awaitUntil(async () => (await router.route(prefix)) === undefined, `the router has no ${prefix}`)
}

/** Who opened the connection can be seen by the ports; when both may, either will do. */
function expectOpener({ local, remote, flaps }: NeighborStatus, { weDial, dials }: Case): void {
  expect(flaps).toBe(0)
  if (!dials) expect(remote?.port).toBe(179)
  if (!weDial) expect(local?.port).toBe(179)
}

const NOTHING = { ipv4: 0, ipv6: 0 }
