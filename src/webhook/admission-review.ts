/** AdmissionReview of admission.k8s.io/v1: what is asked, and the answer in the API server's words. */
import { BadReview, type Fields, fieldsOf, textOf } from './review.ts'
import type { Change, Verdict } from './verdict.ts'

const REVIEW = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' } as const

export interface Question {
  readonly uid: string
  readonly change: Change
  /** Nothing is stored, whatever the answer. */
  readonly dryRun: boolean
}

/** Throws BadReview. */
export function readQuestion(body: unknown): Question {
  const request = fieldsOf(fieldsOf(body).request)
  const uid = textOf(request.uid)
  const kind = textOf(fieldsOf(request.kind).kind)
  if (uid === '' || kind === '') throw new BadReview('this is no AdmissionReview')
  const named = { kind, namespace: textOf(request.namespace), name: textOf(request.name) }
  return {
    uid,
    change: changeOf(textOf(request.operation), named, request),
    dryRun: request.dryRun === true,
  }
}

function changeOf(
  operation: string,
  named: Pick<Change, 'kind' | 'namespace' | 'name'>,
  request: Fields,
): Change {
  const { object, oldObject } = request
  switch (operation) {
    case 'CREATE':
      return { ...named, after: object }
    case 'UPDATE':
      return { ...named, before: oldObject, after: object }
    case 'DELETE':
      return { ...named, before: oldObject }
    default:
      throw new BadReview(`operation ${JSON.stringify(operation)} is not one that this webhook judges`)
  }
}

export function answerOf({ uid }: Question, { refusal, warnings }: Verdict): Fields {
  const status = { status: 'Failure', code: 422, reason: 'Invalid', message: refusal }
  const response = {
    uid,
    allowed: refusal === undefined,
    ...(refusal !== undefined && { status }),
    ...(warnings.length > 0 && { warnings: shorten(warnings) }),
  }
  return { ...REVIEW, response }
}

/** API servers cut warnings off at 4096 characters altogether. */
const MOST_WARNINGS = 10
const LONGEST_WARNING = 380

function shorten(warnings: readonly string[]): readonly string[] {
  const told = warnings
    .slice(0, MOST_WARNINGS)
    .map((text) => (text.length > LONGEST_WARNING ? `${text.slice(0, LONGEST_WARNING)}…` : text))
  const more = warnings.length - told.length
  return more > 0 ? [...told, `and ${more} more`] : told
}
