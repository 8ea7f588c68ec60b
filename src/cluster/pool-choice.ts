/** How advertisements of both kinds choose pools: by name and by label. */
import type * as z from 'zod'
import type { PoolChoice } from './objects.ts'
import type { Report } from './report.ts'
import { readSelectors, selectorsSchema } from './selector-rules.ts'
import { texts } from './structure.ts'
import { uniqueTexts } from './unique.ts'

export const poolChoiceFields = { ipAddressPools: texts, ipAddressPoolSelectors: selectorsSchema }

interface RawChoice {
  readonly ipAddressPools?: z.output<typeof texts>
  readonly ipAddressPoolSelectors?: z.output<typeof selectorsSchema>
}

export function readPoolChoice(raw: RawChoice, report: Report): PoolChoice {
  return {
    names: uniqueTexts(raw.ipAddressPools, ['spec', 'ipAddressPools'], report),
    selectors: readSelectors(raw.ipAddressPoolSelectors, ['spec', 'ipAddressPoolSelectors'], report),
  }
}
