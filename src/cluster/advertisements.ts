/** What advertisements refer to, resolved: pools by name and label, communities by alias. */
import { compareParts, isLiteral, parseCommunity, WELL_KNOWN } from './community-values.ts'
import { placeText, quote } from './diagnostics.ts'
import type { Findings } from './findings.ts'
import type { Good, Inventory } from './inventory.ts'
import type { LastKnown } from './last-known.ts'
import type { PoolChoice } from './objects.ts'
import { matchesAny } from './selectors.ts'
import { didYouMean } from './suggest.ts'
import type { BgpAdvertisement, L2Advertisement } from './types.ts'

export const choosesAll = ({ names, selectors }: PoolChoice): boolean =>
  names.length === 0 && selectors.length === 0

/** Names and selectors add up; neither means every pool. */
function chosenPools(choice: PoolChoice, inventory: Inventory): readonly string[] {
  return inventory
    .good('IPAddressPool')
    .filter(
      ({ name, value }) =>
        choosesAll(choice) || choice.names.includes(name) || matchesAny(choice.selectors, value.labels),
    )
    .map(({ name }) => name)
    .sort()
}

export type Resolved<A> = {
  readonly object: Good<'BGPAdvertisement'> | Good<'L2Advertisement'>
  readonly choice: PoolChoice
  readonly advertisement: A
}

export function resolveL2Advertisements(inventory: Inventory): readonly Resolved<L2Advertisement>[] {
  return inventory.good('L2Advertisement').map((object) => {
    const { choice, rest } = object.value
    return { object, choice, advertisement: { ...rest, pools: chosenPools(choice, inventory) } }
  })
}

export function resolveBgpAdvertisements(
  inventory: Inventory,
  findings: Findings,
  lastKnown: LastKnown,
): readonly Resolved<BgpAdvertisement>[] {
  const aliases = readAliases(inventory, findings)
  return inventory.good('BGPAdvertisement').map((object) => {
    const { choice, rest } = object.value
    const pools = chosenPools(choice, inventory)
    return {
      object,
      choice,
      advertisement: { ...rest, pools, ...communitiesOf(object, aliases, findings, lastKnown) },
    }
  })
}

interface Aliases {
  readonly values: ReadonlyMap<string, string>
  /** A Community was refused: an alias that is missing may be in there, and needs no second word. */
  readonly someHidden: boolean
}

function readAliases(inventory: Inventory, findings: Findings): Aliases {
  const aliases = new Map<string, string>()
  const places = new Map<string, string>()
  for (const object of inventory.good('Community')) {
    for (const { name, value, index } of object.value) {
      const path = ['spec', 'communities', index, 'name']
      const first = places.get(name)
      if (first !== undefined) {
        const message = `the alias ${quote(name)} is also defined at ${first}`
        findings.about(object).error('DuplicateAlias', path, message, 'remove one of the two')
      } else {
        places.set(name, placeText(object.origin.locate(path)) || object.name)
        aliases.set(name, value)
      }
    }
  }
  return { values: aliases, someHidden: !findings.goesOn && inventory.someRefused('Community') }
}

function communitiesOf(
  object: Good<'BGPAdvertisement'>,
  aliases: Aliases,
  findings: Findings,
  lastKnown: LastKnown,
): Pick<BgpAdvertisement, 'communities' | 'largeCommunities'> {
  const found = {
    standard: new Map<string, readonly number[]>(),
    large: new Map<string, readonly number[]>(),
  }
  for (const [at, text] of object.value.communities.entries()) {
    const value = isLiteral(text) ? text : aliases.values.get(text)
    const last = value ?? lastKnown.alias(object.name, text)
    const parsed = last === undefined ? undefined : parseCommunity(last)
    if (parsed !== undefined && 'parts' in parsed) found[parsed.type].set(parsed.text, parsed.parts)
    if (value !== undefined || aliases.someHidden) continue
    const report = last === undefined ? findings.about(object) : findings.excused(object)
    const kept = last === undefined ? '' : `; its last value, ${last}, stays in use`
    const message = `there is no community alias ${quote(text)}${kept}`
    report.error('UnknownCommunity', ['spec', 'communities', at], message, aliasHint(text, aliases.values))
  }
  return { communities: ordered(found.standard), largeCommunities: ordered(found.large) }
}

function aliasHint(text: string, aliases: ReadonlyMap<string, string>): string {
  const wellKnown = WELL_KNOWN[text.toLowerCase().replaceAll('_', '-')]
  if (wellKnown !== undefined)
    return `write its value, ${quote(wellKnown)}, or define the alias in a Community`
  return (
    didYouMean(text, aliases.keys()) ??
    'define it in a metallb.io/v1beta1 Community, or write a value such as 64512:100'
  )
}

const ordered = (values: ReadonlyMap<string, readonly number[]>): readonly string[] =>
  [...values].sort(([, a], [, b]) => compareParts(a, b)).map(([text]) => text)
