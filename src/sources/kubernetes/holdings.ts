/**
 * What is held of one resource: which objects, at which version. Tells a list that is new from one that says what is
 * known, so that a relist of thousands costs the work of what changed, and knows what vanished while nobody looked.
 */
import type { KubeObject } from './reflector.ts'

export interface Identity {
  readonly uid: string
  readonly resourceVersion: string
}

/** Joined, not put together with `+`: of that the engine would keep the parts too, for each of a hundred thousand. */
export const keyOf = ({ metadata: { namespace, name } }: KubeObject): string =>
  namespace === undefined ? name : [namespace, name].join('/')

/** Opaque text that happens to be a number, which takes no memory of its own. */
type Version = string | number

function versionOf(text: string): Version {
  const number = Number(text)
  return String(number) === text ? number : text
}

export class Holdings {
  readonly #versions = new Map<string, Version>()
  readonly #uids: Map<string, string> | undefined
  #listing: Set<string> | undefined

  /** @param identified whether uids are kept. */
  constructor(identified: boolean) {
    if (identified) this.#uids = new Map()
  }

  get size(): number {
    return this.#versions.size
  }

  identity(key: string): Identity | undefined {
    const uid = this.#uids?.get(key)
    const version = this.#versions.get(key)
    return uid === undefined || version === undefined ? undefined : { uid, resourceVersion: String(version) }
  }

  /** An object of a list. False when it is known as it is. */
  list(object: KubeObject): boolean {
    this.#listing ??= new Set()
    this.#listing.add(keyOf(object))
    return this.put(object)
  }

  /** False when it is known as it is. */
  put(object: KubeObject): boolean {
    const key = keyOf(object)
    const { resourceVersion, uid } = object.metadata as KubeObject['metadata'] & { uid?: unknown }
    const version = versionOf(resourceVersion)
    if (this.#versions.get(key) === version) return false
    this.#versions.set(key, version)
    if (typeof uid === 'string') this.#uids?.set(key, uid)
    return true
  }

  remove(key: string): boolean {
    this.#uids?.delete(key)
    return this.#versions.delete(key)
  }

  /** What the list that ends here did not have. */
  vanished(): string[] {
    const listed = this.#listing
    this.#listing = undefined
    return [...this.#versions.keys()].filter((key) => listed === undefined || !listed.has(key))
  }

  forget(): void {
    this.#listing = undefined
  }
}
