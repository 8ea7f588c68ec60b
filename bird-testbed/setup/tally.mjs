// A vitest reporter that writes down what `npm test` sums up: counts, failed tests, skipped tests with their reasons.
// A skipped suite says its reason at the end of its name, in brackets; a test that skips itself, in its note.
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'

export default class Tally {
  onTestRunEnd(modules) {
    const tally = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] }
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId)
      for (const error of module.errors()) addFailure(tally, `${file}: ${error.message}`)
      for (const test of module.children.allTests()) addTest(tally, file, test)
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) addFailure(tally, `${file} > ${suite.fullName}: ${error.message}`)
      }
    }
    writeFileSync(process.env.OYEZ_TALLY, JSON.stringify(tally))
  }
}

function addTest(tally, file, test) {
  const { state, note } = test.result()
  const name = `${file} > ${test.fullName}`
  if (state === 'passed') tally.passed += 1
  else if (state === 'failed') addFailure(tally, name)
  else addSkip(tally, name, note)
}

function addFailure(tally, name) {
  tally.failed += 1
  tally.failures.push(name)
}

function addSkip(tally, name, note) {
  const [bracket, reason = note ?? 'no reason given'] = / \[skipped: (.*?)\](?=$| > )/.exec(name) ?? ['']
  tally.skipped += 1
  tally.skips.push({ name: name.replace(bracket, ''), reason })
}
