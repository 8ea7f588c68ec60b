import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { AllocationCode } from '../../src/ipam/index.ts'

/** Alerts and dashboard ask for metrics that exist: one that is renamed would silence them without a word. */

const ROOT = join(import.meta.dirname, '../..')

interface Alert {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly description: string }
}

const { spec } = parse(readFileSync(join(ROOT, 'deploy/overlays/prometheus/rules.yaml'), 'utf8')) as {
  spec: { groups: { rules: Alert[] }[] }
}
const alerts = spec.groups.flatMap(({ rules }) => rules)

interface Panel {
  readonly id: number
  readonly title: string
  readonly targets: readonly { readonly expr: string }[]
}

const { panels } = JSON.parse(readFileSync(join(ROOT, 'deploy/grafana/oyez.json'), 'utf8')) as {
  panels: Panel[]
}

/** As they stand in the sources, with what each file calls `prefix` put in. */
function metricNames(): ReadonlySet<string> {
  const names = globSync('src/metrics/*.ts', { cwd: ROOT }).flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8')
    const prefix = /prefix = '(\w+)'/.exec(text)?.[1] ?? ''
    return [...text.replaceAll(/\$\{prefix\}/g, prefix).matchAll(/\b(?:metallb|oyez)_[a-z0-9_]+/g)].map(
      ([name]) => name,
    )
  })
  return new Set(names)
}

const asked = (expr: string): string[] =>
  [...expr.matchAll(/\b(?:metallb|oyez)_[a-z0-9_]+/g)].map(([name]) => name.replace(/_bucket$/, ''))

describe.each([
  ['alerts', alerts.map(({ alert, expr }) => [alert, expr] as const)],
  ['dashboard', panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const))],
])('%s', (_, expressions) => {
  it('ask only for metrics that there are', () => {
    const names = metricNames()
    const unknown = expressions.flatMap(([title, expr]) =>
      asked(expr).flatMap((name) => (names.has(name) ? [] : `${title}: ${name}`)),
    )
    expect(unknown).toEqual([])
  })

  it('have their brackets in pairs', () => {
    for (const [title, expr] of expressions) {
      const count = (text: RegExp) => expr.match(text)?.length ?? 0
      expect([title, count(/\(/g), count(/\{/g)]).toEqual([title, count(/\)/g), count(/\}/g)])
    }
  })
})

it("alerts have MetalLB's names where they mean the same, a severity and words", () => {
  const names = alerts.map(({ alert }) => alert)
  expect(names).toEqual(
    expect.arrayContaining([
      'MetalLBStaleConfig',
      'MetalLBConfigNotLoaded',
      'MetalLBAddressPoolExhausted',
      'MetalLBAddressPoolUsage75Percent',
      'MetalLBAddressPoolUsage85Percent',
      'MetalLBAddressPoolUsage95Percent',
      'MetalLBBGPSessionDown',
    ]),
  )
  expect(new Set(names).size).toBe(names.length)
  for (const { labels, annotations } of alerts) {
    expect(['warning', 'critical']).toContain(labels.severity)
    expect(annotations).toEqual({ summary: expect.any(String), description: expect.any(String) })
  }
})

it('name only codes of allocations that there are', () => {
  const codes = [
    ...alerts.map(({ expr }) => expr),
    ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ]
    .flatMap((expr) => [...expr.matchAll(/oyez_allocations\{code=~"([^"]+)"/g)])
    .flatMap(([, list = '']) => list.split('|'))
  expect(codes.length).toBeGreaterThan(10)
  expect(codes.filter((code) => !(Object.values(AllocationCode) as string[]).includes(code))).toEqual([])
})
