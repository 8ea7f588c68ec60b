import { attributeName } from './attributes/index.ts'
import { capabilityName } from './capabilities.ts'
import { Cease, ErrorCode, errorName, HeaderError, OpenError } from './error-codes.ts'
import { familyName, readFamilyId, unicast, writeFamilyId } from './family.ts'
import { frameMessage } from './header.ts'
import { toHex } from './hex.ts'
import { Reader, ShortRead } from './reader.ts'
import { decodeShutdownText } from './shutdown.ts'
import { type Family, MAX_MESSAGE, MessageType, type Notification } from './types.ts'
import { Writer } from './writer.ts'

/** NOTIFICATION between octets and values (RFC 4271 section 4.5), and in words. */

export interface NotificationMessage extends Notification {
  readonly type: 'NOTIFICATION'
}

/** Header, code and subcode. */
const FIXED_LENGTH = 21
/** So much of data that means nothing to us is shown. */
const SHOWN_OCTETS = 32

/** Decodes what follows the header, which has seen to it that code and subcode are there. */
export function decodeNotification(body: Reader): NotificationMessage {
  return { type: 'NOTIFICATION', code: body.u8(), subcode: body.u8(), data: body.rest() }
}

/** The whole message. Data that would make it longer than every peer must accept is cut. */
export function encodeNotification({ code, subcode, data }: Notification): Uint8Array {
  const kept = data.subarray(0, MAX_MESSAGE - FIXED_LENGTH)
  return frameMessage(MessageType.notification, Uint8Array.of(code, subcode, ...kept))
}

/** The NOTIFICATION inside Cease/Hard Reset (RFC 8538 section 3), if it is one and whole. */
function hardResetReason({ code, subcode, data }: Notification): Notification | undefined {
  const [inner, innerSubcode] = data
  if (code !== ErrorCode.cease || subcode !== Cease.hardReset) return undefined
  if (inner === undefined || innerSubcode === undefined) return undefined
  return { code: inner, subcode: innerSubcode, data: data.subarray(2) }
}

/** What is odd about a NOTIFICATION that is heeded all the same. */
export function* notificationRemarks(notification: Notification): Iterable<string> {
  const { code, subcode, data } = notification
  if (code !== ErrorCode.cease) return
  if (subcode === Cease.hardReset && hardResetReason(notification) === undefined) {
    yield 'a hard reset should hold the error it is about (RFC 8538 section 3)'
  }
  const hasText = subcode === Cease.administrativeShutdown || subcode === Cease.administrativeReset
  if (hasText && decodeShutdownText(data) === undefined) {
    yield 'the shutdown communication cannot be read (RFC 9003 section 4)'
  }
}

/**
 * For people: the error's name, and what its data says, made safe to show: the shutdown communication where there is
 * one (RFC 9003).
 */
export function describeNotification(notification: Notification): {
  readonly name: string
  readonly text?: string
} {
  const name = errorName(notification.code, notification.subcode)
  const inner = hardResetReason(notification)
  // Only once: a hard reset about a hard reset, and so on, is somebody trying how deep we go.
  const { code, subcode, data } = inner ?? notification
  const shown = inner === undefined ? name : `${name} (${errorName(code, subcode)})`
  const text = data.length === 0 ? '' : dataText(code, subcode, data)
  return text === '' ? { name: shown } : { name: shown, text }
}

function dataText(code: number, subcode: number, data: Uint8Array): string {
  try {
    const read = readers[code]?.[subcode] ?? (code === ErrorCode.update ? attributeText : hexText)
    return read(data)
  } catch (error) {
    if (error instanceof ShortRead) return hexText(data)
    throw error
  }
}

type DataReader = (data: Uint8Array) => string

const readers: Readonly<Record<number, Readonly<Record<number, DataReader>>>> = {
  [ErrorCode.header]: {
    [HeaderError.badLength]: (data) => `length ${new Reader(data).u16()}`,
    [HeaderError.badType]: (data) => `type ${data[0]}`,
  },
  [ErrorCode.open]: {
    [OpenError.unsupportedVersion]: (data) => `version ${new Reader(data).u16()} is supported`,
    // RFC 4271 asks for no data with these two, but routers send what they objected to.
    [OpenError.badPeerAs]: (data) => `AS ${bigEndian(data)}`,
    [OpenError.unacceptableHoldTime]: (data) => `hold time ${bigEndian(data)}`,
    [OpenError.unsupportedCapability]: capabilityText,
  },
  [ErrorCode.cease]: {
    [Cease.maximumPrefixes]: prefixLimitText,
    [Cease.administrativeShutdown]: shutdownText,
    [Cease.administrativeReset]: shutdownText,
  },
}

function bigEndian(data: Uint8Array): number {
  const reader = new Reader(data)
  return data.length > 2 ? reader.u32() : reader.u16()
}

function shutdownText(data: Uint8Array): string {
  return decodeShutdownText(data) ?? hexText(data)
}

/** Data of Cease/Maximum Number of Prefixes Reached (RFC 4486 section 4): the family, and how many it may have. */
export function encodePrefixLimit(family: Family, limit: number): Uint8Array {
  const data = new Writer()
  writeFamilyId(data, unicast(family))
  return data.u32(limit).done()
}

function prefixLimitText(data: Uint8Array): string {
  const reader = new Reader(data)
  const family = familyName(readFamilyId(reader))
  return `${family}: at most ${reader.u32()} prefixes`
}

/** RFC 5492 section 5. */
function capabilityText(data: Uint8Array): string {
  const reader = new Reader(data)
  const names: string[] = []
  while (reader.remaining > 0) {
    names.push(capabilityName(reader.u8()))
    reader.sub(reader.u8())
  }
  return [...new Set(names)].join(', ')
}

/** RFC 4271 section 6.3: mostly the attribute at fault, its type behind its flags. */
function attributeText(data: Uint8Array): string {
  const [, type] = data
  return type === undefined ? hexText(data) : `${attributeName(type)}: ${hexText(data)}`
}

function hexText(data: Uint8Array): string {
  const shown = toHex(data.subarray(0, SHOWN_OCTETS))
  return data.length > SHOWN_OCTETS ? `data ${shown}... (${data.length} octets)` : `data ${shown}`
}
