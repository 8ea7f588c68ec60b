/** The running speaker for monitoring: the same facts as its views, counted. */
import type { Announcer } from './announcer.ts'
import type { SessionFigures, SourceFigures, SpeakerFigures } from './metrics/index.ts'
import { reportService } from './plan/index.ts'
import type { Reports } from './speaker-reports.ts'
import type { AnnouncedServices } from './status/index.ts'
import { routeCounts, type SessionLook } from './views.ts'

export interface FigureSources {
  readonly version: string
  readonly node: string
  readonly announcer: Announcer<SessionLook>
  readonly announced: AnnouncedServices
  source(): SourceFigures
  /** Absent without an API server to write to. */
  readonly reports?: Reports
}

export function speakerFigures(sources: FigureSources): SpeakerFigures {
  const { version, node, announcer, reports } = sources
  return {
    version,
    node,
    source: sources.source,
    sessions: () => sessionFigures(announcer),
    codes: codesOf(sources),
    routes: () => routeCounts(announcer),
    ...(reports !== undefined && {
      status: () => reports.status.figures,
      events: () => reports.events.counts,
    }),
  }
}

/** Every BGPPeer that this node speaks to, or should. */
export const sessionFigures = ({ book }: Announcer<SessionLook>): readonly SessionFigures[] =>
  Array.from(book, ({ spec: { name, address, port }, status }) => ({
    name,
    address,
    port,
    ...(status !== undefined && { session: status.session }),
  }))

/** Counted anew only when something was decided since the last scrape. */
function codesOf({ announcer, announced }: FigureSources): () => ReadonlyMap<string, number> {
  let at = -1
  let counts = new Map<string, number>()
  return () => {
    if (at === announcer.revision) return counts
    at = announcer.revision
    counts = new Map()
    for (const [key, plan] of announcer.planner.plans) {
      if (plan.service.type !== 'LoadBalancer') continue
      // What the rules let through and no peer hears of has a reason of its own.
      const unheard = plan.announce && !announced.all.has(key)
      const { code } = unheard ? reportService(plan, announcer.peers) : plan
      counts.set(code, (counts.get(code) ?? 0) + 1)
    }
    return counts
  }
}
