/** `oyez status`: the speaker itself, and what is wrong with its configuration. */
import type { StatusView } from '../api/index.ts'
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
  const broken = !view.ready || view.source.diagnostics.some(({ severity }) => severity === 'error')
  return check && broken ? ExitCode.finding : ExitCode.ok
}

export function statusText(view: StatusView, { style }: TextOptions): string {
  const { source, peers, services, routes } = view
  const loaded =
    source.loadedAgoMs === undefined ? 'nothing read yet' : `read ${duration(source.loadedAgoMs)} ago`
  const facts: readonly (readonly [string, string])[] = [
    ['speaker', `oyez ${view.version}, node ${view.node}, pid ${view.pid}, up ${duration(view.uptimeMs)}`],
    ['ready', view.ready ? style.good('yes') : style.bad('no')],
    ['source', `${source.kind} ${source.location}, ${loaded}`],
    ['peers', `${peers.established} of ${peers.selected} established`],
    ['services', `${services.announced} of ${services.total} announced`],
    ['routes', `${routes.ipv4} IPv4, ${routes.ipv6} IPv6`],
  ]
  const lines = facts.map(([name, text]) => `${name.padEnd(10)}${text}\n`).join('')
  return lines + diagnosticsText(view, style)
}

function diagnosticsText(
  { ready, source: { diagnostics } }: StatusView,
  style: TextOptions['style'],
): string {
  if (diagnostics.length === 0) return ''
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  const found = errors > 0 ? count(errors, 'error') : count(diagnostics.length, 'warning')
  const kept = ready ? 'what was read before stays in force' : 'nothing is announced'
  const state = errors > 0 ? `, so ${kept}` : ''
  return `\nThe newest read found ${found}${state}:\n${findingsText(diagnostics, style)}`
}
