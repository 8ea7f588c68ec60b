/**
 * The lab's command line.
 *
 *     main.ts demo [--keep]           play the demo; --keep: stay up afterwards until Ctrl-C
 *     main.ts demo --cluster [--keep] the same in a real Kubernetes cluster, with oyez installed from deploy/
 *     main.ts up                      build the demo's network, start the speakers, and leave it running
 *     main.ts list                    labs on this machine
 *     main.ts exec [--lab ID] MACHINE -- COMMAND ...
 *     main.ts down [ID ...]           end labs that were left running by `up`
 *     main.ts clean                   remove what dead labs have left
 */
import { parseArgs } from 'node:util'
import { cleanLabs, downLabs, execInLab, listLabs } from './cli.ts'
import { playClusterDemo } from './demo/cluster-demo.ts'
import { playDemo } from './demo/demo.ts'
import { clusterHints, hints } from './demo/hints.ts'
import { buildKafkaNetwork, startSpeakers } from './demo/kafka-network.ts'
import { BrokenClaim, say } from './demo/show.ts'
import { Lab } from './lab.ts'
import { missing, type Requirement } from './requirements.ts'

const USAGE =
  'usage: main.ts demo [--cluster] [--keep] | up | list | exec [--lab ID] MACHINE -- COMMAND ... | down [ID ...] | clean'

/** Resolves with the exit code that a shell gives to that end, when somebody wants this process to end. */
const asked = new Promise<number>((resolve) => {
  process.once('SIGINT', () => resolve(130))
  process.once('SIGTERM', () => resolve(143))
  process.once('SIGHUP', () => resolve(129))
  // Started by setup.mjs over a channel: when that process dies, however, so does the demo.
  process.once('disconnect', () => resolve(143))
  process.channel?.unref()
})

async function demo({ keep, inCluster }: { keep: boolean; inCluster: boolean }): Promise<number> {
  demand(...(inCluster ? (['bird', 'cluster', 'image'] as const) : (['bird'] as const)))
  await using lab = await Lab.create({ title: 'demo' })
  const play = inCluster ? playClusterDemo(lab) : playDemo(lab)
  const played = play.then(
    (network) => network,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  )
  const outcome = await Promise.race([played, asked])
  if (typeof outcome === 'number') return outcome
  if (outcome instanceof Error) return failed(outcome)
  say('\nEverything the demo claims was checked and holds.')
  if (!keep) return 0
  const ending = 'Ctrl-C ends it. In another terminal, from here, try:'
  say(inCluster ? clusterHints(lab, ending) : hints(lab, ending))
  return (await asked) === 130 ? 0 : 143
}

function failed(error: Error): number {
  console.error(
    error instanceof BrokenClaim ? `\n✗ ${error.message}` : `\n✗ the demo failed: ${error.message}`,
  )
  return 1
}

async function up(): Promise<number> {
  demand('bird')
  const lab = await Lab.create({ title: 'kafka', detached: true })
  try {
    await startSpeakers(await buildKafkaNetwork(lab))
  } catch (error) {
    await lab.dispose()
    throw error
  }
  say(hints(lab, '`main.ts down` ends it. Try:'))
  return 0
}

function demand(...needs: readonly Requirement[]): void {
  const reason = missing(...needs)
  if (reason !== undefined) throw new Error(`the demo cannot run here: ${reason}`)
}

async function run(): Promise<number> {
  const options = {
    keep: { type: 'boolean' },
    cluster: { type: 'boolean' },
    lab: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const
  const { positionals, values } = parseArgs({ options, allowPositionals: true })
  const [command, ...rest] = positionals
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  if (command === 'demo') return demo({ keep: values.keep ?? false, inCluster: values.cluster ?? false })
  if (command === 'up') return up()
  if (command === 'list') return listLabs()
  if (command === 'exec') return execInLab(rest, values.lab)
  if (command === 'down') return downLabs(rest)
  if (command === 'clean') return cleanLabs()
  console.error(USAGE)
  return 2
}

try {
  process.exitCode = await run()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
// Programs that still run detached from this process must not keep it.
process.exit()
