import type { Contender, Load, Running } from './contender.ts'
import type { Receiver } from './receiver.ts'
import { percentile } from './statistics.ts'
import { cpuMs, peakMiB } from './usage.ts'

/** What one run of one speaker measured; milliseconds unless the name says otherwise. */
export interface Measured {
  readonly speaker: string
  readonly routes: number
  readonly sets: number
  /** OPEN exchange to last prefix, routes set before. */
  readonly dump: number
  readonly dumpMessages: number
  readonly dumpOctets: number
  readonly cpuFromOpen: number
  readonly cpuFromStart: number
  readonly peakMiB: number
  readonly changeP50?: number
  readonly changeP99?: number
  readonly withdraw?: number
  readonly withdrawMessages?: number
  readonly announce?: number
  readonly announceMessages?: number
  readonly stall?: number
  readonly build?: number
}

const CHANGES = 200
/** A change that a speaker joined with its opposite, sent as nothing, is no sample. */
const LOST_MS = 2000
const SETTLE_MS = 100

export async function run(contender: Contender, load: Load, receiver: Receiver): Promise<Measured> {
  const running = await contender.start(load)
  try {
    const dump = await measureDump(running, load, receiver)
    const change = await measureChanges(running, receiver)
    const whole = await measureWhole(running, load, receiver)
    const stall = await running.longestStallMs?.()
    return {
      speaker: contender.name,
      ...load,
      ...dump,
      ...change,
      ...whole,
      ...(stall !== undefined && { stall }),
      ...(running.buildMs !== undefined && { build: running.buildMs }),
      peakMiB: peakMiB(running.pid),
    }
  } finally {
    await running.stop()
  }
}

async function measureDump(running: Running, { routes }: Load, receiver: Receiver) {
  await receiver.expect(routes)
  await receiver.watch(running.pid)
  await running.connect()
  const open = await receiver.next('open')
  const reached = await receiver.next('reached')
  await settle()
  const cpuFromStart = cpuMs(running.pid)
  return {
    dump: (reached.at - open.at) / 1e6,
    dumpMessages: reached.messages,
    dumpOctets: reached.octets,
    cpuFromOpen: cpuFromStart - open.cpu / 1e6,
    cpuFromStart,
  }
}

async function measureChanges(running: Running, receiver: Receiver) {
  if (running.change === undefined) return {}
  const latencies: number[] = []
  await receiver.each(true)
  for (let i = 0; i < CHANGES; i++) {
    const at = await running.change(i % 2 === 0)
    const update = await receiver.next('update', LOST_MS).catch(() => undefined)
    if (update !== undefined) latencies.push((update.at - at) / 1e6)
  }
  await receiver.each(false)
  return { changeP50: percentile(latencies, 50), changeP99: percentile(latencies, 99) }
}

async function measureWhole(running: Running, { routes }: Load, receiver: Receiver) {
  if (running.withdrawAll === undefined || running.announceAll === undefined) return {}
  await receiver.expect(0, routes)
  const withdrawn = await running.withdrawAll()
  const gone = await receiver.next('reached')
  await settle()
  await receiver.expect(routes)
  const announced = await running.announceAll()
  const back = await receiver.next('reached')
  return {
    withdraw: (gone.at - withdrawn) / 1e6,
    withdrawMessages: gone.messages,
    announce: (back.at - announced) / 1e6,
    announceMessages: back.messages,
  }
}

/** Lets background threads of the speaker (compilers, collectors) finish what the dump began, so CPU counts it. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
}
