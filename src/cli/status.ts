/** `oyez status`: the speaker itself, and what is wrong with its configuration. */
import type { SourceView, StatusView } from '../api/index.ts'
import { askSpeaker } from './daemon.ts'
import { findingsText } from './findings.ts'
import { type Format, show, type TextOptions } from './format.ts'
import { ExitCode, type Io } from './io.ts'
import { count, duration } from './words.ts'

export interface StatusArgs {
  readonly socket: string
  readonly output: Format
  readonly check: boolean
}

export async function status({ socket, output, check }: StatusArgs, io: Io): Promise<ExitCode> {
  const view = await askSpeaker(socket, (api) => api.status())
  await show(io, output, view, statusText)
  return check && isBroken(view) ? ExitCode.finding : ExitCode.ok
}

export const isBroken = ({ ready, source }: StatusView): boolean =>
  !ready || source.diagnostics.some(({ severity }) => severity === 'error') || troublesOf(source).length > 0

export function statusText(view: StatusView, { style }: TextOptions): string {
  const { source, peers, services, routes } = view
  const facts: readonly (readonly [string, string])[] = [
    ['speaker', `oyez ${view.version}, node ${view.node}, pid ${view.pid}, up ${duration(view.uptimeMs)}`],
    ['ready', view.ready ? style.good('yes') : style.bad('no')],
    ['source', sourceText(source)],
    ['peers', `${peers.established} of ${peers.selected} established`],
    ['services', `${services.announced} of ${services.total} announced`],
    ['routes', `${routes.ipv4} IPv4, ${routes.ipv6} IPv6`],
  ]
  const lines = facts.map(([name, text]) => `${name.padEnd(10)}${text}\n`).join('')
  return lines + troublesText(source, style) + diagnosticsText(view, style)
}

function sourceText({ kind, location, namespace, loadedAgoMs }: SourceView): string {
  const loaded = loadedAgoMs === undefined ? 'nothing read yet' : `read ${duration(loadedAgoMs)} ago`
  return [`${kind} ${location}`, ...(namespace === undefined ? [] : [`namespace ${namespace}`]), loaded].join(
    ', ',
  )
}

/** What is a finding is told as one. */
const troublesOf = ({ kinds = [], diagnostics }: SourceView): readonly (readonly [string, string])[] =>
  kinds.flatMap(({ kind, trouble }) =>
    trouble === undefined || diagnostics.some(({ message }) => trouble.startsWith(message))
      ? []
      : [[kind, trouble] as const],
  )

function troublesText(source: SourceView, style: TextOptions['style']): string {
  const troubles = troublesOf(source)
  if (troubles.length === 0) return ''
  const lines = troubles.map(([kind, trouble]) => `  ${kind.padEnd(16)} ${trouble}\n`).join('')
  return `\n${style.bad('Not being read just now')}; what was read before stays in force:\n${lines}`
}

function diagnosticsText({ ready, source }: StatusView, style: TextOptions['style']): string {
  const { diagnostics, kind } = source
  if (diagnostics.length === 0) return ''
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  const found = errors > 0 ? count(errors, 'error') : count(diagnostics.length, 'warning')
  const text = findingsText(diagnostics, style)
  if (kind === 'kubernetes') return `\nFound ${found}; what is not named is in force:\n${text}`
  const kept = ready ? 'what was read before stays in force' : 'nothing is announced'
  const state = errors > 0 ? `, so ${kept}` : ''
  return `\nThe newest read found ${found}${state}:\n${text}`
}
