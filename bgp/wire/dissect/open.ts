import { formatAddress } from '../address.ts'
import { capabilityName, decodeCapability } from '../capabilities.ts'
import { capabilityDetail } from '../capability-words.ts'
import { ProtocolError } from '../errors.ts'
import { Reader } from '../reader.ts'
import { type Dissection, hexText, upTo } from './dissection.ts'

/** An OPEN, field by field (RFC 4271 section 4.2, RFC 5492 section 4, RFC 9072 section 2). */

const EXTENDED = 255
const CAPABILITIES_PARAMETER = 2

export function dissectOpen(to: Dissection, body: Reader): void {
  to.number(body, 1, 'version')
  to.number(body, 2, 'my AS')
  to.number(body, 2, 'hold time', (seconds) => `${seconds} s`)
  to.field(body, 4, 'identifier', formatAddress)
  const length = to.number(body, 1, 'optional parameters length')
  const isExtended = length > 0 && body.peek() === EXTENDED
  if (isExtended) {
    to.number(body, 1, 'extended form', () => 'lengths of 2 octets (RFC 9072)')
    to.number(body, 2, 'optional parameters length')
  }
  while (body.remaining > 0) dissectParameter(to, body, isExtended ? 2 : 1)
}

function dissectParameter(to: Dissection, body: Reader, width: number): void {
  const type = to.number(body, 1, 'parameter', (code) =>
    code === CAPABILITIES_PARAMETER ? 'capabilities' : `${code}`,
  )
  const length = to.number(body, width, 'parameter length')
  to.part(upTo(body, length), 'parameter value', '', (value) => {
    if (type !== CAPABILITIES_PARAMETER) return
    while (value.remaining > 0) dissectCapability(to, value)
  })
}

function dissectCapability(to: Dissection, parameter: Reader): void {
  const code = to.number(parameter, 1, 'capability', capabilityName)
  const length = to.number(parameter, 1, 'capability length')
  if (length > 0) to.field(parameter, length, 'capability value', (octets) => capabilityText(code, octets))
}

function capabilityText(code: number, octets: Uint8Array): string {
  try {
    return capabilityDetail(decodeCapability(code, new Reader(octets)))
  } catch (error) {
    if (error instanceof ProtocolError) return `${hexText(octets)} (${error.message})`
    throw error
  }
}
