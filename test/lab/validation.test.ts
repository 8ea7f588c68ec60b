/**
 * The same bad objects for `oyez lint`, for the rules of the webhook, for a real API server with our CRDs alone, and
 * for one that also asks the webhook: what one refuses none lets pass, and each says it so that people understand.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KubeObject } from '../../bird-testbed/index.ts'
import { type Diagnostic, formatDiagnostic, parseObjects } from '../../src/cluster/index.ts'
import { lintManifests } from '../../src/lint/index.ts'
import { judge } from '../../src/webhook/verdict.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { describeLab } from './describe-lab.ts'
import { BAD_OBJECTS, type BadObject, HOME } from './support/bad-objects.ts'
import { ValidatedCluster } from './support/validated-cluster.ts'

const by = (...who: BadObject['by'][]) => BAD_OBJECTS.filter((bad) => who.includes(bad.by))

describe('without a cluster', () => {
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

describeLab('bad objects and a real API server', ['control-plane'], () => {
  let cluster: ValidatedCluster
  beforeAll(async () => {
    cluster = await ValidatedCluster.start()
    await cluster.applyCrds()
  })
  afterAll(() => cluster?.lab.dispose())

  test.each(by('schema'))('the CRD alone refuses: $title', async ({ object, schemaSays = /./ }) => {
    const refusal = await cluster.refusalOf(object)
    expect(refusal).toMatch(schemaSays)
    expect(refusal).not.toMatch(/evaluation error|no such key|should match/)
  })

  // Nothing of v1beta1 is stored without a conversion.
  const stored = by('webhook', 'warning').filter(({ title }) => !title.startsWith('v1beta1'))
  test.each(stored)('the CRD alone lets pass: $title', async ({ object }) => {
    expect(await cluster.refusalOf(object)).toBeUndefined()
  })

  describe('with the webhook', () => {
    beforeAll(() => cluster.startWebhooks())

    test.each(by('webhook'))('refused: $title', async ({ object, beside = [], says }) => {
      await cluster.plane.api.create(...beside)
      try {
        expect(await cluster.refusalOf(object)).toMatch(says)
      } finally {
        await cluster.plane.api.remove(...beside)
      }
    })

    test.each(by('warning'))('let pass: $title', async ({ object }) => {
      expect(await cluster.refusalOf(object)).toBeUndefined()
    })
  })
})
