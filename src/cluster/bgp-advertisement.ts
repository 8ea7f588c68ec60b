/** metallb.io/v1beta1 BGPAdvertisement. */
import * as z from 'zod'
import { isLiteral, parseCommunity } from './community-values.ts'
import { ours } from './object-schema.ts'
import type { BgpAdvertisementDraft } from './objects.ts'
import { poolChoiceFields, readPoolChoice } from './pool-choice.ts'
import type { Report } from './report.ts'
import { readSelectors, selectorsSchema } from './selector-rules.ts'
import { integer, itemsOf, readStructure, texts } from './structure.ts'
import { uniqueTexts } from './unique.ts'

const specSchema = z.strictObject({
  ...poolChoiceFields,
  aggregationLength: integer(1, 32).nullish(),
  aggregationLengthV6: integer(1, 128).nullish(),
  localPref: integer(0, 4_294_967_295).nullish(),
  communities: texts,
  nodeSelectors: selectorsSchema,
  peers: texts,
  serviceSelectors: selectorsSchema,
})

export const bgpAdvertisementSchema = ours(specSchema)
type Spec = z.output<typeof specSchema>

/** What MetalLB sends at most per prefix; far below what a message holds. */
const MOST_COMMUNITIES = 63

export function parseBgpAdvertisement(
  value: unknown,
  report: Report,
  { name }: { readonly name: string },
): BgpAdvertisementDraft | undefined {
  const raw = readStructure(bgpAdvertisementSchema, value, report)
  if (raw === undefined) return undefined
  const spec = raw.spec ?? {}
  const rest = {
    name,
    aggregationLength: spec.aggregationLength ?? 32,
    aggregationLengthV6: spec.aggregationLengthV6 ?? 128,
    ...(typeof spec.localPref === 'number' && { localPref: spec.localPref }),
    nodeSelectors: readSelectors(spec.nodeSelectors, ['spec', 'nodeSelectors'], report),
    peers: uniqueTexts(spec.peers, ['spec', 'peers'], report),
    serviceSelectors: readSelectors(spec.serviceSelectors, ['spec', 'serviceSelectors'], report),
  }
  checkAggregation(rest, report)
  return { choice: readPoolChoice(spec, report), communities: readCommunities(spec, report), rest }
}

/** An aggregate stands for many services: whether it is announced cannot hang on the labels of one. */
function checkAggregation(rest: BgpAdvertisementDraft['rest'], report: Report): void {
  if (rest.serviceSelectors.length === 0) return
  const message = 'can only be used with aggregationLength 32 and aggregationLengthV6 128'
  const hint = 'remove serviceSelectors, or the aggregation lengths'
  if (rest.aggregationLength !== 32 || rest.aggregationLengthV6 !== 128)
    report.error('AggregationWithServiceSelectors', ['spec', 'serviceSelectors'], message, hint)
}

function readCommunities({ communities }: Spec, report: Report): readonly string[] {
  const path = ['spec', 'communities']
  for (const [at, text] of itemsOf(communities)) {
    const parsed = isLiteral(text) ? parseCommunity(text) : undefined
    if (parsed !== undefined && 'problem' in parsed)
      report.error('InvalidCommunity', [...path, at], parsed.problem, parsed.hint)
  }
  const unique = uniqueTexts(communities, path, report)
  if (unique.length > MOST_COMMUNITIES)
    report.error(
      'TooManyCommunities',
      path,
      `has ${unique.length} items, at most ${MOST_COMMUNITIES} are possible`,
    )
  return unique
}
