/** metallb.io/v1beta1 Community: names for community values. */
import * as z from 'zod'
import { isLiteral, parseCommunity } from './community-values.ts'
import { quote } from './diagnostics.ts'
import { ours } from './object-schema.ts'
import type { CommunityAlias, Path } from './objects.ts'
import type { Report } from './report.ts'
import { itemsOf, list, readStructure, text } from './structure.ts'

export const communitySchema = ours(
  z.strictObject({ communities: list(z.strictObject({ name: text, value: text })).nullish() }),
)

const COMMUNITIES: Path = ['spec', 'communities']

export function parseCommunityAliases(value: unknown, report: Report): readonly CommunityAlias[] | undefined {
  const raw = readStructure(communitySchema, value, report)
  const aliases: CommunityAlias[] = []
  for (const [index, item] of itemsOf(raw?.spec?.communities)) {
    const path = [...COMMUNITIES, index]
    if (!item.name) report.error('MissingField', [...path, 'name'], 'is required')
    else warnLiteral(item.name, [...path, 'name'], report)
    if (!item.value) report.error('MissingField', [...path, 'value'], 'is required', 'e.g. 64512:100')
    else checkValue(item.value, [...path, 'value'], report)
    if (item.name && item.value) aliases.push({ name: item.name, value: item.value, index })
  }
  return raw && aliases
}

function checkValue(value: string, path: Path, report: Report): void {
  const parsed = parseCommunity(value)
  if ('problem' in parsed) report.error('InvalidCommunity', path, parsed.problem, parsed.hint)
}

function warnLiteral(name: string, path: Path, report: Report): void {
  if (!isLiteral(name)) return
  const message = `the name ${quote(name)} has a colon: advertisements read it as a community value, never as this name`
  report.warning('UnusableAlias', path, message, 'choose a name without a colon')
}
