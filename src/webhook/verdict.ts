/**
 * Whether a change of a metallb.io object may happen: it may not when the configuration would have an error after it
 * that it does not have now. The rules are those of `oyez lint`, from the same code. So an object that is bad already
 * can still be labelled, mended in part, or deleted; and whoever brings two objects into conflict is told so at the
 * second. What may be put right by an object that is applied next (a Secret, a Community) is a warning only, and so
 * is everything about deletion: speakers keep what was last good, and a namespace must be deletable.
 */
import {
  buildSnapshot,
  type Diagnostic,
  type Parsed,
  parseObjects,
  type RawObject,
} from '../cluster/index.ts'
import { lostAddresses } from './lost-addresses.ts'
import { fieldsOf } from './review.ts'
import type { CurrentCluster } from './types.ts'

/** One object as it was and as it is to be; absent before it is created and after it is deleted. */
export interface Change {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly before?: unknown
  readonly after?: unknown
}

export interface Verdict {
  /** Why it may not happen; absent when it may. */
  readonly refusal?: string
  readonly warnings: readonly string[]
}

/**
 * @param cluster as it is; undefined when that is not known yet: the object is then judged alone.
 * @param namespace whose metallb.io objects are read
 */
export function judge(change: Change, cluster: CurrentCluster | undefined, namespace: string): Verdict {
  const { refused, told } =
    change.namespace === namespace ? weigh(change, cluster) : elsewhere(change, namespace)
  // kubectl names the file and not which of its objects.
  const title = `${change.kind} ${change.name}`
  return {
    ...(refused.length > 0 && { refusal: `${title}: ${inOne(refused)}` }),
    warnings: told.map((text) => `${title}: ${text}`),
  }
}

interface Weighed {
  readonly refused: readonly string[]
  readonly told: readonly string[]
}

const elsewhere = ({ namespace, after }: Change, ours: string): Weighed => {
  const text = `it is in namespace ${namespace} and has no effect on oyez, which reads those of ${ours} only`
  return { refused: [], told: after === undefined ? [] : [text] }
}

function weigh(change: Change, cluster: CurrentCluster | undefined): Weighed {
  if (change.after === undefined)
    return { refused: [], told: [...missed(change, cluster), ...losses(change, cluster)] }
  if (isLeaving(change.after)) return { refused: [], told: [] }
  const found = findings(change, change.after, cluster)
  const errors = found.filter(isError)
  const old = errors.length === 0 ? new Set() : errorsBefore(change, cluster)
  const refused = errors.filter((finding) => !old.has(identity(finding)) && !mayFollow(finding))
  const told = found.filter((finding) => !refused.includes(finding) && isWorthTelling(finding, change))
  const inWords = (finding: Diagnostic): string => sentence(finding, change)
  return { refused: refused.map(inWords), told: [...told.map(inWords), ...losses(change, cluster)] }
}

/** kubectl shows a refusal as one paragraph. */
const MOST_REASONS = 10

function inOne(reasons: readonly string[]): string {
  const more = reasons.length - MOST_REASONS
  return [...reasons.slice(0, MOST_REASONS), ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

/** A finalizer must come off whatever the object looks like. */
const isLeaving = (object: unknown): boolean =>
  fieldsOf(fieldsOf(object).metadata).deletionTimestamp !== undefined

/** The object in question comes last and so has the least right: it is to blame for what it contradicts. */
function findings(
  change: Change,
  object: unknown,
  cluster: CurrentCluster | undefined,
): readonly Diagnostic[] {
  const candidate = parse(object)
  if (cluster === undefined) return candidate.diagnostics
  return buildSnapshot([others(change, cluster), candidate]).diagnostics
}

const NOWHERE = { locate: () => ({}) }

const parse = (object: unknown): Parsed =>
  parseObjects([{ value: object, origin: NOWHERE } satisfies RawObject])

const others = ({ kind, namespace, name }: Change, { objects }: CurrentCluster): Parsed => ({
  objects: objects.filter(
    (object) => object.name !== name || object.kind !== kind || object.namespace !== namespace,
  ),
  diagnostics: [],
})

function errorsBefore(change: Change, cluster: CurrentCluster | undefined): ReadonlySet<string> {
  const found =
    change.before !== undefined
      ? findings(change, change.before, cluster)
      : cluster === undefined
        ? []
        : buildSnapshot([others(change, cluster)]).diagnostics
  return new Set(found.filter(isError).map(identity))
}

const isError = ({ severity }: Diagnostic): boolean => severity === 'error'

const identity = ({ code, message, location }: Diagnostic): string =>
  JSON.stringify([code, location.object, location.path, message])

/** What another object can put right that is often applied later. */
const MAY_FOLLOW: ReadonlySet<string> = new Set([
  'UnknownCommunity',
  'SecretNotFound',
  'WrongSecretType',
  'SecretUnreadable',
  'SecretWithoutPassword',
])

const mayFollow = ({ code }: Diagnostic): boolean => MAY_FOLLOW.has(code)

/** Secrets that nobody names are not read, so of a new one nothing is known. The API server itself warns of versions. */
const UNTOLD: ReadonlySet<string> = new Set(['SecretNotFound', 'DeprecatedVersion', 'PoolNotAdvertised'])

const isWorthTelling = ({ code, location }: Diagnostic, change: Change): boolean =>
  location.object === titleOf(change) && !UNTOLD.has(code)

/** What the others lack once the object is gone. */
function missed(change: Change, cluster: CurrentCluster | undefined): readonly string[] {
  if (cluster === undefined) return []
  const old = errorsBefore(change, cluster)
  return buildSnapshot([others(change, cluster)])
    .diagnostics.filter((finding) => isError(finding) && !old.has(identity(finding)))
    .map((finding) => `without it, ${sentence(finding, change)}`)
}

const losses = ({ kind, before, after }: Change, cluster: CurrentCluster | undefined): readonly string[] =>
  kind === 'IPAddressPool' && before !== undefined && cluster !== undefined
    ? lostAddresses(parse(before), after === undefined ? undefined : parse(after), cluster.services)
    : []

const titleOf = ({ kind, namespace, name }: Change): string => `${kind} ${namespace}/${name}`

/** `spec.addresses[0]: ... (hint)`, with the object in front when it is another one. */
function sentence({ message, hint, location }: Diagnostic, change: Change): string {
  const object = location.object === titleOf(change) ? undefined : location.object
  const text = [object, location.path, message].filter((part) => part !== undefined && part !== '').join(': ')
  return hint === undefined ? text : `${text} (${hint})`
}
