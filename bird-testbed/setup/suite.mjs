// The whole test suite: types, lint, unit tests, lab tests; each counted, what failed and what was skipped and why
// told at the end, and then one line with the sums.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pinnedNode } from './npm.mjs'
import { ROOT, run, runQuietly } from './run.mjs'

export async function runSuite(labPrefix, args) {
  const tallies = [await check('types', 'check:types'), await check('lint', 'check:lint')]
  tallies.push(await vitest('unit', [], args), await vitest('lab', labPrefix, args))
  const sum = (key) => tallies.reduce((total, tally) => total + tally[key], 0)
  const failures = tallies.flatMap((tally) => tally.failures)
  const skips = tallies.flatMap((tally) => tally.skips)
  console.log('')
  for (const { name, reason } of skips) console.log(`skipped: ${name}: ${reason}`)
  for (const name of failures) console.log(`FAILED: ${name}`)
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
  return sum('failed') === 0 ? 0 : 1
}

/** One check counts as one test. */
async function check(name, script) {
  const { code, output } = await runQuietly(`${name}: npm run ${script}`, ['npm', 'run', '--silent', script])
  if (code !== 0) console.log(output)
  const failed = code === 0 ? 0 : 1
  return {
    passed: 1 - failed,
    failed,
    skipped: 0,
    failures: failed === 1 ? [`npm run ${script}`] : [],
    skips: [],
  }
}

async function vitest(project, prefix, args) {
  console.log(`• ${project} tests: vitest run --project ${project}`)
  const folder = mkdtempSync(join(tmpdir(), 'oyez-tally-'))
  const file = join(folder, 'tally.json')
  const program = [pinnedNode(), join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--project', project]
  const reporters = ['--reporter=default', `--reporter=${join(ROOT, 'bird-testbed/setup/tally.mjs')}`]
  try {
    const code = await run([...prefix, ...program, ...reporters, ...args], { OYEZ_TALLY: file })
    return withExitCode(project, readTally(file), code)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function readTally(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] }
  }
}

/** vitest can fail without a failed test: an error outside of tests, or no test found. */
function withExitCode(project, tally, code) {
  if (code === 0 || tally.failed > 0) return tally
  const failure = `${project} tests: vitest ended with ${code}, see above`
  return { ...tally, failed: 1, failures: [...tally.failures, failure] }
}
