import { ProtocolError } from '../../bgp/wire/errors.ts'
import { fromHex, toHex } from '../../bgp/wire/hex.ts'
import { Reader } from '../../bgp/wire/reader.ts'
import type { Family, SessionContext } from '../../bgp/wire/types.ts'
import { type DecodedUpdate, decodeUpdate } from '../../bgp/wire/update.ts'

/** UPDATEs built by hand from hex, for tests that must be able to say anything, right or wrong. */

interface ContextOptions {
  readonly as4?: boolean
  readonly ebgp?: boolean
  readonly addPath?: readonly Family[]
  readonly families?: readonly Family[]
}

export function context(options: ContextOptions = {}): SessionContext {
  return {
    as4: options.as4 ?? true,
    ebgp: options.ebgp ?? true,
    extendedMessages: false,
    addPath: new Set(options.addPath ?? []),
    families: new Set(options.families ?? ['ipv4', 'ipv6']),
  }
}

export function octets(hex: string): Uint8Array {
  const parsed = fromHex(hex.replaceAll(' ', ''))
  if (parsed === undefined) throw new Error(`not hex: ${hex}`)
  return parsed
}

/** The body of an UPDATE; the two length fields are added. */
export function updateBody(parts: { withdrawn?: string; attributes?: string; nlri?: string }): Uint8Array {
  const sized = (hex = '') => {
    const plain = hex.replaceAll(' ', '')
    return (plain.length / 2).toString(16).padStart(4, '0') + plain
  }
  return octets(sized(parts.withdrawn) + sized(parts.attributes) + (parts.nlri ?? ''))
}

export function decodeBody(body: Uint8Array, ctx: SessionContext = context()): DecodedUpdate {
  return decodeUpdate(new Reader(body), ctx)
}

/** What came of a body, in one line: the action, or code/subcode and data of the reset. */
export function outcomeOf(
  body: Uint8Array,
  ctx: SessionContext = context(),
): { outcome: string; reasons: string } {
  try {
    const { action, faults } = decodeBody(body, ctx)
    return { outcome: action, reasons: faults.map(({ reason }) => reason).join('; ') }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    const { code, subcode, data } = error.notification
    return { outcome: `${code}/${subcode} ${toHex(data)}`.trim(), reasons: error.message }
  }
}
