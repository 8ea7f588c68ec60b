/**
 * How it stands with reading the API, as findings for people: what somebody has to mend is named, with how. That the
 * server does not answer just now is no finding about the configuration: it is logged once and shown on request.
 */
import type { Diagnostic } from '../../cluster/index.ts'
import type { Followed } from './followed.ts'
import type { KubeFailure } from './types.ts'

/** A second failure in a row: the first may be a server that is just starting. */
export const SERIOUS = 2

interface Row {
  readonly code: string
  /** It is the same for all kinds, and said of the first. */
  readonly common?: true
}

const ROWS: Readonly<Partial<Record<KubeFailure, Row>>> = {
  unauthorized: { code: 'ApiUnauthorized', common: true },
  forbidden: { code: 'ApiForbidden' },
  'not-found': { code: 'ApiKindMissing' },
  invalid: { code: 'ApiRefused' },
  failed: { code: 'ApiFailed', common: true },
}

export function findingsOf(all: Iterable<Followed>): readonly Diagnostic[] {
  const findings: Diagnostic[] = []
  const said = new Set<Row>()
  for (const { error, failures, resource } of all) {
    const row = error && ROWS[error.kind]
    if (error === undefined || row === undefined || failures < SERIOUS || said.has(row)) continue
    if (row.common) said.add(row)
    const { message, hint } = error
    const location = { object: resource.kind }
    findings.push({
      severity: 'error',
      code: row.code,
      message,
      ...(hint !== undefined && { hint }),
      location,
    })
  }
  return findings
}

/** One line, for `oyez status`. */
export const troubleText = ({ error }: Followed): string | undefined =>
  error === undefined
    ? undefined
    : error.hint === undefined
      ? error.message
      : `${error.message} (hint: ${error.hint})`
