/**
 * One look at a living cluster: everything that decisions read, and what MetalLB's speakers say of theirs. Only GET,
 * LIST and WATCH are asked for.
 */
import { type Log, systemClock } from '../../bgp/index.ts'
import type { Diagnostic, Snapshot } from '../cluster/index.ts'
import { type KubeApi, KubeError, watchKubernetes } from '../sources/index.ts'
import { readAnnouncement } from './metallb.ts'
import type { MetallbAnnouncement } from './types.ts'

export interface Observation {
  readonly snapshot: Snapshot
  readonly diagnostics: readonly Diagnostic[]
  readonly announcements?: readonly MetallbAnnouncement[]
}

export interface ObserveOptions {
  /** Where MetalLB runs and its objects are. */
  readonly namespace: string
  /** How long the first look at everything may take, in ms. */
  readonly timeoutMs: number
  readonly log: Log
}

/** Rejects with a KubeError when the cluster cannot be read. */
export async function observe(api: KubeApi, options: ObserveOptions): Promise<Observation> {
  const [state, announcements] = await Promise.all([
    firstSnapshot(api, options),
    metallbAnnouncements(api, options.namespace),
  ])
  return { ...state, ...(announcements !== undefined && { announcements }) }
}

function firstSnapshot(
  api: KubeApi,
  { namespace, timeoutMs, log }: ObserveOptions,
): Promise<Pick<Observation, 'snapshot' | 'diagnostics'>> {
  return new Promise((resolve, reject) => {
    const watcher = watchKubernetes(
      api,
      { namespace, needs: 'speaker' },
      {
        onSnapshot: (snapshot, diagnostics) => {
          stop()
          resolve({ snapshot, diagnostics })
        },
        onDiagnostics: () => {},
      },
      { clock: systemClock, log, random: Math.random },
    )
    const timer = setTimeout(() => {
      stop()
      const message = `the cluster could not be read within ${Math.round(timeoutMs / 1000)} s`
      reject(
        new KubeError('unreachable', message, { hint: 'the lines above say what was refused or missing' }),
      )
    }, timeoutMs)
    function stop(): void {
      clearTimeout(timer)
      watcher.close()
    }
  })
}

const PAGE = 500

interface Page {
  readonly items?: readonly unknown[] | null
  readonly metadata?: { readonly continue?: string } | null
}

/** Undefined when the cluster does not know the kind. */
async function metallbAnnouncements(
  api: KubeApi,
  namespace: string,
): Promise<readonly MetallbAnnouncement[] | undefined> {
  const path = `/apis/metallb.io/v1beta1/namespaces/${encodeURIComponent(namespace)}/servicebgpstatuses`
  const found: MetallbAnnouncement[] = []
  let next: string | undefined
  do {
    const query = { limit: PAGE, continue: next }
    const page: Page | undefined = await api
      .request<Page>({ method: 'GET', path, query })
      .catch((error: unknown) => {
        if (error instanceof KubeError && error.kind === 'not-found') return undefined
        throw error
      })
    if (page === undefined) return undefined
    for (const item of page.items ?? []) found.push(...[readAnnouncement(item) ?? []].flat())
    next = page.metadata?.continue || undefined
  } while (next !== undefined)
  return found
}
