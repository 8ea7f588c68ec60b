/**
 * What a path of the API is about, read back from the path itself: so that every message and every RBAC rule that is
 * missing can be named in one place, whoever asked.
 */
import type { Method } from './types.ts'

export interface Target {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  /** `services`. */
  readonly resource: string
  /** `status`. */
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
}

/** Undefined for what is no resource: `/readyz`, `/version`. */
export function targetOf(path: string): Target | undefined {
  const parts = path.split('/').slice(1).map(decode)
  const root = parts.shift()
  const group = root === 'api' ? '' : root === 'apis' ? parts.shift() : undefined
  const version = parts.shift()
  if (group === undefined || version === undefined || parts.length === 0) return undefined
  return { group, version, ...placeOf(parts) }
}

function placeOf(parts: string[]): Omit<Target, 'group' | 'version'> {
  const namespaced = parts[0] === 'namespaces' && parts.length > 2
  const namespace = namespaced ? parts[1] : undefined
  const [resource = '', name, ...rest] = namespaced ? parts.slice(2) : parts
  return {
    resource,
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
    ...(rest.length > 0 && { subresource: rest.join('/') }),
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const VERBS = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const

/** As RBAC names it. */
export function verbOf(method: Method, target: Target, watching: boolean): string {
  if (method !== 'GET') return VERBS[method]
  if (watching) return 'watch'
  return target.name === undefined ? 'list' : 'get'
}

/** `services/status`, as a rule of RBAC has it. */
export const resourceOf = ({ resource, subresource }: Target): string =>
  subresource === undefined ? resource : `${resource}/${subresource.split('/')[0]}`

/** `services/status default/web`, for people. */
export function titleOf(target: Target): string {
  const { namespace, name } = target
  const place = name === undefined ? namespace : namespace === undefined ? name : `${namespace}/${name}`
  return [resourceOf(target), place].filter((part) => part !== undefined).join(' ')
}
