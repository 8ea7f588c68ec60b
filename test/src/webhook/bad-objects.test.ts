/**
 * One table of bad objects for all who judge them: here `oyez lint` and the rules of the webhook, in
 * test/lab/validation.test.ts a real API server.
 */
import { expect, test } from 'vitest'
import type { KubeObject } from '../../../bird-testbed/index.ts'
import { type Diagnostic, formatDiagnostic, parseObjects } from '../../../src/cluster/index.ts'
import { lintManifests } from '../../../src/lint/index.ts'
import { judge } from '../../../src/webhook/verdict.ts'
import { BAD_OBJECTS, HOME } from '../../lab/support/bad-objects.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

test.each(BAD_OBJECTS)('oyez lint: $title', async ({ by, object, beside = [], says }) => {
  const items = [...beside, object]
  const folder = temporaryFolder({
    'all.yaml': JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  })
  const { diagnostics } = await lintManifests(folder)
  const told = diagnostics.find((one) => says.test(formatDiagnostic(one)))
  expect(told, diagnostics.map(formatDiagnostic).join('\n')).toBeDefined()
  // An alias may still come while an administrator applies objects one by one; in a folder it is missing.
  if (told?.code !== 'UnknownCommunity') expect(told?.severity).toBe(by === 'warning' ? 'warning' : 'error')
})

test.each(BAD_OBJECTS)('the webhook: $title', ({ by, object, beside = [], says }) => {
  const { refusal, warnings } = judge(changeOf(object), clusterOf(beside), HOME)
  if (by === 'warning') {
    expect(refusal).toBeUndefined()
    expect(warnings.join('\n')).toMatch(says)
  } else expect(refusal).toMatch(says)
})

const changeOf = (after: KubeObject) => ({
  kind: after.kind,
  namespace: HOME,
  name: after.metadata.name,
  after,
})

const clusterOf = (objects: readonly KubeObject[]) => {
  const raws = objects.map((value) => ({ value, origin: { locate: (): Diagnostic['location'] => ({}) } }))
  return { objects: parseObjects(raws).objects, services: new Map() }
}
