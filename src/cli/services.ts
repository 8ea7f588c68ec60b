/** `oyez services`: each LoadBalancer service, and whether this node announces it or why not. */
import type { ServicesView, ServiceView } from '../api/index.ts'
import { askSpeaker, sayWhatMisleads } from './daemon.ts'
import { type Format, show, type TextOptions } from './format.ts'
import { ExitCode, type Io } from './io.ts'
import { type Column, table } from './table.ts'

export interface ServicesArgs {
  readonly socket: string
  readonly output: Format
}

export async function services({ socket, output }: ServicesArgs, io: Io): Promise<ExitCode> {
  const view = await askSpeaker(socket, (api) => api.services())
  await show(io, output, view, servicesText)
  await sayWhatMisleads(socket, output, io)
  return ExitCode.ok
}

export const servicesText = ({ services }: ServicesView, options: TextOptions): string =>
  services.length === 0
    ? 'There is no service of type LoadBalancer.\n'
    : table(SERVICE_COLUMNS, services.toSorted(byKey), options)

const byKey = (a: ServiceView, b: ServiceView): number => (a.key < b.key ? -1 : 1)

export const SERVICE_COLUMNS: readonly Column<ServiceView>[] = [
  { title: 'SERVICE', cell: ({ key }) => key },
  { title: 'ADDRESS', cell: ({ addresses }) => addresses.join(', ') || '-' },
  { title: 'POLICY', cell: ({ policy }) => policy },
  { title: 'POOL', cell: ({ pool }) => pool ?? '-', only: 'wide' },
  {
    title: 'ANNOUNCED',
    cell: ({ announce }) => (announce ? 'yes' : 'no'),
    paint: ({ announce }, style) => (announce ? style.good : style.doubtful),
  },
  { title: 'WHY', cell: ({ announce, code, message }) => (announce ? message : `${code}: ${message}`) },
]
