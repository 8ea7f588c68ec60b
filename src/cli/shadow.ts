/** `oyez shadow`: beside a living MetalLB, what would be different with oyez. Announces nothing, writes nothing. */
import type { Log } from '../../bgp/index.ts'
import { compareWithMetallb, observe, type ShadowReport } from '../shadow/index.ts'
import { connectKubernetes, KubeError } from '../sources/index.ts'
import { findingsText } from './findings.ts'
import { type Format, show, type TextOptions } from './format.ts'
import { CliError, ExitCode, emit, type Io } from './io.ts'
import { type Column, table } from './table.ts'
import { count } from './words.ts'

export interface ShadowArgs {
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  readonly namespace: string
  readonly output: Format
  readonly lbClass?: string | undefined
  readonly ignoreExcludeLb: boolean
  readonly timeout: number
}

export async function shadow(args: ShadowArgs, io: Io): Promise<ExitCode> {
  const report = await compare(args, io).catch((error: unknown) => {
    if (error instanceof KubeError) throw new CliError(ExitCode.unreachable, error.message, error.hint)
    throw error
  })
  await show(io, args.output, report, shadowText)
  return differences(report) === 0 ? ExitCode.ok : ExitCode.finding
}

async function compare(args: ShadowArgs, io: Io): Promise<ShadowReport> {
  const { kubeconfig, context, namespace, lbClass, ignoreExcludeLb, timeout } = args
  const api = await connectKubernetes({
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
  })
  try {
    const log: Log = (level, message) => {
      if (level === 'warn' || level === 'error') void emit(io.stderr, `${message}\n`)
    }
    const observation = await observe(api, { namespace, timeoutMs: timeout * 1000, log })
    const options = { ...(lbClass !== undefined && { lbClass }), ignoreExcludeLb }
    return compareWithMetallb({ ...observation, options })
  } finally {
    api.close()
  }
}

const differences = ({ allocation, announcement }: ShadowReport): number =>
  allocation.differences.length + (announcement?.differences.length ?? 0)

export function shadowText(report: ShadowReport, options: TextOptions): string {
  const { style } = options
  const { allocation, announcement, diagnostics, notes } = report
  const section = (title: string, same: string, rows: string) => `${style.strong(title)}\n${same}\n${rows}\n`
  return [
    findingsText(diagnostics, style),
    diagnostics.length === 0 ? '' : '\n',
    section(
      'Addresses',
      `${count(allocation.same, 'service')} would keep what they have, ${allocation.differences.length} would not`,
      allocation.differences.length === 0 ? '' : table(ALLOCATION_COLUMNS, allocation.differences, options),
    ),
    announcement === undefined
      ? ''
      : section(
          'Announcements',
          `${count(announcement.same, 'pair')} of service and node would stay, ${announcement.differences.length} would not`,
          announcement.differences.length === 0
            ? ''
            : table(ANNOUNCEMENT_COLUMNS, announcement.differences, options),
        ),
    ...notes.map((note) => `${style.doubtful('note')} ${note}\n`),
    `${verdict(report)}\n`,
  ].join('')
}

function verdict(report: ShadowReport): string {
  const { services, nodes } = report
  const seen = `${count(services, 'service')} on ${count(nodes.length, 'node')}`
  const found = differences(report)
  return found === 0
    ? `${seen}: with oyez nothing would change`
    : `${seen}: with oyez ${count(found, 'thing')} would be different`
}

const list = (items: readonly string[]): string => (items.length === 0 ? '-' : items.join(', '))

const ALLOCATION_COLUMNS: readonly Column<ShadowReport['allocation']['differences'][number]>[] = [
  { title: 'SERVICE', cell: ({ service }) => service },
  { title: 'METALLB', cell: ({ metallb }) => list(metallb) },
  { title: 'OYEZ', cell: ({ oyez }) => list(oyez) },
  { title: 'WHY', cell: ({ code, message }) => `${code}: ${message}` },
]

const ANNOUNCEMENT_COLUMNS: readonly Column<
  NonNullable<ShadowReport['announcement']>['differences'][number]
>[] = [
  { title: 'SERVICE', cell: ({ service }) => service },
  { title: 'NODE', cell: ({ node }) => node },
  { title: 'METALLB', cell: ({ metallb }) => list(metallb) },
  { title: 'OYEZ', cell: ({ oyez }) => list(oyez) },
  { title: 'WHY', cell: ({ code, message }) => `${code}: ${message}` },
]
