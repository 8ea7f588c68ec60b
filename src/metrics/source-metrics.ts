/** Where the cluster state comes from, in numbers; the same for controller and speaker. */
import type { Diagnostic } from '../cluster/index.ts'
import type { KubernetesKindView } from '../sources/index.ts'
import { configurationErrors } from '../status/index.ts'
import type { Figures, Row } from './registry.ts'

export interface SourceFigures {
  /** A whole good state has been taken over. */
  readonly isReady: boolean
  readonly diagnostics: readonly Diagnostic[]
  /** States of the cluster that were taken over, and how many of them held something broken. */
  readonly updates: number
  readonly updateErrors: number
  /** How it stands with each kind of the API; absent for a folder. */
  readonly kinds?: readonly KubernetesKindView[]
}

export function addSourceMetrics(figures: Figures, source: () => SourceFigures): void {
  addMetallbNames(figures, source)
  figures.gauge({ name: 'oyez_source_synced', help: '1 once the whole cluster state has been read.' }, () =>
    Number(source().isReady),
  )
  figures.gauges(
    { name: 'oyez_source_findings', help: 'What is wrong in the cluster state, by severity.' },
    ['severity'],
    () => (['error', 'warning'] as const).map((severity) => [{ severity }, countOf(source(), severity)]),
  )
  addKinds(figures, () => source().kinds ?? [])
}

function addMetallbNames(figures: Figures, source: () => SourceFigures): void {
  const prefix = 'metallb_k8s_client'
  figures.counter(
    { name: `${prefix}_updates_total`, help: 'States of the cluster that were taken over.' },
    () => source().updates,
  )
  figures.counter(
    { name: `${prefix}_update_errors_total`, help: 'States that were taken over without something broken.' },
    () => source().updateErrors,
  )
  figures.gauge({ name: `${prefix}_config_loaded_bool`, help: '1 once a configuration is in force.' }, () =>
    Number(source().isReady),
  )
  figures.gauge(
    {
      name: `${prefix}_config_stale_bool`,
      help: '1 while some objects of the configuration are broken and left out.',
    },
    () => Number(configurationErrors(source().diagnostics).length > 0),
  )
}

function addKinds(figures: Figures, kinds: () => readonly KubernetesKindView[]): void {
  const perKind = (name: string, help: string, value: (view: KubernetesKindView) => number | undefined) =>
    figures.gauges({ name, help }, ['kind'], () =>
      kinds().flatMap((view): readonly Row<'kind'>[] => {
        const number = value(view)
        return number === undefined ? [] : [[{ kind: view.kind }, number]]
      }),
    )
  perKind('oyez_source_objects', 'Objects of the API that are followed.', ({ objects }) => objects)
  perKind('oyez_source_kind_synced', '1 once all objects of the kind have been listed.', ({ synced }) =>
    Number(synced),
  )
  perKind('oyez_source_kind_trouble', '1 while the kind cannot be read.', ({ trouble }) =>
    Number(trouble !== undefined),
  )
  perKind(
    'oyez_source_last_event_age_seconds',
    'Time since an object of the kind was last heard of.',
    ({ lastEventAgoMs }) => (lastEventAgoMs === undefined ? undefined : lastEventAgoMs / 1000),
  )
}

const countOf = ({ diagnostics }: SourceFigures, severity: Diagnostic['severity']): number =>
  diagnostics.filter((one) => one.severity === severity).length
