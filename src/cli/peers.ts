/** `oyez peers`: every BGPPeer, its session, and the last error in words. */
import type { PeersView, PeerView, SessionView } from '../api/index.ts'
import { askSpeaker, sayIfStale } from './daemon.ts'
import { type Format, show, type TextOptions } from './format.ts'
import { ExitCode, type Io } from './io.ts'
import type { Paint, Style } from './style.ts'
import { type Column, table } from './table.ts'
import { duration } from './words.ts'

export interface PeersArgs {
  readonly socket: string
  readonly output: Format
  readonly check: boolean
}

export async function peers({ socket, output, check }: PeersArgs, io: Io): Promise<ExitCode> {
  const view = await askSpeaker(socket, (api) => api.peers())
  await show(io, output, view, peersText)
  await sayIfStale(socket, output, io)
  return check && anyDown(view) ? ExitCode.finding : ExitCode.ok
}

export const anyDown = ({ peers }: PeersView): boolean =>
  peers.some((peer) => peer.selected && peer.session?.state !== 'Established')

export function peersText({ node, peers }: PeersView, options: TextOptions): string {
  if (peers.length === 0) return 'No BGPPeer is configured.\n'
  return (options.wide ? `Node ${node}\n` : '') + table(PEER_COLUMNS, peers, options)
}

/** The port only where it is not BGP's own. */
function addressText({ address, port }: PeerView): string {
  if (port === 179) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function of(cell: (session: SessionView) => string): (peer: PeerView) => string {
  return ({ session }) => (session === undefined ? '-' : cell(session))
}

const text = (value: number | undefined): string => (value === undefined ? '-' : String(value))

const holdText = ({ holdTime }: SessionView): string => (holdTime === 0 ? 'off' : `${holdTime}s`)

/** `4`, or `4 v4, 2 v6` where IPv6 has any. */
const countsText = ({ ipv4, ipv6 }: { ipv4: number; ipv6: number }): string =>
  ipv6 === 0 ? String(ipv4) : ipv4 === 0 ? `${ipv6} v6` : `${ipv4} v4, ${ipv6} v6`

function messagesText({ messages }: SessionView): string {
  const total = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((sum, one) => sum + one, 0)
  return `${total(messages.sent)}/${total(messages.received)}`
}

/** As operators abbreviate them, so that a line fits a screen. Names that are not here are shown in full. */
const SHORT: Readonly<Record<string, string>> = {
  multiprotocol: 'MP',
  'route refresh': 'refresh',
  'enhanced route refresh': 'refresh+',
  'graceful restart': 'GR',
  'long-lived graceful restart': 'LLGR',
  '4-octet AS': 'AS4',
  'extended messages': 'extended',
  'extended next hop': 'ENH',
}

function shortCapabilities({ capabilities: { negotiated } }: SessionView): string {
  return negotiated.map((name) => SHORT[name] ?? name).join(' ') || '-'
}

function onlyOffered({ state, capabilities: { offered, negotiated } }: SessionView): string {
  if (state !== 'Established') return '-'
  return offered.filter((name) => !negotiated.includes(name)).join(', ') || '-'
}

function lastErrorText({ session, message }: PeerView): string {
  if (session === undefined) return message
  const { lastError, withheld, nextRetryInMs } = session
  const kept = withheld.map(({ count, family, reason }) => `${count} ${family} kept back: ${reason}`)
  const retry = nextRetryInMs === undefined ? [] : [`next try in ${duration(nextRetryInMs)}`]
  const error =
    lastError === undefined
      ? []
      : [`${lastError.direction} ${duration(lastError.agoMs)} ago: ${lastError.text}`]
  return [...error, ...kept, ...retry].join('; ') || '-'
}

function statePaint({ session }: PeerView, style: Style): Paint {
  switch (session?.state) {
    case 'Established':
      return style.good
    case undefined:
      return style.quiet
    case 'Idle':
      return style.bad
    default:
      return style.doubtful
  }
}

export const PEER_COLUMNS: readonly Column<PeerView>[] = [
  { title: 'PEER', cell: ({ name }) => name },
  { title: 'ADDRESS', cell: addressText },
  { title: 'AS', cell: ({ asn }) => text(asn), align: 'right' },
  { title: 'LOCAL AS', cell: ({ localAsn }) => text(localAsn), align: 'right', only: 'wide' },
  { title: 'STATE', cell: ({ session }) => session?.state ?? 'not selected', paint: statePaint },
  {
    title: 'UPTIME',
    cell: of(({ uptimeMs }) => (uptimeMs === undefined ? '-' : duration(uptimeMs))),
    align: 'right',
  },
  { title: 'HOLD', cell: of(holdText), align: 'right' },
  { title: 'SENT', cell: of(({ advertised }) => countsText(advertised)), align: 'right' },
  { title: 'RECEIVED', cell: of(({ received }) => countsText(received)), align: 'right' },
  { title: 'PENDING', cell: of(({ pending }) => text(pending)), align: 'right', only: 'wide' },
  { title: 'FLAPS', cell: of(({ flaps }) => text(flaps)), align: 'right', only: 'wide' },
  { title: 'ROUTER ID', cell: of(({ routerId }) => routerId ?? '-'), only: 'wide' },
  { title: 'REMOTE ID', cell: of(({ remoteRouterId }) => remoteRouterId ?? '-'), only: 'wide' },
  { title: 'MESSAGES OUT/IN', cell: of(messagesText), only: 'wide' },
  { title: 'CAPABILITIES', cell: of(shortCapabilities), only: 'narrow' },
  {
    title: 'CAPABILITIES',
    cell: of(({ capabilities }) => capabilities.negotiated.join(', ') || '-'),
    only: 'wide',
  },
  { title: 'ONLY OFFERED', cell: of(onlyOffered), only: 'wide' },
  { title: 'LAST ERROR', cell: lastErrorText },
]
