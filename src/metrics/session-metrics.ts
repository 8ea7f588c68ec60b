/** BGP sessions in numbers: MetalLB's names for its dashboards and alerts, and what they leave out. */
import type { SessionState, SessionView } from '../api/index.ts'
import type { Figures, Row } from './registry.ts'

export interface SessionFigures {
  /** Name of the BGPPeer. */
  readonly name: string
  readonly address: string
  readonly port: number
  /** Absent when the peer could not be given a session. */
  readonly session?: SessionView
}

const STATES: readonly SessionState[] = [
  'Idle',
  'Connect',
  'Active',
  'OpenSent',
  'OpenConfirm',
  'Established',
]

type Sessions = () => Iterable<SessionFigures>

export function addSessionMetrics(figures: Figures, sessions: Sessions): void {
  addMetallbNames(figures, sessions)
  addStates(figures, sessions)
  addCounts(figures, sessions)
}

function addMetallbNames(figures: Figures, sessions: Sessions): void {
  const each = (value: (session: SessionView) => number) => () =>
    Array.from(
      sessions(),
      ({ address, port, session }): Row<'peer'> => [
        { peer: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}` },
        session === undefined ? 0 : value(session),
      ],
    )
  figures.gauges(
    { name: 'metallb_bgp_session_up', help: '1 while the session is Established, else 0.' },
    ['peer'],
    each(({ state }) => Number(state === 'Established')),
  )
  figures.counters(
    { name: 'metallb_bgp_updates_total', help: 'UPDATE messages sent.' },
    ['peer'],
    each(({ messages }) => messages.sent.UPDATE ?? 0),
  )
  figures.gauges(
    {
      name: 'metallb_bgp_announced_prefixes_total',
      help: 'Prefixes that the peer has been told.',
    },
    ['peer'],
    each(({ advertised }) => advertised.ipv4 + advertised.ipv6),
  )
  figures.gauges(
    {
      name: 'metallb_bgp_pending_prefixes_total',
      help: 'Changes that the peer has not been told yet.',
    },
    ['peer'],
    each(({ pending }) => pending),
  )
}

const labelsOf = ({ name, address }: SessionFigures) => ({ peer: name, address })

function addStates(figures: Figures, sessions: Sessions): void {
  figures.gauges(
    {
      name: 'oyez_bgp_session_state',
      help: '1 for the state that the session is in (RFC 4271), 0 for the others.',
    },
    ['peer', 'address', 'state'],
    () =>
      Array.from(sessions()).flatMap((one) =>
        STATES.map(
          (state): Row<'peer' | 'address' | 'state'> => [
            { ...labelsOf(one), state },
            Number((one.session?.state ?? 'Idle') === state),
          ],
        ),
      ),
  )
  figures.counters(
    { name: 'oyez_bgp_session_flaps_total', help: 'Times that the session was lost.' },
    ['peer', 'address'],
    () => Array.from(sessions(), (one) => [labelsOf(one), one.session?.flaps ?? 0]),
  )
}

function addCounts(figures: Figures, sessions: Sessions): void {
  const ofSessions = <Name extends string>(rows: (session: SessionView) => readonly Row<Name>[]) =>
    Array.from(sessions()).flatMap((one) =>
      one.session === undefined
        ? []
        : rows(one.session).map(([labels, value]) => [{ ...labelsOf(one), ...labels }, value] as const),
    )
  figures.counters(
    { name: 'oyez_bgp_messages_total', help: 'BGP messages by direction and type.' },
    ['peer', 'address', 'direction', 'type'],
    () => ofSessions(({ messages }) => messageRows(messages)),
  )
  figures.gauges(
    {
      name: 'oyez_bgp_prefixes',
      help: 'Prefixes that the peer has been told (sent) and has told us (received).',
    },
    ['peer', 'address', 'direction', 'family'],
    () => ofSessions(({ advertised, received }) => prefixRows({ sent: advertised, received })),
  )
  figures.gauges(
    { name: 'oyez_bgp_withheld_prefixes', help: 'Wanted prefixes that the session cannot carry, by reason.' },
    ['peer', 'address', 'family', 'reason'],
    () =>
      ofSessions(({ withheld }) =>
        withheld.map(({ family, reason, count }): Row<'family' | 'reason'> => [{ family, reason }, count]),
      ),
  )
}

const messageRows = (messages: SessionView['messages']): readonly Row<'direction' | 'type'>[] =>
  Object.entries(messages).flatMap(([direction, byType]) =>
    Object.entries(byType).map(([type, count]): Row<'direction' | 'type'> => [{ direction, type }, count]),
  )

const prefixRows = (
  counts: Readonly<Record<string, { readonly ipv4: number; readonly ipv6: number }>>,
): readonly Row<'direction' | 'family'>[] =>
  Object.entries(counts).flatMap(([direction, { ipv4, ipv6 }]): readonly Row<'direction' | 'family'>[] => [
    [{ direction, family: 'ipv4' }, ipv4],
    [{ direction, family: 'ipv6' }, ipv6],
  ])
