import { Writer } from '../writer.ts'
import { Flag } from './row.ts'

/**
 * Flags, type and length of an attribute whose value is to follow. Two octets of length only where one does not do,
 * so an attribute of a given length always takes the same room (RFC 4271 section 4.3).
 */
export function attributeHeader(type: number, flags: number, length: number): Writer {
  const kept = flags & (Flag.optional | Flag.transitive | Flag.partial)
  if (length > 0xffff) throw new RangeError(`attribute ${type} of ${length} octets`)
  if (length > 0xff)
    return new Writer()
      .u8(kept | Flag.extendedLength)
      .u8(type)
      .u16(length)
  return new Writer().u8(kept).u8(type).u8(length)
}
