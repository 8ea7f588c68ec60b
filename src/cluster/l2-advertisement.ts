/** metallb.io/v1beta1 L2Advertisement. */
import * as z from 'zod'
import { ours } from './object-schema.ts'
import type { L2AdvertisementDraft, Path } from './objects.ts'
import { poolChoiceFields, readPoolChoice } from './pool-choice.ts'
import type { Report } from './report.ts'
import { readSelector, readSelectors, selectorSchema, selectorsSchema } from './selector-rules.ts'
import { integer, itemsOf, list, readStructure, texts } from './structure.ts'
import type { L2Advertisement } from './types.ts'
import { uniqueTexts } from './unique.ts'

const preferred = list(
  z.strictObject({ weight: integer(1, 100).nullish(), preference: selectorSchema.nullish() }),
).nullish()

export const l2AdvertisementSchema = ours(
  z.strictObject({
    ...poolChoiceFields,
    nodeSelectors: selectorsSchema,
    interfaces: texts,
    serviceSelectors: selectorsSchema,
    preferredNodeSelectors: preferred,
  }),
)

export function parseL2Advertisement(
  value: unknown,
  report: Report,
  { name }: { readonly name: string },
): L2AdvertisementDraft | undefined {
  const raw = readStructure(l2AdvertisementSchema, value, report)
  if (raw === undefined) return undefined
  const spec = raw.spec ?? {}
  const rest = {
    name,
    nodeSelectors: readSelectors(spec.nodeSelectors, ['spec', 'nodeSelectors'], report),
    interfaces: uniqueTexts(spec.interfaces, ['spec', 'interfaces'], report),
    serviceSelectors: readSelectors(spec.serviceSelectors, ['spec', 'serviceSelectors'], report),
    preferredNodeSelectors: readPreferred(spec.preferredNodeSelectors, report),
  }
  return { choice: readPoolChoice(spec, report), rest }
}

function readPreferred(
  raw: z.output<typeof preferred>,
  report: Report,
): L2Advertisement['preferredNodeSelectors'] {
  return [...itemsOf(raw)].flatMap(([at, { weight, preference }]) => {
    const path: Path = ['spec', 'preferredNodeSelectors', at]
    if (weight === undefined || weight === null)
      report.error('MissingField', [...path, 'weight'], 'is required', 'a number from 1 to 100')
    if (preference === undefined || preference === null) {
      report.error('MissingField', [...path, 'preference'], 'is required', 'a label selector')
      return []
    }
    return { weight: weight ?? 0, preference: readSelector(preference, [...path, 'preference'], report) }
  })
}
