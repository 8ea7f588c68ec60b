/** Label selectors as they are written in objects: structure, then the rules of Kubernetes and MetalLB. */
import * as z from 'zod'
import { quote } from './diagnostics.ts'
import type { Path } from './objects.ts'
import type { Report } from './report.ts'
import { isEmptySelector } from './selectors.ts'
import { itemsOf, list, textMap, texts } from './structure.ts'
import type { LabelRequirement, LabelSelector, Labels, Selectors } from './types.ts'

const requirement = z.strictObject({
  key: z.string(),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: texts,
})

export const selectorSchema = z.strictObject({
  matchLabels: textMap,
  matchExpressions: list(requirement).nullish(),
})

export const selectorsSchema = list(selectorSchema).nullish()

type RawSelector = z.output<typeof selectorSchema>
type RawRequirement = z.output<typeof requirement>

export function readSelectors(raw: z.output<typeof selectorsSchema>, path: Path, report: Report): Selectors {
  const seen = new Map<string, number>()
  const selectors: LabelSelector[] = []
  for (const [at, item] of itemsOf(raw)) {
    const here = [...path, at]
    const selector = readSelector(item, here, report)
    const first = seen.get(identity(selector))
    if (first === undefined) seen.set(identity(selector), at)
    else
      report.error('DuplicateSelector', here, `is the same selector as item ${first}`, 'remove one of them')
    selectors.push(selector)
  }
  if (selectors.length > 1) warnEmpty(selectors, path, report)
  return selectors
}

/** Selectors of a list are ORed, so one that matches everything decides alone. */
function warnEmpty(selectors: Selectors, path: Path, report: Report): void {
  const at = selectors.findIndex(isEmptySelector)
  if (at < 0) return
  const message = 'an empty selector matches everything, so the others in this list have no effect'
  report.warning('EmptySelector', [...path, at], message, 'remove it, or remove the others')
}

export function readSelector(raw: RawSelector, path: Path, report: Report): LabelSelector {
  const matchLabels = raw.matchLabels ?? {}
  checkLabels(matchLabels, [...path, 'matchLabels'], report)
  const seen = new Set<string>()
  const matchExpressions: LabelRequirement[] = []
  for (const [at, item] of itemsOf(raw.matchExpressions)) {
    const here = [...path, 'matchExpressions', at]
    const expression = readRequirement(item, here, report)
    if (seen.has(identity(expression)))
      report.error('DuplicateSelector', here, 'the same expression is there twice', 'remove one of them')
    seen.add(identity(expression))
    matchExpressions.push(expression)
  }
  return { matchLabels, matchExpressions }
}

function readRequirement(raw: RawRequirement, path: Path, report: Report): LabelRequirement {
  const { key, operator } = raw
  const values = new Set<string>()
  checkKey(key, [...path, 'key'], report)
  for (const [at, value] of itemsOf(raw.values)) {
    const here = [...path, 'values', at]
    checkValue(value, here, report)
    if (values.has(value)) report.error('DuplicateValue', here, `${quote(value)} is there twice`)
    values.add(value)
  }
  const wantsValues = operator === 'In' || operator === 'NotIn'
  if (wantsValues && values.size === 0)
    report.error('MissingField', [...path, 'values'], `operator ${operator} needs at least one value`)
  if (!wantsValues && values.size > 0)
    report.error(
      'UnexpectedValues',
      [...path, 'values'],
      `operator ${operator} takes no values`,
      'remove them',
    )
  return { key, operator, values: [...values].sort() }
}

/** Equal for selectors that say the same, whatever their order (values are sorted already). */
function identity(item: LabelSelector | LabelRequirement): string {
  if ('key' in item) return JSON.stringify([item.key, item.operator, item.values])
  const labels = Object.entries(item.matchLabels).map((pair) => JSON.stringify(pair))
  return JSON.stringify([labels.sort(), item.matchExpressions.map(identity).sort()])
}

function checkLabels(labels: Labels, path: Path, report: Report): void {
  for (const [key, value] of Object.entries(labels)) {
    checkKey(key, [...path, key], report)
    checkValue(value, [...path, key], report)
  }
}

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

function checkKey(key: string, path: Path, report: Report): void {
  const slash = key.indexOf('/')
  const prefix = slash < 0 ? undefined : key.slice(0, slash)
  const valid = NAME.test(key.slice(slash + 1)) && (prefix === undefined || isSubdomain(prefix))
  const hint = 'a key is a name of at most 63 letters, digits, "-", "_" and ".", after an optional "domain/"'
  if (!valid) report.error('InvalidLabel', path, `${quote(key)} is not a label key`, hint)
}

const isSubdomain = (value: string): boolean => value.length <= 253 && DNS_SUBDOMAIN.test(value)

function checkValue(value: string, path: Path, report: Report): void {
  const hint =
    'a value has at most 63 letters, digits, "-", "_" and ".", and starts and ends with a letter or digit'
  if (value !== '' && !NAME.test(value))
    report.error('InvalidLabel', path, `${quote(value)} is not a label value`, hint)
}
