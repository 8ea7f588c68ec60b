import fc from 'fast-check'
import { expect, test } from 'vitest'
import { convertPeer, NEWER_FIELDS, V1BETA1, V1BETA2 } from '../../../src/webhook/peer-conversion.ts'

type Fields = Record<string, unknown>

const older = (spec: Fields, metadata: Fields = { name: 'tor' }): Fields => ({
  apiVersion: V1BETA1,
  kind: 'BGPPeer',
  metadata,
  spec,
})
const newer = (spec: Fields, metadata: Fields = { name: 'tor' }): Fields => ({
  apiVersion: V1BETA2,
  kind: 'BGPPeer',
  metadata,
  spec,
})

test('what both versions have stays as it is, in both directions', () => {
  const spec = {
    myASN: 64512,
    peerASN: 64513,
    peerAddress: '192.0.2.1',
    holdTime: '90s',
    nodeSelectors: [{ matchExpressions: [{ key: 'rack', operator: 'In', values: ['a'] }] }],
  }
  expect(convertPeer(older(spec), V1BETA2)).toEqual(newer(spec))
  expect(convertPeer(newer(spec), V1BETA1)).toEqual(older(spec))
})

test('a peer without holdTime has the default after conversion, not 0s', () => {
  const spec = convertPeer(older({ myASN: 1, peerASN: 2, peerAddress: '192.0.2.1' }), V1BETA2).spec
  expect(spec).not.toHaveProperty('holdTime')
  expect(spec).not.toHaveProperty('keepaliveTime')
})

test('a holdTime of 0s is meant', () => {
  expect(convertPeer(older({ holdTime: '0s' }), V1BETA2).spec).toEqual({ holdTime: '0s' })
})

test('port 0 is the default, which v1beta2 leaves out', () => {
  expect(convertPeer(older({ peerPort: 0 }), V1BETA2).spec).toEqual({})
  expect(convertPeer(older({ peerPort: 1790 }), V1BETA2).spec).toEqual({ peerPort: 1790 })
})

test('what v1beta1 lacks travels in an annotation, and v1beta1 gets what it requires', () => {
  const peer = newer({ myASN: 1, dynamicASN: 'external', interface: 'eth1', disableMP: false, vrf: 'red' })
  const converted = convertPeer(peer, V1BETA1)
  expect(converted.spec).toEqual({ myASN: 1, peerASN: 0, peerAddress: '' })
  expect(converted.metadata).toEqual({
    name: 'tor',
    annotations: { [NEWER_FIELDS]: '{"dynamicASN":"external","interface":"eth1","vrf":"red"}' },
  })
  expect(convertPeer(converted, V1BETA2)).toEqual(
    newer({ myASN: 1, dynamicASN: 'external', interface: 'eth1', vrf: 'red' }),
  )
})

test('what is written in v1beta1 comes before what is remembered', () => {
  const remembered = { dynamicASN: 'external', interface: 'eth1', passwordSecret: { name: 's' }, vrf: 'red' }
  const metadata = { annotations: { [NEWER_FIELDS]: JSON.stringify(remembered), mine: 'x' } }
  const edited = older({ peerASN: 7, peerAddress: '192.0.2.1', password: 'p' }, metadata)
  expect(convertPeer(edited, V1BETA2)).toEqual(
    newer(
      { peerASN: 7, peerAddress: '192.0.2.1', password: 'p', vrf: 'red' },
      { annotations: { mine: 'x' } },
    ),
  )
})

test.each(['', 'no JSON', '[]', 'null', '"text"'])(
  'an annotation that is not ours is left alone: %j',
  (text) => {
    const metadata = { name: 'tor', annotations: { [NEWER_FIELDS]: text } }
    expect(convertPeer(older({ myASN: 1 }, metadata), V1BETA2)).toEqual(newer({ myASN: 1 }, metadata))
  },
)

test('only fields of v1beta2, of their types, come out of the annotation', () => {
  const text = JSON.stringify({
    vrf: 7,
    localASN: 'x',
    interface: {},
    myASN: 99,
    admin: true,
    connectTime: '3s',
  })
  const metadata = { annotations: { [NEWER_FIELDS]: text } }
  expect(convertPeer(older({}, metadata), V1BETA2).spec).toEqual({ connectTime: '3s' })
})

const spec = fc.record(
  {
    myASN: fc.nat(),
    peerASN: fc.integer({ min: 1 }),
    peerAddress: fc.ipV4(),
    holdTime: fc.constantFrom('0s', '9s'),
    password: fc.string(),
    ebgpMultiHop: fc.boolean(),
    bfdProfile: fc.string(),
    connectTime: fc.constantFrom('1s', '2s'),
    localASN: fc.nat(),
    vrf: fc.string(),
    enableGracefulRestart: fc.boolean(),
    disableMP: fc.constant(true),
    dualStackAddressFamily: fc.constant(true),
  },
  { requiredKeys: ['peerASN', 'peerAddress'] },
)
const metadata = fc.record(
  {
    name: fc.string(),
    labels: fc.dictionary(fc.string(), fc.string()),
    annotations: fc.dictionary(fc.string(), fc.string(), { minKeys: 1 }),
  },
  { requiredKeys: ['name'] },
)

test('nothing is lost on the way to v1beta1 and back, and nothing added', () => {
  fc.assert(
    fc.property(spec, metadata, (fields, meta) => {
      const peer = newer(fields, meta)
      expect(convertPeer(convertPeer(peer, V1BETA1), V1BETA2)).toEqual(peer)
    }),
  )
})

test('a spec without a v1beta2 field comes back from v1beta2 as it was', () => {
  fc.assert(
    fc.property(spec, metadata, (fields, meta) => {
      const {
        connectTime,
        localASN,
        vrf,
        enableGracefulRestart,
        disableMP,
        dualStackAddressFamily,
        ...both
      } = fields
      const peer = older(both, meta)
      expect(convertPeer(convertPeer(peer, V1BETA2), V1BETA1)).toEqual(peer)
    }),
  )
})

test('whatever it is given, it throws nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.string(), (oddSpec, oddMetadata, text) => {
      const annotated = { annotations: { [NEWER_FIELDS]: text } }
      for (const meta of [oddMetadata, annotated])
        for (const version of [V1BETA1, V1BETA2] as const)
          convertPeer({ apiVersion: V1BETA1, spec: oddSpec, metadata: meta }, version)
    }),
  )
})
