/**
 * `npm run bench`: oyez/bgp, BIRD, GoBGP and FRR dump the same routes to the same passive receiver, in turn, in one
 * network namespace of their own, so that the ratios hold even where the absolute times do not.
 *
 *   npm run bench                          everything: 1k, 10k, 100k, 1M and 100k with 100 interleaved sets
 *   npm run bench -- --routes 1000,100000 --rounds 5 --only oyez,BIRD
 *   npm run bench -- --write               also writes the table into docs/benchmarks.md
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Contender, type Load, RECEIVER, SPEAKER } from './contender.ts'
import { Receiver } from './receiver.ts'
import { machine, markdown, writeInto } from './report.ts'
import { type Measured, run } from './run.ts'
import { bird } from './speakers/bird.ts'
import { frr } from './speakers/frr.ts'
import { gobgp } from './speakers/gobgp.ts'
import { oyez } from './speakers/oyez.ts'

const { values: options } = parseArgs({
  options: {
    routes: { type: 'string', default: '1000,10000,100000,1000000' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: 'oyez,BIRD,GoBGP,FRR' },
    write: { type: 'boolean', default: false },
    inside: { type: 'boolean', default: false },
  },
})

if (options.inside) await measure()
else enterNamespace()

/** The whole run happens in a namespace whose loopback carries both addresses; it goes when we do. */
function enterNamespace(): void {
  const isRoot = process.getuid?.() === 0
  const self = [process.execPath, import.meta.filename, '--inside', ...process.argv.slice(2)]
  const { status } = spawnSync('unshare', [isRoot ? '-n' : '-Urn', ...self], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}

async function measure(): Promise<void> {
  for (const line of [
    'link set lo up',
    `addr add ${RECEIVER.address}/24 dev lo`,
    `addr add ${SPEAKER.address}/24 dev lo`,
  ]) {
    execFileSync('ip', line.split(' '))
  }
  mkdirSync(join(import.meta.dirname, '..', 'dist'), { recursive: true })
  const directory = mkdtempSync(join(tmpdir(), 'oyez-bench-'))
  const receiver = await Receiver.start(RECEIVER.address, RECEIVER.port)
  try {
    const contenders = available(directory)
    const results = await allRuns(contenders, receiver)
    const versions = contenders.map((contender) => contender.version())
    const text = markdown(results, versions, machine(), Number(options.rounds))
    console.log(`\n${text}`)
    if (options.write) writeInto(join(import.meta.dirname, '..', 'docs', 'benchmarks.md'), text)
  } finally {
    receiver.stop()
    rmSync(directory, { recursive: true })
  }
}

function available(directory: string): Contender[] {
  const wanted = options.only.split(',')
  return [oyez(), bird(directory), gobgp(directory), frr(directory)].filter((contender) => {
    if (!wanted.includes(contender.name)) return false
    try {
      contender.version()
      return true
    } catch {
      console.log(`${contender.name}: not installed, left out`)
      return false
    }
  })
}

function loads(): Load[] {
  const counts = options.routes.split(',').map(Number)
  return [
    ...counts.map((routes) => ({ routes, sets: 1 })),
    ...(counts.includes(100_000) ? [{ routes: 100_000, sets: 100 }] : []),
  ]
}

/** A million routes take GoBGP minutes to load; three rounds show the spread. */
function roundsOf({ routes }: Load): number {
  return routes < 1_000_000 ? Number(options.rounds) : Math.min(3, Number(options.rounds))
}

/** Speakers take turns within each round, starting with another one each time, so drift hits all alike. */
async function allRuns(contenders: readonly Contender[], receiver: Receiver): Promise<Measured[]> {
  const results: Measured[] = []
  for (const load of loads()) {
    for (let round = 0; round < roundsOf(load); round++) {
      for (let turn = 0; turn < contenders.length; turn++) {
        const contender = contenders[(turn + round) % contenders.length] as Contender
        const measured = await run(contender, load, receiver)
        results.push(measured)
        report(measured, round)
      }
    }
  }
  return results
}

function report(
  { speaker, routes, sets, dump, cpuFromOpen, announce, changeP50 }: Measured,
  round: number,
): void {
  const parts = [`dump ${dump.toFixed(1)} ms`, `cpu ${cpuFromOpen.toFixed(1)} ms`]
  if (announce !== undefined) parts.push(`set while up ${announce.toFixed(1)} ms`)
  if (changeP50 !== undefined) parts.push(`one change ${changeP50.toFixed(2)} ms`)
  console.log(`${routes} routes, ${sets} set(s), round ${round + 1}: ${speaker}: ${parts.join(', ')}`)
}
