import { type Cause, NO_ANSWER } from './fsm/index.ts'
import { Cease, describeNotification, ErrorCode, type Notification, OpenError } from './wire/index.ts'

/** How a session ended, in words that help: what was said, by whom, and where to look. Pure. */

export interface EndingFacts {
  readonly localAsn: number
  /** What our OPEN offered. */
  readonly offered: readonly string[]
  /** The peer has sent something on this connection. */
  readonly heardAnything: boolean
  /** Our OPEN has been sent on this connection. */
  readonly openSent: boolean
  /** A TCP MD5 key is configured. */
  readonly keyed: boolean
}

export interface Ending {
  readonly direction: 'received' | 'sent' | 'local'
  readonly text: string
}

/** An operator wanted the end, or the session goes on over the other connection (RFC 4271 section 6.8). */
export function isWanted({ by }: Cause): boolean {
  return by === 'operator' || by === 'collision'
}

export function describeEnding(cause: Cause, facts: EndingFacts): Ending {
  switch (cause.by) {
    case 'peer':
      return {
        direction: 'received',
        text: withHint(inWords(cause.notification), peersHint(cause.notification, facts)),
      }
    case 'us':
      return { direction: 'sent', text: `${inWords(cause.notification)}: ${cause.reason}` }
    case 'operator':
      return { direction: 'sent', text: inWords(cause.notification) }
    case 'collision':
      return { direction: 'local', text: 'a duplicate connection was closed (RFC 4271 section 6.8)' }
    case 'transport':
      return {
        direction: 'local',
        text: withHint(cause.error ?? 'connection lost', transportHint(cause.error, facts)),
      }
  }
}

function inWords(notification: Notification): string {
  const { name, text } = describeNotification(notification)
  return text === undefined ? name : `${name}: ${text}`
}

function withHint(text: string, hint: string | undefined): string {
  return hint === undefined ? text : `${text} (${hint})`
}

function peersHint({ code, subcode }: Notification, { localAsn, offered }: EndingFacts): string | undefined {
  if (code === ErrorCode.open) {
    if (subcode === OpenError.badPeerAs) return `the peer expects another AS than our ${localAsn}`
    const isAboutOffer =
      subcode === OpenError.unsupportedParameter || subcode === OpenError.unsupportedCapability
    return isAboutOffer ? `our OPEN offered ${listed(offered)}` : undefined
  }
  if (code === ErrorCode.cease && subcode === Cease.connectionCollision)
    return 'if this goes on, another BGP speaker on this host may hold the session'
  return undefined
}

function transportHint(error: string | undefined, facts: EndingFacts): string | undefined {
  const { heardAnything, openSent, offered, keyed } = facts
  if (error === NO_ANSWER) {
    const key = keyed ? 'check the password on both sides' : 'the router may require a password (TCP MD5)'
    return `is the router up and reachable? if it is, ${key}`
  }
  if (heardAnything || !openSent) return undefined
  return `right after our OPEN: the peer may not know us, or dislike a capability; we offered ${listed(offered)}`
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'no capabilities' : names.join(', ')
}
