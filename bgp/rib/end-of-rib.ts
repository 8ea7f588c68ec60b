/**
 * The End-of-RIB markers that a session still owes: one for each family, after the first full send, also of an empty
 * table and whether or not graceful restart was negotiated (RFC 4724 section 2, RFC 7313 section 4).
 *
 * They may be held back: a peer that kept our routes over a restart drops all that it has not heard again when the
 * marker comes, so it must not come before all that we want is known (RFC 4724 section 4.1).
 */
import { encodeEndOfRib, FAMILIES, type Family } from '../wire/index.ts'

export class OwedEndOfRib {
  readonly #markers: Map<Family, Uint8Array>
  #held: boolean

  constructor(families: ReadonlySet<Family>, held: boolean) {
    const owed = FAMILIES.filter((family) => families.has(family))
    this.#markers = new Map(owed.map((family) => [family, encodeEndOfRib(family)]))
    this.#held = held
  }

  release(): void {
    this.#held = false
  }

  has(family: Family): boolean {
    return this.#markers.has(family)
  }

  /** Octets that may be sent as soon as everything else is. */
  get octets(): number {
    if (this.#held) return 0
    let octets = 0
    for (const marker of this.#markers.values()) octets += marker.length
    return octets
  }

  /** Writes those that may go and fit; returns the octets used then. */
  write(out: Uint8Array, from: number): number {
    let used = from
    if (this.#held) return used
    for (const [family, marker] of this.#markers) {
      if (used + marker.length > out.length) return used
      out.set(marker, used)
      used += marker.length
      this.#markers.delete(family)
    }
    return used
  }
}
