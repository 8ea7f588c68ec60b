import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { expect, test } from 'vitest'
import { selfSigned } from '../../../src/webhook/certificates.ts'
import { type KeyRing, renew, SPREAD_MS } from '../../../src/webhook/key-ring.ts'
import { fromSecretData, toSecretData } from '../../../src/webhook/key-secret.ts'

const NAMES = ['oyez-webhook.oyez-system.svc', '127.0.0.1']
const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.UTC(2026, 0, 1)

/** As a TLS client judges it. */
function convinces(certificate: string, bundle: readonly string[], now: number): boolean {
  const leaf = new X509Certificate(certificate)
  const isValid = (one: X509Certificate) =>
    one.validFromDate.getTime() <= now && now <= one.validToDate.getTime()
  return (
    isValid(leaf) &&
    NAMES.every((name) => (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined) &&
    bundle
      .map((pem) => new X509Certificate(pem))
      .some(
        (authority) => isValid(authority) && leaf.checkIssued(authority) && leaf.verify(authority.publicKey),
      )
  )
}

test('the first ring convinces at once, also a client whose clock is behind', async () => {
  const { serving, authorities } = await renew(undefined, NAMES, START)
  expect(authorities).toHaveLength(1)
  expect(convinces(serving.cert, authorities, START)).toBe(true)
  expect(convinces(serving.cert, authorities, START - HOUR + 1000)).toBe(true)
  expect(new X509Certificate(serving.cert).checkPrivateKey(createPrivateKey(serving.key))).toBe(true)
})

test('nothing is due most of the time', async () => {
  const ring = await renew(undefined, NAMES, START)
  expect(await renew(ring, NAMES, START)).toBe(ring)
  expect(await renew(ring, NAMES, START + 59 * DAY)).toBe(ring)
})

test('over years, whoever is an hour behind with either part is still convinced', {
  timeout: 30_000,
}, async () => {
  const history: { at: number; ring: KeyRing }[] = []
  let ring: KeyRing | undefined
  for (let now = START; now < START + 1200 * DAY; now += DAY) {
    // Where something happens, look as closely as a replica does.
    for (let close = 0; close < 5; close++) {
      const at = now + (close * HOUR) / 2
      const before = ring
      ring = await renew(ring, NAMES, at)
      if (before === ring) break
      history.push({ at, ring })
    }
  }
  expect(history.length).toBeGreaterThan(20)
  for (const { at } of history)
    for (const moment of [at, at + SPREAD_MS / 2, at + SPREAD_MS - 1]) {
      const recent = history.filter((entry) => entry.at <= moment && entry.at > moment - SPREAD_MS)
      const standing = history.findLast((entry) => entry.at <= moment - SPREAD_MS)
      const inUse = [...(standing ? [standing] : []), ...recent].map((entry) => entry.ring)
      for (const server of inUse)
        for (const client of inUse)
          expect(convinces(server.serving.cert, client.authorities, moment)).toBe(true)
    }
  const authorities = new Set(history.flatMap((entry) => entry.ring.authorities))
  expect(authorities.size).toBeGreaterThan(2)
  expect(history.at(-1)?.ring.authorities.length).toBeLessThanOrEqual(2)
})

test('a certificate for other names is replaced at once, by the authority that is known', async () => {
  const ring = await renew(undefined, ['other.example'], START)
  const { serving, authorities } = await renew(ring, NAMES, START + 1000)
  expect(authorities).toEqual(ring.authorities)
  expect(convinces(serving.cert, ring.authorities, START + 1000)).toBe(true)
})

test('after a sleep of years everything is new', async () => {
  const ring = await renew(undefined, NAMES, START)
  const now = START + 3000 * DAY
  const { serving, authorities } = await renew(ring, NAMES, now)
  expect(convinces(serving.cert, authorities, now)).toBe(true)
})

test('the Secret holds it whole', async () => {
  const ring = await renew(undefined, NAMES, START)
  const two = {
    ...ring,
    authorities: [...ring.authorities, (await renew(undefined, NAMES, START)).authorities[0] ?? ''],
  }
  expect(fromSecretData(toSecretData(two))).toEqual(two)
})

test('a Secret that cannot be used counts as empty', async () => {
  const data = toSecretData(await renew(undefined, NAMES, START))
  const other = toSecretData(await renew(undefined, NAMES, START))
  for (const broken of [
    undefined,
    null,
    'text',
    {},
    { ...data, 'tls.key': undefined },
    { ...data, 'tls.key': other['tls.key'] },
    { ...data, 'ca.key': other['ca.key'] },
    { ...data, 'ca.crt': Buffer.from('nonsense').toString('base64') },
    { ...data, 'tls.crt': '%%%' },
  ])
    expect(fromSecretData(broken)).toBeUndefined()
})

test('a certificate that vouches for itself', async () => {
  const { cert, key } = await selfSigned(['localhost', '::1'], 30, START)
  const certificate = new X509Certificate(cert)
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.checkHost('localhost')).toBe('localhost')
  expect(certificate.checkIP('::1')).toBe('::1')
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true)
  expect(certificate.validToDate.getTime()).toBe(START + 30 * DAY)
})
