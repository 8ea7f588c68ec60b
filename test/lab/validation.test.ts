/**
 * The bad objects that `oyez lint` and the rules of the webhook refuse (test/src/webhook/bad-objects.test.ts), for a real
 * API server with our CRDs alone and for one that also asks the webhook: what one refuses none lets pass, and each says
 * it so that people understand.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KubeObject } from '../../bird-testbed/index.ts'
import { parseObjects } from '../../src/cluster/index.ts'
import { describeLab } from './describe-lab.ts'
import {
  BAD_OBJECTS,
  type BadObject,
  bgpAdObject,
  communityObject,
  peerObject,
  poolObject,
} from './support/bad-objects.ts'
import { ValidatedCluster } from './support/validated-cluster.ts'

const by = (...who: BadObject['by'][]) => BAD_OBJECTS.filter((bad) => who.includes(bad.by))

/** Objects with one value that is spelt well, oddly or wrongly. */
const digits = fc.constantFrom('0', '1', '7', '10', '099', '127', '192', '255', '256', '300')
const hex = fc.constantFrom('0', '1', 'db8', 'DB8', 'ffff', '2001', 'fe80', 'g', '12345', '')
const ipv4 = fc.array(digits, { minLength: 4, maxLength: 4 }).map((parts) => parts.join('.'))
const ipv6 = fc
  .tuple(
    fc.array(hex, { maxLength: 8 }),
    fc.array(hex, { maxLength: 7 }),
    fc.constantFrom('::', ':', '', ':1.2.3.4'),
  )
  .map(([left, right, middle]) => `${left.join(':')}${middle}${right.join(':')}`)
const address = fc.oneof(fc.ipV4(), fc.ipV6(), ipv4, ipv6)
const length = fc.constantFrom('0', '8', '24', '32', '33', '64', '128', '129', '')
const blank = fc.constantFrom('', '', '', ' ')
const entry = fc.oneof(
  fc.tuple(blank, address, fc.constant('/'), length, blank).map((parts) => parts.join('')),
  fc.tuple(blank, fc.ipV4(), blank, fc.constant('-'), blank, fc.ipV4()).map((parts) => parts.join('')),
  fc.tuple(address, fc.constant('-'), address).map((parts) => parts.join('')),
)
const duration = fc
  .tuple(
    fc.constantFrom('0', '+1', '2.5', '.5', '5.', '90', '65535', '-1'),
    fc.constantFrom('s', 'm', 'ms', 'h', '', 'µs', 's1ms'),
  )
  .map((parts) => parts.join(''))
const community = fc
  .array(fc.constantFrom('large', '0', '1', '65535', '65536', '4294967295', '4294967296', 'x'), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(':'))
const spelling: fc.Arbitrary<KubeObject> = fc.oneof(
  entry.map((text) => poolObject({ addresses: [text] })),
  address.map((peerAddress) => peerObject({ peerAddress })),
  fc.oneof(fc.ipV4(), address).map((routerID) => peerObject({ routerID })),
  fc.tuple(duration, duration).map(([holdTime, keepaliveTime]) => peerObject({ holdTime, keepaliveTime })),
  duration.map((connectTime) => peerObject({ connectTime })),
  community.map((text) => bgpAdObject({ communities: [text] })),
  community.map((value) => communityObject({ communities: [{ name: 'a', value }] })),
)

const errorsOf = (value: unknown) =>
  parseObjects([{ value, origin: { locate: () => ({}) } }]).diagnostics.filter(
    ({ severity }) => severity === 'error',
  )

describeLab('bad objects and a real API server', ['control-plane'], () => {
  let cluster: ValidatedCluster
  beforeAll(async () => {
    cluster = await ValidatedCluster.start()
    await cluster.applyCrds()
  })
  afterAll(() => cluster?.lab.dispose())

  test.each(by('schema'))('the CRD alone refuses: $title', async ({ object, schemaSays = /./ }) => {
    const refusal = await cluster.refusalOf(object)
    expect(refusal).toMatch(schemaSays)
    expect(refusal).not.toMatch(/evaluation error|no such key|should match/)
  })

  // Nothing of v1beta1 is stored without a conversion.
  const stored = by('webhook', 'warning').filter(({ title }) => !title.startsWith('v1beta1'))
  test.each(stored)('the CRD alone lets pass: $title', async ({ object }) => {
    expect(await cluster.refusalOf(object)).toBeUndefined()
  })

  test('the CRD alone refuses nothing that the parser takes', async () => {
    const objects = fc.sample(spelling, { numRuns: 400, seed: 4 })
    const isTaken = (object: KubeObject) => errorsOf(object).length === 0
    const taken = objects.filter(isTaken)
    expect(taken.length).toBeGreaterThan(100)
    expect(taken.length).toBeLessThan(350)
    const refusals = await Promise.all(taken.map((object) => cluster.refusalOf(object)))
    expect(refusals.filter((refusal) => refusal !== undefined)).toEqual([])
  })

  describe('with the webhook', () => {
    beforeAll(() => cluster.startWebhooks())

    test.each(by('webhook'))('refused: $title', async ({ object, beside = [], says }) => {
      await cluster.plane.api.create(...beside)
      try {
        expect(await cluster.refusalOf(object)).toMatch(says)
      } finally {
        await cluster.plane.api.remove(...beside)
      }
    })

    test.each(by('warning'))('let pass: $title', async ({ object }) => {
      expect(await cluster.refusalOf(object)).toBeUndefined()
    })
  })
})
