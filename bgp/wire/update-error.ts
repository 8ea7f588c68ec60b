import { ErrorCode } from './error-codes.ts'
import { ProtocolError } from './errors.ts'

/** Subcodes of UPDATE Message Error that RFC 7606 has left in use (RFC 4271 section 6.3). */
const UpdateError = {
  malformedAttributeList: 1,
  unrecognizedWellKnown: 2,
  optionalAttribute: 9,
  invalidNetworkField: 10,
} as const

/** The end of a session over an UPDATE. */
export function updateError(
  subcode: keyof typeof UpdateError,
  reason: string,
  data?: Uint8Array,
): ProtocolError {
  return new ProtocolError(ErrorCode.update, UpdateError[subcode], reason, data)
}
