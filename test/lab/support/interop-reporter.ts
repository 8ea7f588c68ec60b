/**
 * Writes docs/interop.md: what was tried with which router and version, and how it came out. A reporter of vitest, so
 * that a test that fails or is skipped is told as such:
 *
 *     npx vitest run --project lab --reporter=default --reporter=./test/lab/support/interop-reporter.ts
 */
import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { interopPage, type Trial } from './interop-page.ts'
import { routerVersions } from './router-versions.ts'

const PAGE = new URL('../../../docs/interop.md', import.meta.url)

export default class InteropReporter implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const inOrder = modules.toSorted((one, other) => (one.moduleId < other.moduleId ? -1 : 1))
    const page = interopPage(inOrder.flatMap(trialsOf), await routerVersions())
    if (page === undefined) console.log('docs/interop.md is left as it is: it takes all tests of the lab')
    else writeFileSync(PAGE, page)
  }
}

function trialsOf(module: TestModule): Trial[] {
  const file = basename(module.moduleId)
  return [...module.children.allTests()].flatMap((test) => {
    const { interop } = test.meta()
    return interop === undefined ? [] : [{ ...interop, file, outcome: outcomeOf(test) }]
  })
}

function outcomeOf(test: TestCase): Trial['outcome'] {
  const { state } = test.result()
  return state === 'pending' ? 'skipped' : state
}
