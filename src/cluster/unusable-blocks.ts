/** Addresses that no service can have, because routers and hosts take them for something else (RFC 6890). */
import { parsePrefix } from '../../bgp/wire/index.ts'
import { type Interval, intervalOf } from './intervals.ts'

const UNUSABLE: Readonly<Record<string, string>> = {
  '0.0.0.0/8': '"this network"',
  '127.0.0.0/8': 'loopback',
  '224.0.0.0/4': 'multicast',
  '255.255.255.255/32': 'broadcast',
  '::/127': 'unspecified and loopback',
  'fe80::/10': 'link-local',
  'ff00::/8': 'multicast',
}

const BLOCKS = Object.entries(UNUSABLE).flatMap(([text, name]) => {
  const prefix = parsePrefix(text)
  return prefix === undefined ? [] : [{ text, name, ...intervalOf(prefix.address, prefix.length) }]
})

/** `127.0.0.0/8 (loopback)`, each that the interval shares an address with. */
export const unusableIn = ({ family, first, last }: Interval): readonly string[] =>
  BLOCKS.filter((block) => block.family === family && first <= block.last && block.first <= last).map(
    ({ text, name }) => `${text} (${name})`,
  )
