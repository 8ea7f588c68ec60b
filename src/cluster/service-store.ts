/**
 * Services and their EndpointSlices, of which there may be a hundred thousand: one that changes costs the work of one.
 * Nothing of the raw objects is kept. One that cannot be read keeps its last good version, or is left out, and is
 * named; the others do not notice.
 */
import { keyOf, type ParsedObject } from './objects.ts'
import { withOutcome } from './outcome.ts'
import { sameValue, share } from './share.ts'
import { SharedMap } from './shared-map.ts'
import type { Diagnostic, EndpointSlice, ObjectKey, Service } from './types.ts'

type Slices = readonly EndpointSlice[]
type Found = readonly Diagnostic[]

export const SERVICE_KINDS = ['Service', 'EndpointSlice'] as const
export type ServiceKind = (typeof SERVICE_KINDS)[number]

export class ServiceStore {
  readonly #services = SharedMap.of<Service>().edit()
  readonly #slices = SharedMap.of<Slices>().edit()
  /** Slices by their own keys. */
  readonly #sliceOf = new Map<ObjectKey, EndpointSlice>()
  /** Of the few objects that have any. */
  readonly #findings = { Service: new Map<ObjectKey, Found>(), EndpointSlice: new Map<ObjectKey, Found>() }
  #diagnostics: Found | undefined = []

  put(object: ParsedObject & { readonly kind: ServiceKind }, found: Found): void {
    const key = keyOf(object)
    if (object.kind === 'Service') this.#putService(key, object.value)
    else this.#putSlice(key, object.value)
    const inForce = object.kind === 'Service' ? this.#services.get(key) : this.#sliceOf.get(key)
    this.#find(
      object.kind,
      key,
      found.length === 0 ? found : found.map((one) => withOutcome(one, inForce !== undefined)),
    )
  }

  remove(kind: ServiceKind, key: ObjectKey): void {
    if (kind === 'Service') this.#services.delete(key)
    else {
      const slice = this.#sliceOf.get(key)
      if (slice !== undefined) this.#removeSlice(slice)
      this.#sliceOf.delete(key)
    }
    this.#find(kind, key, [])
  }

  /** Removes all of a kind but these. */
  keepOnly(kind: ServiceKind, keys: ReadonlySet<ObjectKey>): void {
    const known = kind === 'Service' ? this.#services.done() : this.#sliceOf
    for (const key of [...known.keys(), ...this.#findings[kind].keys()])
      if (!keys.has(key)) this.remove(kind, key)
  }

  /** The very same maps and list as long as nothing changed. */
  take(): { services: SharedMap<Service>; slices: SharedMap<Slices>; diagnostics: Found } {
    this.#diagnostics ??= SERVICE_KINDS.flatMap((kind) =>
      [...this.#findings[kind]].sort(byKey).flatMap(([, found]) => found),
    )
    return {
      services: this.#services.done(),
      slices: this.#slices.done(),
      diagnostics: this.#diagnostics,
    }
  }

  #putService(key: ObjectKey, service: Service | undefined): void {
    if (service !== undefined) this.#services.set(key, share(this.#services.get(key), service))
  }

  #putSlice(key: ObjectKey, slice: EndpointSlice | undefined): void {
    const before = this.#sliceOf.get(key)
    if (slice === undefined || sameValue(before, slice)) return
    if (before !== undefined && before.serviceName !== slice.serviceName) this.#removeSlice(before)
    this.#sliceOf.set(key, slice)
    if (slice.serviceName === '') return
    const owner = ownerOf(slice)
    const siblings = this.#slices.get(owner)
    const others = siblings?.filter(({ name }) => name !== slice.name) ?? []
    this.#slices.set(owner, others.length === 0 ? [slice] : [...others, slice].sort(byName))
  }

  /** From the list of the service it belongs to. */
  #removeSlice(slice: EndpointSlice): void {
    if (slice.serviceName === '') return
    const owner = ownerOf(slice)
    const others = (this.#slices.get(owner) ?? []).filter(({ name }) => name !== slice.name)
    if (others.length > 0) this.#slices.set(owner, others)
    else this.#slices.delete(owner)
  }

  #find(kind: ServiceKind, key: ObjectKey, found: Found): void {
    const findings = this.#findings[kind]
    const before = findings.get(key) ?? []
    if (found.length === 0 && before.length === 0) return
    if (sameValue(before, found)) return
    if (found.length > 0) findings.set(key, found)
    else findings.delete(key)
    this.#diagnostics = undefined
  }
}

const ownerOf = ({ namespace, serviceName }: EndpointSlice): ObjectKey => `${namespace}/${serviceName}`

const byName = (a: EndpointSlice, b: EndpointSlice): number => (a.name < b.name ? -1 : 1)

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)
