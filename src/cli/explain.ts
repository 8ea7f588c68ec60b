/** `oyez explain`: the ordered trace of one service, the conclusion, and what to do next. */
import type { ExplainView, PeerExplanation } from '../api/index.ts'
import type { ServiceReport, TraceStep } from '../plan/index.ts'
import { askSpeaker, sayWhatMisleads } from './daemon.ts'
import { type Format, show, type TextOptions } from './format.ts'
import { nextStep } from './hints.ts'
import { ExitCode, type Io } from './io.ts'
import type { Style } from './style.ts'
import { printable } from './table.ts'

export interface ExplainArgs {
  readonly socket: string
  readonly output: Format
  readonly service: string
  readonly peer?: string | undefined
}

export async function explain({ socket, output, service, peer }: ExplainArgs, io: Io): Promise<ExitCode> {
  const view = await askSpeaker(socket, (api) => api.explain(service, peer))
  await show(io, output, view, explainText)
  await sayWhatMisleads(socket, output, io)
  return ExitCode.ok
}

export function explainText({ node, service, peers }: ExplainView, { style }: TextOptions): string {
  const { key, addresses, policy } = service
  const lines = [
    `${style.strong(key)}  ${addresses.join(', ') || 'no address'}  externalTrafficPolicy ${policy}, seen from ${node}`,
    '',
    ...traceLines(service.trace, style),
    '',
    ...conclusion(service, node, style),
    ...peers.flatMap((peer) => ['', ...peerLines(peer, service, node, style)]),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function conclusion({ announce, code, message, key }: ServiceReport, node: string, style: Style): string[] {
  const verdict = announce
    ? style.good(`${node} announces ${printable(message)}`)
    : style.bad(`${node} does not announce it: ${code}`)
  return [verdict, ...hintLine(nextStep(code, key, node))]
}

const hintLine = (hint: string | undefined): string[] =>
  hint === undefined ? [] : [`Next step: ${printable(hint)}`]

function peerLines(explained: PeerExplanation, service: ServiceReport, node: string, style: Style): string[] {
  const { peer, address, state, trace, routes, code } = explained
  const heading = `Towards ${style.strong(peer)} (${address})${state === undefined ? '' : `, session ${state}`}`
  const told = routes.flatMap(({ prefix, sent }) => {
    if (sent) return `  ${style.good(style.yes)} ${prefix} has been sent`
    // Where a rule keeps something back the trace has said so; otherwise it is on its way.
    const why = state === 'Established' ? 'not been sent yet' : 'not been sent: the session is down'
    return code === undefined ? `  ${style.doubtful(style.wait)} ${prefix} has ${why}` : []
  })
  // What stops the whole service has been said already.
  const hint = code === undefined || code === service.code ? undefined : nextStep(code, service.key, node)
  return [heading, ...traceLines(trace, style), ...(service.announce ? told : []), ...hintLine(hint)]
}

/** Steps behind the deciding one are shown, quietly: they tell what else is wrong. */
function traceLines(trace: readonly TraceStep[], style: Style): string[] {
  const width = Math.max(0, ...trace.map(({ rule }) => rule.length))
  return trace.map(({ rule, ok, code, message, late }) => {
    const mark = ok ? style.good(style.yes) : style.bad(style.no)
    const said = `${rule.padEnd(width)}  ${code === undefined ? '' : `${code}: `}${printable(message)}`
    return `  ${mark} ${late ? style.quiet(said) : said}`
  })
}
