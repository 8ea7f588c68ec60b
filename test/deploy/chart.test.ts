import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

/** What the Helm chart has in common with the rest of deploy/ and with package.json. What it renders: test/lab/helm. */

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

describe('the chart', () => {
  it('has current copies of the CRDs, the rules and the alerts', () => {
    expect(() => execFileSync(process.execPath, [join(ROOT, 'build/chart.mjs'), '--check'])).not.toThrow()
  })

  it('is of the version of the package, as is everything else that names one', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string }
    expect(parse(read('deploy/helm/oyez/Chart.yaml'))).toMatchObject({ version, appVersion: version })
    expect(read('deploy/base/kustomization.yaml')).toContain(`newTag: ${version}\n`)
    expect(read('deploy/Dockerfile')).toContain(`ARG VERSION=${version}\n`)
  })

  it('describes every value in its schema, and has a default for each', () => {
    const values = parse(read('deploy/helm/oyez/values.yaml')) as object
    const schema = JSON.parse(read('deploy/helm/oyez/values.schema.json')) as Schema
    const described = leaves(schema).filter((path) => !WITHOUT_DEFAULT.test(path))
    expect(described.filter((path) => !has(values, path.split('.')))).toEqual([])
  })
})

/** Helm's own; what overrides something else; what exists only to be refused. */
const WITHOUT_DEFAULT =
  /^global$|^(controller|speaker)\.image\.|^(frrk8s|speaker\.frr|prometheus\.podMonitor)\.|Probe\.(successThreshold|initialDelaySeconds)$/

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
}

const leaves = ({ properties }: Schema, path = ''): string[] =>
  properties === undefined
    ? [path]
    : Object.entries(properties).flatMap(([name, inner]) =>
        leaves(inner, path === '' ? name : `${path}.${name}`),
      )

function has(value: unknown, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return true
  if (typeof value !== 'object' || value === null || !(first in value)) return false
  return has((value as Record<string, unknown>)[first], rest)
}
