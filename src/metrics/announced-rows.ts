/**
 * The rows of metallb_speaker_announced, one for each address of each announced service. There may be a hundred
 * thousand; a scrape must not cost their making. Each service's rows are made when it changes, and joined when
 * something did since the last scrape.
 */
import type { ObjectKey } from '../cluster/index.ts'
import type { Change } from '../status/index.ts'

const HEAD = `# HELP metallb_speaker_announced 1 for each address that this node wants announced; whether a session is up plays no part.
# TYPE metallb_speaker_announced gauge
`

export class AnnouncedRows {
  readonly #node: string
  readonly #rows = new Map<ObjectKey, string>()
  #text: string | undefined

  constructor(node: string) {
    this.#node = labelValue(node)
  }

  update(changes: readonly Change[]): void {
    for (const { key, after } of changes) {
      if (after === undefined) this.#rows.delete(key)
      else this.#rows.set(key, this.#rowsOf(key, after.addresses))
    }
    if (changes.length > 0) this.#text = undefined
  }

  text(): string {
    this.#text ??= HEAD + [...this.#rows.values()].join('')
    return this.#text
  }

  #rowsOf(key: ObjectKey, addresses: readonly string[]): string {
    const service = labelValue(key)
    const row = (ip: string) =>
      `metallb_speaker_announced{service="${service}",protocol="bgp",node="${this.#node}",ip="${labelValue(ip)}"} 1\n`
    return addresses.map(row).join('')
  }
}

/** Prometheus' text format, version 0.0.4. */
const labelValue = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
