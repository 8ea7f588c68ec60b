/**
 * The pods that oyez runs as, found by the labels that every way of installing it gives them. A laptop need not know
 * the namespace: where one may list pods everywhere, the labels tell it.
 */
import { DEFAULT_NAMESPACE } from '../places.ts'
import { type KubeApi, KubeError, pagesOf } from '../sources/index.ts'

export interface OyezPod {
  readonly namespace: string
  readonly name: string
  readonly component: 'speaker' | 'controller'
  /** Absent before it has been given one. */
  readonly node?: string
  readonly ready: boolean
  /** Why it cannot be asked: `Pending`, `ImagePullBackOff`. Absent when it runs. */
  readonly trouble?: string
}

/** What we read of a pod; nothing of it has been checked. */
interface RawPod {
  readonly metadata?: {
    readonly namespace?: string
    readonly name?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly deletionTimestamp?: string
  }
  readonly spec?: { readonly nodeName?: string }
  readonly status?: {
    readonly phase?: string
    readonly conditions?: readonly { readonly type?: string; readonly status?: string }[]
    readonly containerStatuses?: readonly {
      readonly state?: { readonly waiting?: { readonly reason?: string } }
    }[]
  }
}

const SELECTOR = 'app.kubernetes.io/name=oyez,app.kubernetes.io/component in (speaker,controller)'

/**
 * All pods of one installation. Rejects with a KubeError: when pods may not be listed (the hint names the rule), and
 * when no namespace was given and several have oyez.
 */
export async function findPods(api: KubeApi, namespace?: string): Promise<readonly OyezPod[]> {
  if (namespace !== undefined) return listPods(api, namespace)
  const everywhere = await listPods(api).catch((error: unknown) => {
    if (error instanceof KubeError && error.kind === 'forbidden') return undefined
    throw error
  })
  if (everywhere === undefined) return listPods(api, DEFAULT_NAMESPACE)
  const namespaces = [...new Set(everywhere.map((pod) => pod.namespace))].sort()
  if (namespaces.length < 2) return everywhere
  throw new KubeError('failed', `oyez runs in several namespaces: ${namespaces.join(', ')}`, {
    hint: 'choose one with --namespace',
  })
}

async function listPods(api: KubeApi, namespace?: string): Promise<OyezPod[]> {
  const path =
    namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`
  const pods: OyezPod[] = []
  for await (const page of pagesOf(api, path, { labelSelector: SELECTOR }))
    pods.push(...page.flatMap((pod: RawPod) => podOf(pod)))
  return pods
}

function podOf({ metadata, spec, status }: RawPod): OyezPod[] {
  const { namespace, name, labels } = metadata ?? {}
  if (namespace === undefined || name === undefined) return []
  const component = labels?.['app.kubernetes.io/component'] === 'controller' ? 'controller' : 'speaker'
  const ready = status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false
  const trouble = troubleOf(status, metadata?.deletionTimestamp)
  return [
    {
      namespace,
      name,
      component,
      ready,
      ...(spec?.nodeName !== undefined && { node: spec.nodeName }),
      ...(trouble !== undefined && { trouble }),
    },
  ]
}

function troubleOf(status: RawPod['status'], deleted: string | undefined): string | undefined {
  const waiting = status?.containerStatuses?.find(({ state }) => state?.waiting !== undefined)
  if (waiting !== undefined) return waiting.state?.waiting?.reason ?? 'waiting'
  if (status?.phase !== 'Running') return status?.phase ?? 'Unknown'
  return deleted === undefined ? undefined : 'Terminating'
}
