// A vitest reporter that writes down what `npm test` sums up: counts, failed tests, skipped tests with their reasons.
// A skipped suite says its reason at the end of its name, in brackets; a test that skips itself, in its note.
import { writeFileSync } from 'node:fs'

export default class Tally {
  onTestRunEnd(modules) {
    const tally = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] }
    for (const module of modules) {
      for (const error of module.errors()) addFailure(tally, `${module.moduleId}: ${error.message}`)
      for (const test of module.children.allTests()) addTest(tally, test)
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) addFailure(tally, `${suite.fullName}: ${error.message}`)
      }
    }
    writeFileSync(process.env.OYEZ_TALLY, JSON.stringify(tally))
  }
}

function addTest(tally, test) {
  const { state, note } = test.result()
  if (state === 'passed') tally.passed += 1
  else if (state === 'failed') addFailure(tally, test.fullName)
  else addSkip(tally, test.fullName, note)
}

function addFailure(tally, name) {
  tally.failed += 1
  tally.failures.push(name)
}

function addSkip(tally, fullName, note) {
  const [, name, reason] = /^(.*?) \[skipped: (.*?)\](?=$| >)/.exec(fullName) ?? [
    undefined,
    fullName,
    undefined,
  ]
  const rest = reason === undefined ? '' : fullName.slice(fullName.indexOf(']') + 1)
  tally.skipped += 1
  tally.skips.push({ name: `${name}${rest}`, reason: note ?? reason ?? 'no reason given' })
}
