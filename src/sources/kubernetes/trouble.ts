/**
 * How it stands with reading the API, as findings for people: what somebody has to mend is named, with how. That the
 * server does not answer just now is no finding about the configuration: it is logged once and shown on request.
 */
import type { Diagnostic } from '../../cluster/index.ts'
import type { Followed } from './followed.ts'
import type { KubeFailure } from './types.ts'

/** A second failure in a row: the first may be a server that is just starting. */
export const SERIOUS = 2

const CODES: Readonly<Partial<Record<KubeFailure, string>>> = {
  unauthorized: 'ApiUnauthorized',
  forbidden: 'ApiForbidden',
  'not-found': 'ApiKindMissing',
  invalid: 'ApiRefused',
  failed: 'ApiFailed',
}

/** The same for all: said once. */
const COMMON: ReadonlySet<string> = new Set(['ApiUnauthorized', 'ApiFailed'])

export function findingsOf(all: Iterable<Followed>): readonly Diagnostic[] {
  const findings: Diagnostic[] = []
  const said = new Set<string>()
  for (const { error, failures, resource } of all) {
    const code = error && CODES[error.kind]
    if (error === undefined || code === undefined || failures < SERIOUS) continue
    if (COMMON.has(code) && said.has(code)) continue
    said.add(code)
    const { message, hint } = error
    findings.push({
      severity: 'error',
      code,
      message,
      ...(hint !== undefined && { hint }),
      location: { object: resource.kind },
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
