/** core/v1 Events as the API server takes them. Pure. */
import type { Waiting } from './queue.ts'

export interface Source {
  /** `oyez-controller`: shown by `kubectl describe` in the column FROM. */
  readonly component: string
  /** Name of the node. */
  readonly host?: string
  /** Of the pod that says it. */
  readonly instance?: string
}

const LONGEST_NAME = 253
/** The API server refuses longer ones. */
const LONGEST_MESSAGE = 1_024

/** Where the Event lives: beside its object, or in `fallback` when that has no namespace. */
export const namespaceOf = ({ wish }: Waiting, fallback: string): string =>
  wish.regarding.namespace || fallback

/** @param unique told apart from all other Events about the object, e.g. a moment in hex. */
export function eventBody(waiting: Waiting, source: Source, namespace: string, unique: string) {
  const { wish, times, first, last } = waiting
  const { regarding, type, reason, message } = wish
  const { component, host } = source
  const tail = `.${unique}`
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: regarding.name.slice(0, LONGEST_NAME - tail.length) + tail, namespace },
    involvedObject: regarding,
    type,
    reason,
    message: clipped(message),
    source: { component, ...(host !== undefined && { host }) },
    reportingComponent: component,
    reportingInstance: source.instance ?? host ?? component,
    firstTimestamp: seconds(first),
    lastTimestamp: seconds(last),
    count: times,
  }
}

/** The same thing once more. */
export const eventPatch = (waiting: Waiting, count: number) => ({
  count,
  lastTimestamp: seconds(waiting.last),
})

const clipped = (text: string): string =>
  text.length <= LONGEST_MESSAGE ? text : `${text.slice(0, LONGEST_MESSAGE - 1)}…`

/** metav1.Time has whole seconds. */
const seconds = (moment: Date): string => moment.toISOString().replace(/\.\d+Z$/, 'Z')
