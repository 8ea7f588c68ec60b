/**
 * What the API server answered when it did not give what was asked for, as one KubeError: what failed, at which
 * server, and what to do about it. A message holds names, numbers and the server's own sentence, never a header.
 */
import { resourceOf, type Target, titleOf, verbOf } from './target.ts'
import { KubeError, type KubeFailure, type Method } from './types.ts'

/** One question, as far as messages need it. */
export interface Question {
  readonly server: string
  readonly method: Method
  readonly path: string
  readonly target: Target | undefined
  readonly watching: boolean
}

export interface Refusal {
  readonly status: number
  readonly retryAfter?: string | undefined
  /** The body, or the beginning of it. */
  readonly body: string
}

/** `cannot list services at https://10.96.0.1:443`. */
export function complaint({ server, method, path, target, watching }: Question): string {
  if (target === undefined) return `${method} ${path} at ${server} failed`
  return `cannot ${verbOf(method, target, watching)} ${titleOf(target)} at ${server}`
}

export function refused(question: Question, refusal: Refusal): KubeError {
  const { status, retryAfter } = refusal
  const said = readStatus(refusal.body)
  const kind = kindOf(status, said.reason)
  const hint = hintFor(kind, question, said)
  const retryAfterMs = readRetryAfter(retryAfter, said.retryAfterSeconds)
  return new KubeError(kind, messageFor(kind, question, status, said), {
    status,
    ...(said.reason !== undefined && { reason: said.reason }),
    ...(hint !== undefined && { hint }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

/** A metav1.Status that came as an ERROR event of a watch. */
export function refusedByEvent(question: Question, object: unknown): KubeError {
  const body = JSON.stringify(object) ?? ''
  const { code } = readStatus(body)
  return refused(question, { status: code ?? 500, body })
}

const KINDS: Readonly<Record<number, KubeFailure>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  410: 'gone',
  422: 'invalid',
  429: 'busy',
  503: 'busy',
  504: 'busy',
}

function kindOf(status: number, reason: string | undefined): KubeFailure {
  if (reason === 'Expired' || reason === 'Gone') return 'gone'
  return KINDS[status] ?? 'failed'
}

interface Said {
  readonly message?: string
  readonly reason?: string
  readonly code?: number
  readonly retryAfterSeconds?: number
  /** It is a metav1.Status: the API answered, and no proxy or other program. */
  readonly isStatus: boolean
}

function readStatus(body: string): Said {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return { isStatus: false }
  }
  if (typeof value !== 'object' || value === null) return { isStatus: false }
  const { kind, message, reason, code, details } = value as Record<string, unknown>
  const seconds = (details as { retryAfterSeconds?: unknown } | null | undefined)?.retryAfterSeconds
  return {
    isStatus: kind === 'Status',
    ...(typeof message === 'string' && message !== '' && { message: plain(message) }),
    ...(typeof reason === 'string' && reason !== '' && { reason: plain(reason) }),
    ...(typeof code === 'number' && { code }),
    ...(typeof seconds === 'number' && seconds > 0 && { retryAfterSeconds: seconds }),
  }
}

const LONGEST = 400

/** The server's words reach terminals and logs: one line, no control characters, not endless. */
export function plain(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}

/** Longer silence would look like a speaker that hangs. */
const LONGEST_WAIT_S = 30

/** Seconds only: the API server never sends a date. */
function readRetryAfter(header: string | undefined, told: number | undefined): number | undefined {
  const seconds = header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : told
  return seconds === undefined ? undefined : Math.min(seconds, LONGEST_WAIT_S) * 1000
}

function messageFor(kind: KubeFailure, question: Question, status: number, said: Said): string {
  const { target } = question
  if (kind === 'not-found' && target !== undefined && !said.isStatus) return notServed(target, question)
  const words = said.message ?? (said.isStatus ? undefined : 'the answer is not from a Kubernetes API')
  const answer = words === undefined ? `HTTP ${status}` : `${words} (HTTP ${status})`
  return `${complaint(question)}: ${answer}`
}

/** A path that nobody serves is answered in plain text. */
function notServed({ group, version, resource }: Target, { server }: Question): string {
  if (group === 'metallb.io') return `the CRD ${resource}.${group} (${version}) is not installed at ${server}`
  return `${server} does not serve ${resource} of ${group === '' ? version : `${group}/${version}`}`
}

function hintFor(kind: KubeFailure, question: Question, said: Said): string | undefined {
  const { target } = question
  switch (kind) {
    case 'unauthorized':
      return 'the credentials are expired or not known to this server: renew them, or check that they are for it'
    case 'forbidden':
      return target && rbacHint(target, question, said.message)
    case 'not-found':
      return target?.group === 'metallb.io' && !said.isStatus
        ? 'install it: kubectl apply -k deploy/crds'
        : undefined
    case 'failed':
      return said.isStatus ? undefined : 'check that the address is that of the API server'
    default:
      return undefined
  }
}

const SERVICE_ACCOUNT = /system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)/
const FOLLOWING: readonly string[] = ['list', 'watch']
const OURS: ReadonlySet<string> = new Set(['oyez-controller', 'oyez-speaker'])

/** The rule that is missing, and whose role lacks it. */
function rbacHint(target: Target, { method, watching }: Question, message = ''): string {
  const verb = verbOf(method, target, watching)
  // What is listed is watched next: both at once, so that nobody has to come twice.
  const isFollowed = FOLLOWING.includes(verb) && target.resource !== 'pods'
  const verbs = isFollowed ? FOLLOWING : [verb]
  const rule = `apiGroups: ["${target.group}"], resources: ["${resourceOf(target)}"], verbs: ${JSON.stringify(verbs).replaceAll(',', ', ')}`
  const scope = target.namespace === undefined ? 'ClusterRole' : `Role in namespace ${target.namespace}`
  const [, namespace, name] = SERVICE_ACCOUNT.exec(message) ?? []
  if (name !== undefined && OURS.has(name))
    return `the ServiceAccount ${namespace}/${name} needs a ${scope} with {${rule}}: apply deploy/ of this version again`
  return `ask for a ${scope} with {${rule}}`
}
