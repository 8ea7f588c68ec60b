/**
 * One look at a living cluster: everything that decisions read, and what MetalLB's speakers say of theirs. Only GET,
 * LIST and WATCH are asked for.
 */
import { type Log, systemClock } from '../../bgp/index.ts'
import type { Diagnostic, Snapshot } from '../cluster/index.ts'
import {
  type KubeApi,
  KubeError,
  type KubernetesKindView,
  pagesOf,
  watchKubernetes,
} from '../sources/index.ts'
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

/** Rejects with a KubeError when the cluster cannot be read, or has nothing of MetalLB. */
export async function observe(api: KubeApi, options: ObserveOptions): Promise<Observation> {
  const [state, announcements] = await Promise.all([
    firstSnapshot(api, options),
    metallbAnnouncements(api, options.namespace),
  ])
  const { pools, peers } = state.snapshot.config
  // Nothing to compare with is no agreement: most likely MetalLB is in another namespace.
  if (pools.length + peers.length + (announcements?.length ?? 0) === 0)
    throw new KubeError('not-found', `there is nothing of MetalLB in the namespace ${options.namespace}`, {
      hint: 'name its namespace with -n',
    })
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
      const { kinds } = watcher.view()
      stop()
      reject(tooLate(timeoutMs, kinds))
    }, timeoutMs)
    function stop(): void {
      clearTimeout(timer)
      watcher.close()
    }
  })
}

/** Says what is missing, and why, as far as the server has said anything. */
function tooLate(timeoutMs: number, kinds: readonly KubernetesKindView[]): KubeError {
  const missing = kinds.filter(({ synced }) => !synced)
  const names = missing.map(({ kind }) => kind).join(', ')
  const [trouble] = missing.flatMap(({ trouble = [] }) => trouble)
  const hint =
    trouble ?? 'the server did not answer; look whether it is reachable, or give it time: --timeout'
  const message = `the cluster could not be read within ${Math.round(timeoutMs / 1000)} s; missing: ${names}`
  return new KubeError('unreachable', message, { hint })
}

/** Undefined when the cluster does not know the kind. */
async function metallbAnnouncements(
  api: KubeApi,
  namespace: string,
): Promise<readonly MetallbAnnouncement[] | undefined> {
  const path = `/apis/metallb.io/v1beta1/namespaces/${encodeURIComponent(namespace)}/servicebgpstatuses`
  const found: MetallbAnnouncement[] = []
  try {
    for await (const page of pagesOf(api, path))
      found.push(...page.flatMap((item) => readAnnouncement(item) ?? []))
    return found
  } catch (error) {
    if (error instanceof KubeError && error.kind === 'not-found') return undefined
    throw error
  }
}
