import { expect, test } from 'vitest'
import { lintManifests } from '../../../src/lint/index.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const POOL =
  'apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: a}\nspec: {addresses: [10.0.0.0/8]}\n'

test('counts what there is, and what is wrong', async () => {
  const { diagnostics, summary } = await lintManifests(temporaryFolder({ 'a.yaml': POOL }))
  expect(diagnostics.map(({ code }) => code)).toEqual(['PoolNotAdvertised'])
  expect(summary).toMatchObject({ errors: 0, warnings: 1, objects: { pools: 1, services: 0 } })
  expect(summary.text).toMatch(/^0 errors, 1 warning in 0 Services, .*1 IPAddressPool,/)
})

test('with errors there is no snapshot to count', async () => {
  const { summary } = await lintManifests(temporaryFolder({ 'a.yaml': `${POOL}---\n${POOL}` }))
  expect(summary).toEqual({ errors: 1, warnings: 1, text: '1 error, 1 warning' })
})
