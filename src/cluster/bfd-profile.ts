/** metallb.io/v1beta1 BFDProfile. Times in milliseconds. */
import * as z from 'zod'
import { ours } from './object-schema.ts'
import type { Report } from './report.ts'
import { flag, integer, readStructure } from './structure.ts'
import type { BfdProfile } from './types.ts'

const interval = integer(10, 60_000).nullish()

export const bfdProfileSchema = ours(
  z.strictObject({
    receiveInterval: interval,
    transmitInterval: interval,
    detectMultiplier: integer(2, 255).nullish(),
    echoInterval: interval,
    echoMode: flag,
    passiveMode: flag,
    minimumTtl: integer(1, 254).nullish(),
  }),
)

const NUMBERS = [
  'receiveInterval',
  'transmitInterval',
  'detectMultiplier',
  'echoInterval',
  'minimumTtl',
] as const

export function parseBfdProfile(
  value: unknown,
  report: Report,
  { name }: { readonly name: string },
): BfdProfile | undefined {
  const raw = readStructure(bfdProfileSchema, value, report)
  if (raw === undefined) return undefined
  const { echoMode, passiveMode, ...spec } = raw.spec ?? {}
  const given = NUMBERS.flatMap((field) => (typeof spec[field] === 'number' ? [[field, spec[field]]] : []))
  return {
    name,
    ...(Object.fromEntries(given) as Partial<Record<(typeof NUMBERS)[number], number>>),
    echoMode: echoMode ?? false,
    passiveMode: passiveMode ?? false,
  }
}
