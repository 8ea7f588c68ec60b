/**
 * What a speaker tells Kubernetes about itself: status objects and Events, over the API server it reads from. Wiring;
 * the rules are in src/status and src/events.
 */
import { type Log, systemClock } from '../bgp/index.ts'
import { EventRecorder } from './events/index.ts'
import type { KubeApi, ObjectIdentity } from './sources/index.ts'
import type { KubernetesSource } from './speaker-options.ts'
import { NodeStatus } from './status/index.ts'

export interface ReportOptions {
  readonly api: KubeApi
  readonly namespace: string
  readonly node: string
  readonly source: KubernetesSource
  /** The object as the source knows it. */
  readonly identity: (kind: string, namespace: string, name: string) => ObjectIdentity | undefined
  readonly log: Log
}

export interface Reports {
  readonly status: NodeStatus
  readonly events: EventRecorder
  /** Tells what waits, for a second or so. */
  close(): Promise<void>
}

/** Name of the reporter, as `kubectl describe` shows it. */
const COMPONENT = 'oyez-speaker'

export function speakerReports({ api, namespace, node, source, identity, log }: ReportOptions): Reports {
  const { pod, serviceStatus } = source
  const context = { clock: systemClock, random: Math.random, log }
  const author = { component: COMPONENT, host: node, namespace, ...(pod !== undefined && { instance: pod }) }
  const events = new EventRecorder(api, { ...author, ...context })
  const status = new NodeStatus({
    ...context,
    api,
    node,
    namespace,
    ...(pod !== undefined && { pod }),
    serviceStatus,
    tell: events.tell,
    identify: (kind, where, name) => {
      const found = identity(kind, where, name)
      return found && { apiVersion: found.apiVersion, kind, namespace: where, name, uid: found.uid }
    },
    today: () => new Date(),
  })
  return {
    status,
    events,
    async close() {
      status.close()
      await events.close()
    },
  }
}
