import { expect, test } from 'vitest'
import { answerConversion } from '../../../src/webhook/conversion-review.ts'

const review = (desiredAPIVersion: unknown, objects: unknown) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'ConversionReview',
  request: { uid: 'u-1', desiredAPIVersion, objects },
})
const peer = (apiVersion: string, name = 'tor', kind = 'BGPPeer') => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'oyez-system' },
  spec: { myASN: 1, peerASN: 2, peerAddress: '192.0.2.1' },
})

test('each object comes back in its place, in the version that was asked for', () => {
  const objects = [peer('metallb.io/v1beta1', 'a'), peer('metallb.io/v1beta2', 'b')]
  expect(answerConversion(review('metallb.io/v1beta2', objects))).toEqual({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'ConversionReview',
    response: {
      uid: 'u-1',
      result: { status: 'Success' },
      convertedObjects: [peer('metallb.io/v1beta2', 'a'), peer('metallb.io/v1beta2', 'b')],
    },
  })
})

test('objects that cannot be converted are named, all of them', () => {
  const objects = [
    peer('metallb.io/v1beta1'),
    peer('metallb.io/v1beta3', 'new'),
    peer('metallb.io/v1beta1', 'pool', 'IPAddressPool'),
    7,
  ]
  const { response } = answerConversion(review('metallb.io/v1beta2', objects))
  expect(response).toMatchObject({ uid: 'u-1', result: { status: 'Failure' } })
  const { message } = (response as { result: { message: string } }).result
  expect(message).toContain('BGPPeer oyez-system/new cannot be converted from "metallb.io/v1beta3"')
  expect(message).toContain('IPAddressPool oyez-system/pool')
  expect(message).not.toContain('oyez-system/tor')
})

test('of very many only the first are named', () => {
  const objects = Array.from({ length: 500 }, () => peer('metallb.io/v9'))
  const { result } = answerConversion(review('metallb.io/v1beta2', objects)).response as {
    result: { message: string }
  }
  expect(result.message).toMatch(/and 495 more$/)
})

test('a version that is not there fails also without objects', () => {
  expect(answerConversion(review('metallb.io/v3', [])).response).toMatchObject({
    result: { status: 'Failure', message: 'there is no version "metallb.io/v3"' },
  })
})

test.each([
  undefined,
  null,
  7,
  'text',
  [],
  {},
  { request: {} },
  { request: { uid: 'u' } },
  { request: { uid: 7, objects: [] } },
])('%j is no review', (body) => {
  expect(() => answerConversion(body)).toThrow('this is no ConversionReview')
})
