/**
 * Raw objects in, typed objects and findings out. Lists are opened, kinds that are none of ours are passed over, and
 * every fault of every object is reported in one run. Never throws, whatever it is given.
 */
import { concernedNodes } from './concerned-nodes.ts'
import { listOf, quote } from './diagnostics.ts'
import { KINDS, type KindRow, METALLB_GROUP, METALLB_KINDS, STATUS_KINDS } from './kinds.ts'
import {
  type Kind,
  type Origin,
  type Parsed,
  type ParsedObject,
  type Path,
  type RawObject,
  titleOf,
} from './objects.ts'
import { Report } from './report.ts'
import { didYouMean } from './suggest.ts'
import type { Diagnostic } from './types.ts'

export function parseObjects(raws: Iterable<RawObject>): Parsed {
  const objects: ParsedObject[] = []
  const diagnostics: Diagnostic[] = []
  for (const raw of raws) parseOne(raw, 0, objects, diagnostics)
  return { objects, diagnostics }
}

/** What became of one raw object. */
export interface ReadObject {
  /** Absent when it has no name, or is of no kind that is read. */
  readonly object?: ParsedObject
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * One object, no list of them.
 * @param kind what it is if it does not say: items of the API server's lists leave that out.
 */
export function parseObject(raw: RawObject, kind?: Kind): ReadObject {
  const diagnostics: Diagnostic[] = []
  const report = new Report(undefined, raw.origin)
  const known = kind === undefined ? undefined : unsaid(raw.value, kind)
  const fields = known?.fields ?? readFields(raw.value, report)
  const row = known?.row ?? (fields && rowOf(fields, report))
  const object = fields && row && parseKnown(row, fields, raw.origin, diagnostics)
  diagnostics.push(...report.diagnostics)
  return { ...(object !== undefined && { object }), diagnostics }
}

/** An object that says neither version nor kind is of this kind, in its newest version. */
function unsaid(value: unknown, kind: Kind): { readonly row: KindRow; readonly fields: Fields } | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || 'kind' in value) return undefined
  const newest = NEWEST.get(kind)
  if (newest === undefined) return undefined
  const { apiVersion, row } = newest
  // Only objects of metallb.io are asked about these.
  const fields = apiVersion.startsWith(METALLB_GROUP) ? { apiVersion, kind, ...value } : (value as Fields)
  return { row, fields }
}

/** The newest version stands first. */
const NEWEST: ReadonlyMap<Kind, { readonly apiVersion: string; readonly row: KindRow }> = new Map(
  [...KINDS].reverse().map(([key, row]) => [row.kind, { apiVersion: key.slice(0, key.indexOf(' ')), row }]),
)

type Fields = Readonly<Record<string, unknown>>

/** Lists in lists are legal; past this depth nobody means it. */
const DEEPEST_LIST = 8

function parseOne(raw: RawObject, depth: number, objects: ParsedObject[], diagnostics: Diagnostic[]): void {
  const report = new Report(undefined, raw.origin)
  const fields = readFields(raw.value, report)
  if (fields !== undefined && isList(fields)) {
    for (const item of openList(fields, raw.origin, depth, report))
      parseOne(item, depth + 1, objects, diagnostics)
  } else if (fields !== undefined) {
    const row = rowOf(fields, report)
    const object = row && parseKnown(row, fields, raw.origin, diagnostics)
    if (object !== undefined) objects.push(object)
  }
  diagnostics.push(...report.diagnostics)
}

function readFields(value: unknown, report: Report): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const hint = 'each document is one object with apiVersion, kind and metadata'
    report.error('NotAnObject', [], 'this is not a Kubernetes object', hint)
    return undefined
  }
  const fields = value as Fields
  for (const field of ['apiVersion', 'kind']) {
    if (typeof fields[field] === 'string' && fields[field] !== '') continue
    const hint = 'move files that are not manifests out of the folder'
    report.error('NotAnObject', [field], `${field} is missing: this is not a Kubernetes object`, hint)
  }
  return report.failed ? undefined : fields
}

/** `kind: List`, and the typed lists (ServiceList ...) that the API server answers with. */
const isList = ({ apiVersion, kind, items }: Fields): boolean =>
  (kind === 'List' && apiVersion === 'v1') || (String(kind).endsWith('List') && Array.isArray(items))

function openList(fields: Fields, origin: Origin, depth: number, report: Report): RawObject[] {
  const { items } = fields
  if (items === null || items === undefined) return []
  if (!Array.isArray(items)) report.error('WrongType', ['items'], 'must be a list')
  else if (depth >= DEEPEST_LIST) report.error('TooDeep', ['items'], 'lists are nested too deeply')
  else return items.map((item, at) => ({ value: typed(item, fields), origin: within(origin, ['items', at]) }))
  return []
}

/** Items of a typed list may leave out what the list says already. */
function typed(item: unknown, { apiVersion, kind }: Fields): unknown {
  if (kind === 'List' || typeof item !== 'object' || item === null || Array.isArray(item) || 'kind' in item)
    return item
  return { apiVersion, kind: String(kind).slice(0, -'List'.length), ...item }
}

const within = (origin: Origin, base: Path): Origin => ({
  locate: (path) => origin.locate([...base, ...path]),
})

function rowOf({ apiVersion, kind }: Fields, report: Report): KindRow | undefined {
  const row = KINDS.get(`${apiVersion} ${kind}`)
  if (row === undefined && String(apiVersion).startsWith(METALLB_GROUP))
    reportUnknownKind(String(apiVersion), String(kind), report)
  return row
}

function reportUnknownKind(apiVersion: string, kind: string, report: Report): void {
  if (STATUS_KINDS.has(kind)) return
  if (!METALLB_KINDS.includes(kind)) {
    const hint = kind === 'AddressPool' ? 'write an IPAddressPool and a BGPAdvertisement' : undefined
    const message = `${quote(kind)} is not a kind of metallb.io`
    report.error(
      'UnknownKind',
      ['kind'],
      message,
      hint ?? didYouMean(kind, METALLB_KINDS) ?? listOf(METALLB_KINDS),
    )
  } else {
    const known = [...KINDS.keys()].filter((key) => key.startsWith(METALLB_GROUP) && key.endsWith(` ${kind}`))
    const versions = listOf(known.map((key) => key.slice(0, key.indexOf(' '))))
    report.error(
      'UnknownVersion',
      ['apiVersion'],
      `${kind} has no version ${quote(apiVersion)}`,
      `write ${versions}`,
    )
  }
}

function parseKnown(
  row: KindRow,
  fields: Fields,
  origin: Origin,
  diagnostics: Diagnostic[],
): ParsedObject | undefined {
  const id = readIdentity(row, fields)
  const report = new Report(id.name === '' ? row.kind : titleOf(row.kind, id), origin)
  checkIdentity(fields, report)
  const value = row.parse(fields, report, id)
  diagnostics.push(...report.diagnostics)
  if (id.name === '') return undefined
  const nodes = concernedNodes(row.kind, fields.spec)
  // The row pairs kind and value; the compiler cannot follow that through the map.
  return {
    kind: row.kind,
    ...id,
    origin,
    ...createdOf(fields),
    ...(nodes !== undefined && { nodes }),
    ...(!report.failed && value !== undefined && { value }),
  } as ParsedObject
}

/** Who was there first; asked of metallb.io objects alone. */
function createdOf({ apiVersion, metadata }: Fields): { readonly created?: string } {
  if (!String(apiVersion).startsWith(METALLB_GROUP)) return {}
  const created = (metadata as Fields | undefined)?.creationTimestamp
  return typeof created === 'string' ? { created } : {}
}

interface Identity {
  readonly namespace: string
  readonly name: string
}

function readIdentity({ namespaced }: KindRow, { metadata }: Fields): Identity {
  const given = typeof metadata === 'object' && metadata !== null ? (metadata as Fields) : {}
  // kubectl's own default; manifests that are applied with -n leave the namespace out.
  return { namespace: namespaced ? nameOr('default', given.namespace) : '', name: nameOr('', given.name) }
}

const nameOr = (fallback: string, value: unknown): string =>
  typeof value === 'string' && NAME.test(value) ? value : fallback

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/

function checkIdentity({ metadata }: Fields, report: Report): void {
  // Metadata that is no map is a fault of structure, reported as such.
  if (
    metadata !== undefined &&
    metadata !== null &&
    (typeof metadata !== 'object' || Array.isArray(metadata))
  )
    return
  const { name, namespace } = (metadata ?? {}) as Fields
  checkName('name', name, report)
  if (namespace !== undefined && namespace !== null && namespace !== '')
    checkName('namespace', namespace, report)
}

function checkName(field: string, value: unknown, report: Report): void {
  const path = ['metadata', field]
  if (value === undefined || value === null || value === '') report.error('MissingField', path, 'is required')
  else if (typeof value !== 'string') report.error('WrongType', path, 'must be text', 'put it in quotes')
  else if (!NAME.test(value)) {
    const hint = 'use lower-case letters, digits, "-" and "."'
    report.error('InvalidName', path, `${quote(value)} is not a name that Kubernetes accepts`, hint)
  }
}
