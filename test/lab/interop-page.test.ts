import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ALL_CASES } from './support/interop-cases.ts'
import { interopPage, type Trial } from './support/interop-page.ts'

const VERSIONS = { BIRD: '2.0.12', FRR: '8.4.4', GoBGP: '3.10.0', OpenBGPD: '7.7' }

const trial = (file: string, over: Partial<Trial> = {}): Trial => {
  return { file: `${file}.test.ts`, router: 'BIRD', subject: 'a session', outcome: 'passed', ...over }
}

const REST = [trial('security-bird'), trial('endings'), trial('collision'), trial('scale')]

describe('the page of interoperability', () => {
  test('has a column per router, in one order, and a row per subject', () => {
    const page = interopPage(
      [
        trial('interop-frr', { router: 'FRR', outcome: 'failed' }),
        trial('interop-bird'),
        trial('interop-bird', { subject: 'route refresh' }),
        ...REST,
      ],
      VERSIONS,
    )
    expect(page).toContain(
      [
        '|  | BIRD 2.0.12 | FRR 8.4.4 |',
        '| --- | :-: | :-: |',
        '| a session | ✓ | ✗ |',
        '| route refresh | ✓ |  |',
      ].join('\n'),
    )
  })

  test('says why something was skipped, once', () => {
    const lacks = { outcome: 'skipped', lacks: 'it cannot' } as const
    const page = interopPage(
      [
        trial('interop-bird', lacks),
        trial('interop-bird', { subject: 'another', ...lacks }),
        trial('interop-frr', { router: 'FRR', outcome: 'skipped' }),
        ...REST,
      ],
      VERSIONS,
    )
    expect(page).toContain('| a session | 1 | 2 |\n| another | 1 |  |')
    expect(page).toMatch(/1\. BIRD: it cannot\.\n2\. FRR: it was not installed\.\n$/)
  })

  test('is not written from a part of the tests', () => {
    expect(interopPage(REST, VERSIONS)).toBeUndefined()
  })

  test('in docs/ knows every session that is tried', () => {
    const page = readFileSync(new URL('../../docs/interop.md', import.meta.url), 'utf8')
    for (const { subject } of ALL_CASES) expect(page).toContain(`| ${subject} |`)
  })
})
