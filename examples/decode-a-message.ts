// What a BGP session would make of octets from a capture; without an argument, of the sample below:
//   node examples/decode-a-message.ts [HEX]
import { examine, fromHex, type SessionContext } from 'oyez/bgp'

/** An UPDATE: 203.0.113.1/32 via 192.0.2.2, AS path 64513. */
const SAMPLE = `ffffffffffffffffffffffffffffffff 0030 02 0000 0014
  40010100 400206 0201 0000fc01 400304 c0000202 20cb007101`

/** What both OPENs agreed on; it decides how AS numbers and prefixes are written. */
const session: SessionContext = {
  as4: true,
  ebgp: true,
  extendedMessages: false,
  addPath: new Set(),
  families: new Set(['ipv4', 'ipv6']),
}

const octets = fromHex((process.argv[2] ?? SAMPLE).replaceAll(/\s/g, ''))
if (octets === undefined) throw new Error('this is not hex')

const { type, message, outcome } = examine(octets, session)
console.log(`${type}: ${outcome.action}`)
for (const reason of outcome.reasons) console.log(`  ${reason}`)
console.log(JSON.stringify(message, null, 2))
