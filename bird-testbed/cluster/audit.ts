/**
 * The API server's audit log: who asked for what. It counts what a program writes and how often it lists, as the
 * server saw it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

export interface AuditEvent {
  /** `system:serviceaccount:oyez-system:oyez-controller`, `admin` ... */
  readonly user: string
  /** `create`, `update`, `patch`, `delete`, `list`, `watch`, `get` ... */
  readonly verb: string
  /** `services`, `services/status`, `ipaddresspools.metallb.io` ... */
  readonly resource: string
  readonly namespace: string
  readonly name: string
  /** HTTP status. */
  readonly code: number
  /** Milliseconds since 1970, when the request was received. */
  readonly at: number
  readonly userAgent: string
}

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])

/** Answers are logged when they are complete, watches when they begin. */
const POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', users: ['system:apiserver'] },
    { level: 'None', nonResourceURLs: ['/*'] },
    { level: 'Metadata' },
  ],
}

export class AuditLog {
  private readonly file: string
  private readonly policy: string

  constructor(stem: string) {
    this.file = `${stem}.audit.log`
    this.policy = `${stem}.audit.yaml`
  }

  /** What the API server needs to be told. */
  flags(): string[] {
    writeFileSync(this.policy, JSON.stringify(POLICY))
    return [`--audit-policy-file=${this.policy}`, `--audit-log-path=${this.file}`]
  }

  /** Everything so far, or since a moment (milliseconds since 1970), oldest first. */
  events(since = 0): AuditEvent[] {
    if (!existsSync(this.file)) return []
    const lines = readFileSync(this.file, 'utf8').split('\n')
    return lines.flatMap((line) => parse(line)).filter(({ at }) => at >= since)
  }

  /** Writes per user, verb and resource: `admin create services` -> 3. */
  writes(since = 0): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { user, verb, resource } of this.events(since)) {
      if (!WRITES.has(verb)) continue
      const key = `${user} ${verb} ${resource}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    return counts
  }
}

interface RawEvent {
  readonly stage: string
  readonly verb: string
  readonly user: { readonly username: string }
  readonly impersonatedUser?: { readonly username: string }
  readonly userAgent?: string
  readonly objectRef?: {
    readonly resource?: string
    readonly subresource?: string
    readonly apiGroup?: string
    readonly namespace?: string
    readonly name?: string
  }
  readonly responseStatus?: { readonly code?: number }
  readonly requestReceivedTimestamp: string
}

function parse(line: string): AuditEvent[] {
  // The last line may still be under way.
  if (!line.endsWith('}')) return []
  const raw = JSON.parse(line) as RawEvent
  if (raw.stage === 'ResponseStarted' ? raw.verb !== 'watch' : raw.verb === 'watch') return []
  const { resource = '', subresource, apiGroup, namespace = '', name = '' } = raw.objectRef ?? {}
  const grouped = apiGroup === undefined ? resource : `${resource}.${apiGroup}`
  return [
    {
      user: (raw.impersonatedUser ?? raw.user).username,
      verb: raw.verb,
      resource: subresource === undefined ? grouped : `${grouped}/${subresource}`,
      namespace,
      name,
      code: raw.responseStatus?.code ?? 0,
      at: Date.parse(raw.requestReceivedTimestamp),
      userAgent: raw.userAgent ?? '',
    },
  ]
}
