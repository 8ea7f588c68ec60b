/**
 * What the Secret of the webhook holds, and when which part of it is due. Those who call the webhook trust a bundle of
 * authorities, and it takes a while until all of them have heard of a new one. So a change of authority has three
 * steps, each an hour after the one before: the new authority joins the bundle, it signs the certificate, the old one
 * leaves. At each moment the certificate in use, of this replica or of the other, is signed by one in every bundle.
 */
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { issue, makeAuthority } from './certificates.ts'
import type { KeyPair } from './types.ts'

export interface KeyRing {
  /** The certificates of the authorities, newest first, in PEM; what callers are told to trust. */
  readonly authorities: readonly string[]
  /** Of the newest authority; the others sign nothing any more. */
  readonly authorityKey: string
  readonly serving: KeyPair
}

/** The steps that are due, in order. */
export interface Due {
  readonly authority: boolean
  readonly serving: boolean
  /** Those that stay in the bundle. */
  readonly kept: readonly string[]
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const AUTHORITY_DAYS = 730
const SERVING_DAYS = 90
/** How long it takes at most until everybody has heard of a change. */
export const SPREAD_MS = HOUR_MS

/** @param names of the server. @param now milliseconds since 1970 */
export function whatIsDue(ring: KeyRing, names: readonly string[], now: number): Due {
  const [newest, ...older] = ring.authorities.map((pem) => new X509Certificate(pem))
  const serving = new X509Certificate(ring.serving.cert)
  if (newest === undefined) return { authority: true, serving: true, kept: [] }
  const issuer = [newest, ...older].find((authority) => serving.checkIssued(authority))
  const unusable =
    issuer === undefined || !names.every((name) => isFor(serving, name)) || left(serving, now) <= 0
  const settled = age(newest, now) >= SPREAD_MS
  const old = left(serving, now) < (SERVING_DAYS * DAY_MS) / 3 || issuer !== newest
  const leaving = issuer === newest && age(serving, now) >= SPREAD_MS
  return {
    authority: left(newest, now) < (AUTHORITY_DAYS * DAY_MS) / 2,
    serving: unusable || (settled && old),
    kept: ring.authorities.filter((_, at) => at === 0 || !(leaving || left(older[at - 1], now) <= 0)),
  }
}

const isFor = (certificate: X509Certificate, name: string): boolean =>
  (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined

/** Certificates are valid from an hour before they were made. */
const age = ({ validFromDate }: X509Certificate, now: number): number =>
  now - validFromDate.getTime() - HOUR_MS

const left = (certificate: X509Certificate | undefined, now: number): number =>
  certificate === undefined ? 0 : certificate.validToDate.getTime() - now

/** The ring as it should be now; the same object when nothing is due. @param ring absent: there is none yet. */
export async function renew(
  ring: KeyRing | undefined,
  names: readonly string[],
  now: number,
): Promise<KeyRing> {
  if (ring === undefined) return begin(names, now)
  const due = whatIsDue(ring, names, now)
  if (!due.authority && !due.serving && due.kept.length === ring.authorities.length) return ring
  const newest = { cert: ring.authorities[0] ?? '', key: ring.authorityKey }
  const authority = due.authority ? await newAuthority(now) : undefined
  // Nobody has heard of the new one yet, but an expired one convinces nobody either.
  const signer =
    authority !== undefined && left(new X509Certificate(newest.cert), now) <= 0 ? authority : newest
  return {
    authorities: authority === undefined ? due.kept : [authority.cert, ...due.kept],
    authorityKey: (authority ?? newest).key,
    serving: due.serving ? await newServing(signer, names, now) : ring.serving,
  }
}

async function begin(names: readonly string[], now: number): Promise<KeyRing> {
  const authority = await newAuthority(now)
  return {
    authorities: [authority.cert],
    authorityKey: authority.key,
    serving: await newServing(authority, names, now),
  }
}

/** Each has a name of its own, or they would be taken for one another. */
const newAuthority = (now: number): Promise<KeyPair> =>
  makeAuthority({
    subject: `oyez-webhook-authority-${crypto.randomUUID().slice(0, 8)}`,
    days: AUTHORITY_DAYS,
    now,
  })

const newServing = (authority: KeyPair, names: readonly string[], now: number): Promise<KeyPair> =>
  issue(authority, names, { subject: 'oyez-webhook', days: SERVING_DAYS, now })
