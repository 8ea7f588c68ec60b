/** Addresses as decisions need them: the prefix they are announced in, and whether a router can use them. */
import { familyOf, formatPrefix, maskAddress, parseAddress } from '../../bgp/wire/index.ts'

const FULL_LENGTH = { ipv4: 32, ipv6: 128 } as const

/** The canonical prefix of the given length that holds the (canonical) address. */
export function prefixOf(address: string, length: number): string {
  if (length === FULL_LENGTH[familyOf(address)]) return `${address}/${length}`
  const octets = parseAddress(address)
  if (octets === undefined) throw new RangeError(`not an address: ${address}`)
  return formatPrefix(maskAddress(octets, length), length)
}

/** Neither loopback nor link-local nor unspecified: an address another router can resolve as a next hop. */
export function isGlobal(address: string): boolean {
  const octets = parseAddress(address)
  if (octets === undefined) return false
  const [a = 0, b = 0] = octets
  if (octets.length === 4) return a !== 0 && a !== 127 && a < 224 && !(a === 169 && b === 254)
  return (
    !(a === 0xfe && (b & 0xc0) === 0x80) && a !== 0xff && octets.subarray(0, 15).some((octet) => octet !== 0)
  )
}
