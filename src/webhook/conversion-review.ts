/** ConversionReview of apiextensions.k8s.io/v1: a question with objects, an answer with as many. */
import { convertPeer, V1BETA1, V1BETA2 } from './peer-conversion.ts'
import { BadReview, type Fields, fieldsOf, textOf } from './review.ts'

const REVIEW = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview' } as const

/**
 * Throws BadReview when the question is none. Objects that cannot be converted fail the review as a whole, as the
 * protocol has it; each is named.
 */
export function answerConversion(body: unknown): Fields {
  const request = fieldsOf(fieldsOf(body).request)
  const uid = textOf(request.uid)
  if (uid === '' || !Array.isArray(request.objects)) throw new BadReview('this is no ConversionReview')
  const to = textOf(request.desiredAPIVersion)
  const problems = request.objects.flatMap((object) => problemOf(fieldsOf(object), to) ?? [])
  if (problems.length > 0 || !isVersion(to)) return answer({ uid, result: failure(problems, to) })
  const convertedObjects = request.objects.map((object) => convertPeer(fieldsOf(object), to))
  return answer({ uid, result: { status: 'Success' }, convertedObjects })
}

const answer = (response: Fields): Fields => ({ ...REVIEW, response })

const MOST_PROBLEMS = 5

function failure(problems: readonly string[], to: string): Fields {
  const more = problems.length - MOST_PROBLEMS
  const told = [...problems.slice(0, MOST_PROBLEMS), ...(more > 0 ? [`and ${more} more`] : [])]
  return { status: 'Failure', message: told.join('; ') || `there is no version ${JSON.stringify(to)}` }
}

const isVersion = (version: string): version is typeof V1BETA1 | typeof V1BETA2 =>
  version === V1BETA1 || version === V1BETA2

function problemOf(object: Fields, to: string): string | undefined {
  const from = textOf(object.apiVersion)
  if (object.kind === 'BGPPeer' && isVersion(from) && isVersion(to)) return undefined
  const { namespace, name } = fieldsOf(object.metadata)
  const title = [object.kind, `${textOf(namespace)}/${textOf(name)}`]
    .map((part) => textOf(part).slice(0, 300))
    .join(' ')
  return `${title} cannot be converted from ${JSON.stringify(from)} to ${JSON.stringify(to)}: oyez converts BGPPeer between ${V1BETA1} and ${V1BETA2}`
}
