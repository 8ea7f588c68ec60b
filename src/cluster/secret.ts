/**
 * v1 Secret, for peer passwords. Secrets of all sorts lie about in manifests; a fault in one matters only when a peer
 * names it, so it is kept as a reason and reported there. No message ever holds a value.
 */
import * as z from 'zod'
import { theirs } from './object-schema.ts'
import type { Secret } from './objects.ts'
import type { Report } from './report.ts'
import { readStructure, text } from './structure.ts'

const data = z.record(z.string(), z.unknown()).nullish().catch(undefined)
const schema = theirs({ type: text, data, stringData: data })

export const BASIC_AUTH = 'kubernetes.io/basic-auth'

export function parseSecret(value: unknown, report: Report): Secret | undefined {
  const raw = readStructure(schema, value, report)
  if (raw === undefined) return undefined
  return { type: raw.type || 'Opaque', ...readPassword(raw.data?.password, raw.stringData?.password) }
}

/** stringData wins over data, as when the API server writes it. */
function readPassword(encoded: unknown, plain: unknown): Pick<Secret, 'password' | 'unreadable'> {
  if (typeof plain === 'string') return { password: plain }
  if (plain !== undefined && plain !== null) return { unreadable: 'stringData.password is not text' }
  if (encoded === undefined || encoded === null) return {}
  if (typeof encoded !== 'string') return { unreadable: 'data.password is not text' }
  return decodePassword(encoded)
}

function decodePassword(encoded: string): Pick<Secret, 'password' | 'unreadable'> {
  let binary: string
  try {
    binary = atob(encoded)
  } catch {
    return { unreadable: 'data.password is not base64' }
  }
  try {
    const octets = Uint8Array.from(binary, (char) => char.charCodeAt(0))
    return { password: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets) }
  } catch {
    return { unreadable: 'data.password is not UTF-8 text once decoded' }
  }
}
