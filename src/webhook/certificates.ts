/**
 * Certificates as they are made: ECDSA P-256, valid from an hour ago, since clocks differ. The library is loaded when
 * the first one is made, which most processes never do.
 */
import './reflect.ts'
import type { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import type * as X509 from '@peculiar/x509'
import type { KeyPair } from './types.ts'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export interface CertificateWish {
  /** The common name of the subject. */
  readonly subject: string
  readonly days: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/** An authority that signs servers' certificates and nothing below them. */
export async function makeAuthority(wish: CertificateWish): Promise<KeyPair> {
  const x509 = await import('@peculiar/x509')
  const keys = await makeKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(wish),
    name: `CN=${wish.subject}`,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return toPem(certificate, keys)
}

/** @param names DNS names and IP addresses. Rejects when the authority is not one. */
export async function issue(
  authority: KeyPair,
  names: readonly string[],
  wish: CertificateWish,
): Promise<KeyPair> {
  const x509 = await import('@peculiar/x509')
  const issuer = new x509.X509Certificate(authority.cert)
  const keys = await makeKeys()
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(wish),
    subject: `CN=${wish.subject}`,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await readKey(authority.key),
    extensions: [
      ...serverExtensions(x509, names),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  })
  return toPem(certificate, keys)
}

/** A certificate that vouches for itself, for servers whose clients do not check. @param names DNS names and IP addresses */
export async function selfSigned(
  names: readonly string[],
  days: number,
  now: number = Date.now(),
): Promise<KeyPair> {
  const x509 = await import('@peculiar/x509')
  const keys = await makeKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity({ days, now }),
    name: 'CN=oyez',
    keys,
    extensions: serverExtensions(x509, names),
  })
  return toPem(certificate, keys)
}

const makeKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

const validity = ({ days, now }: Pick<CertificateWish, 'days' | 'now'>) => ({
  notBefore: new Date(now - HOUR_MS),
  notAfter: new Date(now + days * DAY_MS),
  signingAlgorithm: ALGORITHM,
})

const serverExtensions = (x509: typeof X509, names: readonly string[]): X509.Extension[] => [
  new x509.BasicConstraintsExtension(false, undefined, true),
  new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
  new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
  new x509.SubjectAlternativeNameExtension(
    names.map((name) => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
  ),
]

async function toPem(certificate: X509.X509Certificate, keys: webcrypto.CryptoKeyPair): Promise<KeyPair> {
  const x509 = await import('@peculiar/x509')
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`,
  }
}

async function readKey(pem: string): Promise<webcrypto.CryptoKey> {
  const x509 = await import('@peculiar/x509')
  return crypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), ALGORITHM, false, ['sign'])
}
