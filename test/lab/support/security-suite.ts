/** Signed sessions and TTL security with a router: that they come up where both agree, and only there. */
import { afterAll, beforeAll, expect } from 'vitest'
import type { NeighborStatus } from '../../../bgp/index.ts'
import { describeLab } from '../describe-lab.ts'
import { type Case, newCase, routesOf } from './cases.ts'
import { Field } from './field.ts'
import { REQUIREMENT, type RouterKind } from './router.ts'
import { tryWith } from './try-with.ts'

const KEY = 'correct-horse-battery-staple'
const ROUTER_OPENS = { weDial: false, dials: true } as const
const SIGNED = { password: KEY, ours: { password: KEY } } as const

const TOGETHER: readonly Case[] = [
  newCase({ index: 1, subject: 'TCP MD5 over IPv4, opened by us', ...SIGNED }),
  newCase({ index: 2, subject: 'TCP MD5 over IPv4, opened by the router', ...SIGNED, ...ROUTER_OPENS }),
  newCase({ index: 3, subject: 'TCP MD5 over IPv6, opened by us', family: 'ipv6', ...SIGNED }),
  newCase({
    index: 4,
    subject: 'TCP MD5 over IPv6, opened by the router',
    family: 'ipv6',
    ...SIGNED,
    ...ROUTER_OPENS,
  }),
]

const BOTH_DIAL = { weDial: true, dials: true } as const

/** In these the SYNs of both sides go unanswered. */
const APART: readonly Case[] = [
  newCase({
    index: 11,
    subject: 'TCP MD5, another key here: no session, and the status says what to check',
    password: KEY,
    ours: { password: 'wrong' },
    ...BOTH_DIAL,
  }),
  newCase({
    index: 12,
    subject: 'TCP MD5, no key at the router: no session',
    ours: { password: KEY },
    ...BOTH_DIAL,
  }),
  newCase({ index: 13, subject: 'TCP MD5, no key here: no session', password: KEY, ...BOTH_DIAL }),
]

const GUARDED = { ttlSecurity: true, ours: { ttlSecurity: 1 } } as const

const TTL_TOGETHER: readonly Case[] = [
  newCase({ index: 21, subject: 'TTL security over IPv4, opened by us', ...GUARDED }),
  newCase({
    index: 22,
    subject: 'TTL security over IPv4, opened by the router',
    ...GUARDED,
    ...ROUTER_OPENS,
  }),
  newCase({ index: 23, subject: 'TTL security over IPv6, opened by us', family: 'ipv6', ...GUARDED }),
  newCase({
    index: 24,
    subject: 'TTL security over IPv6, opened by the router',
    family: 'ipv6',
    ...GUARDED,
    ...ROUTER_OPENS,
  }),
]

const TTL_APART = newCase({
  index: 31,
  subject: 'TTL security only at the router: no routes',
  ttlSecurity: true,
  ours: { holdTime: 3 },
})

export function securitySuite(kind: RouterKind): void {
  describeLab(`secured sessions with ${kind.name}`, [REQUIREMENT[kind.name]], () => {
    let field: Field
    beforeAll(async () => {
      field = await Field.create(kind, [...TOGETHER, ...APART, ...TTL_TOGETHER, TTL_APART])
    })
    afterAll(() => field?.[Symbol.asyncDispose]())

    for (const each of TOGETHER) tryWith(kind.name, each.subject, () => comesUp(field, each))
    for (const each of APART) tryWith(kind.name, each.subject, () => staysDown(field, each))
    for (const each of TTL_TOGETHER) tryWith(kind.name, each.subject, () => comesUp(field, each))
    tryWith(kind.name, TTL_APART.subject, () => isNotHeard(field, TTL_APART))
  })
}

async function comesUp(field: Field, which: Case): Promise<void> {
  const [route] = routesOf(which, which.family)
  await field.neighbor(which).setRoutes([route])
  await field.bothSayEstablished(which)
}

async function staysDown(field: Field, which: Case): Promise<void> {
  const neighbor = field.neighbor(which)
  const status = await neighbor.awaitStatus(hasFailed, 'has tried in vain')
  expect(status.state).not.toBe('Established')
  expect(status).toMatchObject({ messages: { received: { OPEN: 0 } }, flaps: 0 })
  if (which.ours.password !== undefined) expect(status.lastError?.text).toContain('password')
}

/** Routers set the least TTL on connections that they have accepted already, so our first octets may get through. */
async function isNotHeard(field: Field, which: Case): Promise<void> {
  const [route] = routesOf(which, which.family)
  const neighbor = field.neighbor(which)
  await neighbor.setRoutes([route])
  await neighbor.awaitStatus(hasFailed, 'has failed')
  expect(await field.router.route(route.prefix)).toBeUndefined()
}

/** Not counting the attempts made before the router was there. */
function hasFailed({ lastError }: NeighborStatus): boolean {
  return lastError !== undefined && !lastError.text.includes('ECONNREFUSED')
}
