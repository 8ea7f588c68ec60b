/** Where a speaker's cluster state comes from, as its options say; and with an API server, the way back to it. */
import type { Log } from '../bgp/index.ts'
import type { Diagnostic, Labels, Snapshot } from './cluster/index.ts'
import type { Feed } from './feed.ts'
import { KubernetesFeed } from './kubernetes-feed.ts'
import { ManifestFeed } from './manifest-feed.ts'
import type { SourceFigures } from './metrics/index.ts'
import { DEFAULT_NAMESPACE } from './places.ts'
import { connectKubernetes, type KubeApi } from './sources/index.ts'
import type { KubernetesSource, SpeakerOptions } from './speaker-options.ts'
import { type Reports, speakerReports } from './speaker-reports.ts'
import { concerning } from './status/index.ts'

export interface Source {
  readonly feed: Feed
  /** What concerns this node of the feed's figures. */
  figures(): SourceFigures
  /** Only with an API server. */
  readonly api?: KubeApi
  readonly reports?: Reports
}

type Take = (snapshot: Snapshot) => void

/** Nothing is read before `feed.start()`. Rejects with a KubeError when no way to an API server is known. */
export async function openSource({ node, source }: SpeakerOptions, log: Log, take: Take): Promise<Source> {
  if (source.kind === 'kubernetes') return apiSource(source, node, log, take)
  const feed = new ManifestFeed(source.folder, take, log)
  return { feed, figures: () => feed.figures() }
}

async function apiSource(source: KubernetesSource, node: string, log: Log, take: Take): Promise<Source> {
  const api = await connectKubernetes(source)
  const namespace = source.namespace ?? api.namespace ?? DEFAULT_NAMESPACE
  let labels: Labels | undefined
  const found = (diagnostics: readonly Diagnostic[]) =>
    reports.status.configuration(concerning(labels, diagnostics))
  const feed: KubernetesFeed = new KubernetesFeed({
    api,
    namespace,
    needs: 'speaker',
    log,
    take: (snapshot, diagnostics) => {
      labels = snapshot.nodes.get(node)?.labels
      take(snapshot)
      found(diagnostics)
    },
    onFindings: (diagnostics) => {
      // Half of what there is says nothing about the whole.
      if (feed.isReady) found(diagnostics)
    },
  })
  const identity = feed.identity.bind(feed)
  const reports = speakerReports({ api, namespace, node, source, identity, log })
  return { feed, api, reports, figures: () => figuresFor(labels, feed) }
}

function figuresFor(labels: Labels | undefined, feed: Feed): SourceFigures {
  const figures = feed.figures()
  return { ...figures, diagnostics: concerning(labels, figures.diagnostics) }
}
