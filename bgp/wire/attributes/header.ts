import { Flag } from './row.ts'

/** Flags, type and length of an attribute; two octets of length only where one does not do (RFC 4271 section 4.3). */
export function attributeHeader(type: number, flags: number, length: number): number[] {
  const kept = flags & (Flag.optional | Flag.transitive | Flag.partial)
  if (length > 0xffff) throw new RangeError(`attribute ${type} of ${length} octets`)
  if (length > 0xff) return [kept | Flag.extendedLength, type, length >> 8, length & 0xff]
  return [kept, type, length]
}
