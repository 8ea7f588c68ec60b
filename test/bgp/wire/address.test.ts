import fc from 'fast-check'
import { Address4, Address6 } from 'ip-address'
import { expect, test } from 'vitest'
import {
  formatAddress,
  formatPrefix,
  maskAddress,
  parseAddress,
  parsePrefix,
} from '../../../bgp/wire/index.ts'

const octets4 = fc.uint8Array({ minLength: 4, maxLength: 4 })
/** Addresses rich in zeros, where `::` has to be placed. */
const octets6 = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.constant(0xffff), fc.nat(0xffff)), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])))
const octets = fc.oneof(octets4, octets6)
const addressLike = fc.string({ unit: fc.constantFrom(...'0123459afF::..%/ x'), maxLength: 24 })

test('text of any address reads back as the same octets', () => {
  fc.assert(
    fc.property(octets, (address) => {
      expect(parseAddress(formatAddress(address))).toEqual(address)
    }),
  )
})

test('IPv4 text agrees with an independent implementation', () => {
  fc.assert(
    fc.property(octets4, (address) => {
      expect(formatAddress(address)).toBe(Address4.fromByteArray([...address]).correctForm())
    }),
  )
})

test('IPv6 text agrees with an independent implementation', () => {
  fc.assert(
    fc.property(octets6, (address) => {
      const twin = Address6.fromUnsignedByteArray([...address])
      const mapped = address.subarray(0, 12).join() === '0,0,0,0,0,0,0,0,0,0,255,255'
      const expected = mapped ? `::ffff:${[...address.subarray(12)].join('.')}` : twin.correctForm()
      expect(formatAddress(address)).toBe(expected)
    }),
  )
})

test('uncompressed and upper-case IPv6 text reads as the same octets', () => {
  fc.assert(
    fc.property(octets6, (address) => {
      const twin = Address6.fromUnsignedByteArray([...address])
      expect(parseAddress(twin.canonicalForm())).toEqual(address)
      expect(parseAddress(twin.canonicalForm().toUpperCase())).toEqual(address)
      expect(
        parseAddress(`${twin.canonicalForm().slice(0, 29)}:${[...address.subarray(12)].join('.')}`),
      ).toEqual(address)
    }),
  )
})

test('what is no address to an independent implementation is none here', () => {
  fc.assert(
    fc.property(addressLike, (text) => {
      const valid = text.includes(':') ? Address6.isValid(text) : Address4.isValid(text)
      if (!valid) expect(parseAddress(text)).toBeUndefined()
    }),
    { numRuns: 2000 },
  )
})

test.each([
  '',
  '1.2.3',
  '1.2.3.4.5',
  '1..2.3',
  '.1.2.3',
  '1.2.3.',
  '1.2.3.256',
  '01.2.3.4',
  '1.2.3.00',
  '1.2.3.4 ',
  '+1.2.3.4',
  '1.2.3.4/32',
  '1.2.3.4e0',
  ':',
  ':::',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7:8::',
  '::1:2:3:4:5:6:7:8',
  '1:2:3:4::5:6:7:8',
  '1::2::3',
  ':1::2',
  '1::2:',
  '12345::',
  '::g',
  '::1.2.3',
  '::1.2.3.4:5',
  '1:2:3:4:5:6:7:1.2.3.4',
  '::ffff:01.2.3.4',
  'fe80::1%eth0',
  '[::1]',
])('%j is no address', (text) => expect(parseAddress(text)).toBeUndefined())

test.each([
  ['0.0.0.0', '0.0.0.0'],
  ['::', '::'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['2001:DB8::0001', '2001:db8::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['::ffff:c000:0201', '::ffff:192.0.2.1'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
])('%s is written %s (RFC 5952)', (text, canonical) => {
  const address = parseAddress(text)
  expect(address && formatAddress(address)).toBe(canonical)
})

test('formatAddress refuses octets that are no address', () => {
  expect(() => formatAddress(new Uint8Array(5))).toThrow(RangeError)
})

test('a masked address is a prefix, and reads back', () => {
  fc.assert(
    fc.property(octets, fc.nat(128), (address, wanted) => {
      const length = Math.min(wanted, address.length * 8)
      const masked = maskAddress(address, length)
      const bits = (octets: Uint8Array) =>
        [...octets].map((octet) => octet.toString(2).padStart(8, '0')).join('')
      expect(bits(masked)).toBe(
        bits(address)
          .slice(0, length)
          .padEnd(address.length * 8, '0'),
      )
      expect(parsePrefix(formatPrefix(masked, length))).toEqual({
        family: address.length === 4 ? 'ipv4' : 'ipv6',
        address: masked,
        length,
      })
    }),
  )
})

test('host bits make a prefix no prefix', () => {
  fc.assert(
    fc.property(octets, fc.nat(127), (address, wanted) => {
      const length = Math.min(wanted, address.length * 8 - 1)
      const clear = maskAddress(address, length).join() === address.join()
      expect(parsePrefix(formatPrefix(address, length)) !== undefined).toBe(clear)
    }),
  )
})

test.each([
  '10.0.0.0',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0.0/08',
  '10.0.0.0/+8',
  '10.0.0.0/8/8',
  '::/129',
  '::/1e1',
  '/8',
])('%j is no prefix', (text) => expect(parsePrefix(text)).toBeUndefined())
