/**
 * ConfigurationState: whether the metallb.io objects are sound as one component sees them, for
 * `kubectl get configurationstates`. One object per component, with MetalLB's names, labels and condition types. Pure.
 *
 * `Invalid` says less than it does there: here the sound objects are in force all the same, and only those that the
 * summary names are left out.
 */
import { type Diagnostic, formatDiagnostic, type Labels, matches } from '../cluster/index.ts'
import { isOwnedBy, type OwnerReference } from './owner.ts'

export const CONFIGURATION_STATE = {
  apiVersion: 'metallb.io/v1beta1',
  kind: 'ConfigurationState',
  plural: 'configurationstates',
} as const

/** Whose state it is. */
export interface Component {
  /** `controller` or `speaker-<node>`. */
  readonly name: string
  readonly type: 'controller' | 'speaker'
  readonly node?: string
  readonly conditionType: 'poolReconcilerValid' | 'configReconcilerValid'
  /** Owner of the fields in server-side apply. */
  readonly fieldManager: 'poolReconciler' | 'configReconciler'
}

export const speakerComponent = (node: string): Component => ({
  name: `speaker-${node}`,
  type: 'speaker',
  node,
  conditionType: 'configReconcilerValid',
  fieldManager: 'configReconciler',
})

export const CONTROLLER_COMPONENT: Component = {
  name: 'controller',
  type: 'controller',
  conditionType: 'poolReconcilerValid',
  fieldManager: 'poolReconciler',
}

/** What is to stand there; the moment of its last change is not part of it. */
export interface ConfigurationStatus {
  readonly result: 'Valid' | 'Invalid'
  readonly errorSummary: string
  readonly condition: {
    readonly status: 'True' | 'False'
    readonly reason: 'Reconciled' | 'ConfigurationError'
    readonly message: string
  }
}

const CONFIGURATION = /^(IPAddressPool|BGPPeer|BGPAdvertisement|L2Advertisement|BFDProfile|Community|Secret) /
const MOST_ERRORS = 20
/** A condition's message may have 32768 characters. */
const LONGEST_ERROR = 1_000

/** Findings about Services and their like are not about the configuration, and warnings leave it valid. */
export const configurationErrors = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  diagnostics.filter(
    ({ severity, location }) => severity === 'error' && CONFIGURATION.test(location.object ?? ''),
  )

/** Without what is about objects for other nodes. @param labels of this node, if it is known */
export const concerning = (
  labels: Labels | undefined,
  diagnostics: readonly Diagnostic[],
): readonly Diagnostic[] =>
  labels === undefined ? diagnostics : diagnostics.filter(({ nodes = [] }) => matches(nodes, labels))

export function configurationStatus(diagnostics: readonly Diagnostic[]): ConfigurationStatus {
  const errors = configurationErrors(diagnostics).map((one) =>
    formatDiagnostic(one)
      .replace(/^error: /, '')
      .slice(0, LONGEST_ERROR),
  )
  if (errors.length === 0) {
    const message = 'every object is in force'
    return { result: 'Valid', errorSummary: '', condition: { status: 'True', reason: 'Reconciled', message } }
  }
  const more = errors.length - MOST_ERRORS
  const summary = errors.slice(0, MOST_ERRORS).concat(more > 0 ? `and ${more} more errors` : [])
  return {
    result: 'Invalid',
    errorSummary: summary.join('\n'),
    condition: {
      status: 'False',
      reason: 'ConfigurationError',
      message: `configuration error: ${summary.join('; ')}`,
    },
  }
}

export function statePath(namespace: string, { name }: Component): string {
  const collection = `/apis/${CONFIGURATION_STATE.apiVersion}/namespaces/${encodeURIComponent(namespace)}`
  return `${collection}/${CONFIGURATION_STATE.plural}/${encodeURIComponent(name)}`
}

const header = ({ name }: Component) => ({
  apiVersion: CONFIGURATION_STATE.apiVersion,
  kind: CONFIGURATION_STATE.kind,
  metadata: { name },
})

const labelsOf = ({ type, node }: Component): Readonly<Record<string, string>> => ({
  'metallb.io/component-type': type,
  ...(node !== undefined && { 'metallb.io/node-name': node }),
})

/** To be applied to the object itself. */
export function stateObject(component: Component, owner: OwnerReference | undefined): object {
  const head = header(component)
  const ownerReferences = owner === undefined ? {} : { ownerReferences: [owner] }
  return { ...head, metadata: { ...head.metadata, labels: labelsOf(component), ...ownerReferences } }
}

/** To be applied to its status. `since`: RFC 3339, when the condition became what it is. */
export function stateStatus(component: Component, wanted: ConfigurationStatus, since: string): object {
  const { result, errorSummary, condition } = wanted
  const conditions = [{ type: component.conditionType, ...condition, lastTransitionTime: since }]
  return { ...header(component), status: { result, errorSummary, conditions } }
}

interface RawState {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>
    readonly ownerReferences?: unknown
  }
  readonly status?: {
    readonly result?: string
    readonly errorSummary?: string
    readonly conditions?: readonly RawCondition[]
  }
}

interface RawCondition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
}

/** How what is there differs from what should be. */
export interface StateDifference {
  readonly object: boolean
  readonly status: boolean
  /** When the condition became what it is, if it stays so. */
  readonly since?: string
}

/** `raw`: the object as the API server has it; undefined: it has none. */
export function compareState(
  raw: unknown,
  component: Component,
  wanted: ConfigurationStatus,
  owner: OwnerReference | undefined,
): StateDifference {
  const { metadata = {}, status = {} } = (raw ?? {}) as RawState
  const labels = Object.entries(labelsOf(component))
  const there = status.conditions?.find(({ type }) => type === component.conditionType)
  const { condition } = wanted
  const sameCondition =
    there?.status === condition.status &&
    there.reason === condition.reason &&
    there.message === condition.message
  return {
    object:
      raw === undefined ||
      !isOwnedBy(metadata.ownerReferences, owner) ||
      labels.some(([name, value]) => metadata.labels?.[name] !== value),
    status:
      !sameCondition ||
      status.result !== wanted.result ||
      (status.errorSummary ?? '') !== wanted.errorSummary,
    ...(there?.status === condition.status && { since: there.lastTransitionTime }),
  }
}
