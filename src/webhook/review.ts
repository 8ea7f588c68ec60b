/** Reading what an API server asks. The port is open to others too: nothing is taken for granted. */

export type Fields = Readonly<Record<string, unknown>>

/** The body is not what this path is for. */
export class BadReview extends Error {
  readonly statusCode = 400
}

/** The value when it is a map of fields, else an empty one. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
