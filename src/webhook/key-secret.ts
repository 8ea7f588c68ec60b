/** The Secret that the replicas share, in the keys that people know from other Secrets with certificates. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyRing } from './key-ring.ts'

export type SecretData = Readonly<Record<'ca.crt' | 'ca.key' | 'tls.crt' | 'tls.key', string>>

/** base64, as `data` of a Secret wants it. */
export const toSecretData = ({ authorities, authorityKey, serving }: KeyRing): SecretData => ({
  'ca.crt': encode(authorities.join('')),
  'ca.key': encode(authorityKey),
  'tls.crt': encode(serving.cert),
  'tls.key': encode(serving.key),
})

/** Undefined when there is none in it, or none that can be used: then a new one is made. */
export function fromSecretData(data: unknown): KeyRing | undefined {
  const ring: KeyRing = {
    authorities: splitPem(decode(data, 'ca.crt')),
    authorityKey: decode(data, 'ca.key'),
    serving: { cert: decode(data, 'tls.crt'), key: decode(data, 'tls.key') },
  }
  return isSound(ring) ? ring : undefined
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

const splitPem = (text: string): readonly string[] => (text.match(CERTIFICATE) ?? []).map((pem) => `${pem}\n`)

const encode = (text: string): string => Buffer.from(text).toString('base64')

function decode(data: unknown, key: keyof SecretData): string {
  const value = typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[key] : undefined
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString() : ''
}

/** Whoever may write the Secret may break it, and must not break the controller with it. */
function isSound({ authorities, authorityKey, serving }: KeyRing): boolean {
  try {
    const [newest] = authorities.map((pem) => new X509Certificate(pem))
    const certificate = new X509Certificate(serving.cert)
    return (
      newest?.checkPrivateKey(createPrivateKey(authorityKey)) === true &&
      certificate.checkPrivateKey(createPrivateKey(serving.key))
    )
  } catch {
    return false
  }
}
