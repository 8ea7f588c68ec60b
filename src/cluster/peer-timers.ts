/** holdTime, keepaliveTime and connectTime of a BGPPeer, in whole seconds (a fraction is cut off). */
import { quote } from './diagnostics.ts'
import { parseDuration } from './durations.ts'
import type { PeerSpec } from './peer-schema.ts'
import type { Report } from './report.ts'
import type { BgpPeer } from './types.ts'

type Field = 'holdTime' | 'keepaliveTime' | 'connectTime'
type Timers = Pick<BgpPeer, Field>

const LONGEST = 65_535

export function readTimers(spec: PeerSpec, report: Report): Timers {
  const holdTime = readHoldTime(spec, report)
  const keepaliveTime = readKeepaliveTime(spec, holdTime, report)
  const connectTime = readConnectTime(spec, report)
  return {
    ...(holdTime !== undefined && { holdTime }),
    ...(keepaliveTime !== undefined && { keepaliveTime }),
    ...(connectTime !== undefined && { connectTime }),
  }
}

function readSeconds(spec: PeerSpec, field: Field, report: Report): number | undefined {
  const text = spec[field]
  if (!text) return undefined
  const seconds = parseDuration(text)
  if (seconds !== undefined && seconds >= 0 && seconds < LONGEST + 1) return seconds
  const message = seconds === undefined ? 'is not a duration' : `is not from 0s to ${LONGEST}s`
  const hint = /^\d+$/.test(text) ? `did you mean ${quote(`${text}s`)}?` : 'write e.g. "90s" or "1m30s"'
  report.error('InvalidDuration', ['spec', field], `${quote(text)} ${message}`, hint)
  return undefined
}

/** RFC 4271 section 4.2: zero or at least three seconds. */
function readHoldTime(spec: PeerSpec, report: Report): number | undefined {
  const path = ['spec', 'holdTime']
  const seconds = readSeconds(spec, 'holdTime', report)
  if (seconds === undefined) return undefined
  if (seconds > 0 && seconds < 3) {
    const message = `${quote(spec.holdTime ?? '')} is neither 0s nor at least 3s (RFC 4271)`
    report.error('OutOfRange', path, message, 'write at least "3s"')
  }
  if (seconds === 0) {
    const message = 'a holdTime of 0s turns hold and keepalive timers off: a dead router is never noticed'
    report.warning('TimersOff', path, message, 'remove holdTime for the default of 90s')
  }
  return Math.floor(seconds)
}

/** MetalLB prints an unset keepalive time as 0s; with a hold time it means a third of that. */
function readKeepaliveTime(spec: PeerSpec, holdTime: number | undefined, report: Report): number | undefined {
  const seconds = readSeconds(spec, 'keepaliveTime', report)
  if (seconds === undefined || seconds === 0) return undefined
  const path = ['spec', 'keepaliveTime']
  const written = quote(spec.keepaliveTime ?? '')
  if (seconds < 1)
    report.error('OutOfRange', path, `${written} is less than 1s`, 'write at least "1s", or remove it')
  if (holdTime !== undefined && seconds > holdTime) {
    const hold = `holdTime ${quote(spec.holdTime ?? '')}`
    report.error('OutOfRange', path, `${written} is longer than ${hold}`, 'a third of holdTime is usual')
  }
  if (holdTime === undefined && seconds * 3 > LONGEST)
    report.error('OutOfRange', path, `${written} makes a holdTime of three times as much, over ${LONGEST}s`)
  return Math.floor(seconds)
}

function readConnectTime(spec: PeerSpec, report: Report): number | undefined {
  const seconds = readSeconds(spec, 'connectTime', report)
  if (seconds === undefined || (seconds >= 1 && Number.isInteger(seconds))) return seconds
  const message = `${quote(spec.connectTime ?? '')} is not a whole number of seconds from 1s to ${LONGEST}s`
  report.error('OutOfRange', ['spec', 'connectTime'], message, 'e.g. "90s"')
  return undefined
}
