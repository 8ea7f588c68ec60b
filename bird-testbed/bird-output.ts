/** What BIRD prints, taken apart. Its control socket speaks to people, so this reads lines. */

export interface BirdProtocol {
  readonly name: string
  readonly protocol: string
  /** `up`, `start`, `down` ... */
  readonly state: string
  /** When it came to this state, as BIRD prints it, which computes it anew each time: give or take a millisecond. */
  readonly since: string
  /** For BGP `Established`, `Active`, ... with the last error behind it. */
  readonly info: string
}

export interface BirdRoute {
  readonly prefix: string
  /** Name of the protocol that brought it. */
  readonly from: string
  /** Whether BIRD prefers it (`*`). */
  readonly best: boolean
  readonly via: readonly string[]
  /** `BGP.as_path` -> `65001`, as BIRD prints them. */
  readonly attributes: Readonly<Record<string, string>>
}

/** `show route` of a table without the prefix asked for: no route, not a failure. */
const NETWORK_NOT_FOUND = '8001 '

/** Lines begin with a four-digit code and `-` (more follows) or a space (the last); or with a space when the code is the same. */
export function answerText(received: string): string | undefined {
  if (!received.endsWith('\n')) return undefined
  const lines = received.slice(0, -1).split('\n')
  const last = lines.at(-1) ?? ''
  if (!/^\d{4} /.test(last)) return undefined
  if (last.startsWith(NETWORK_NOT_FOUND)) return ''
  if (/^[89]/.test(last)) throw new Error(`BIRD: ${last.slice(5)}`)
  return lines
    .map((line) => (/^\d{4}[ -]/.test(line) ? line.slice(5) : line.slice(1)))
    .join('\n')
    .trimEnd()
}

// Name, protocol, table, state, since (a time, or a day and a time), info.
const PROTOCOL_LINE = /^(\S+)\s+(\S+)\s+\S+\s+(\S+)\s+(\d\S*(?: \d\S*)?)\s*(.*)$/

/** The answer to `show protocols`. */
export function protocolsOf(text: string): BirdProtocol[] {
  const [, ...lines] = text.split('\n')
  return lines.flatMap((line) => {
    const [, name, protocol, state, since = '', info = ''] = PROTOCOL_LINE.exec(line) ?? []
    if (name === undefined || protocol === undefined || state === undefined) return []
    return [{ name, protocol, state, since, info: info.trim() }]
  })
}

interface OpenRoute {
  prefix: string
  from: string
  best: boolean
  via: string[]
  attributes: Record<string, string>
}

/** The answer to `show route ... all`. */
export function routesOf(text: string): BirdRoute[] {
  const routes: OpenRoute[] = []
  for (const line of text.split('\n')) {
    // A further route to the same prefix leaves the first column empty.
    const head = /^(\S+)?\s+(?:unicast|blackhole|unreachable|prohibit) \[(\S+) [^\]]*\]( \*)?/.exec(line)
    const route = routes.at(-1)
    if (head !== null) {
      const prefix = head[1] ?? route?.prefix ?? ''
      routes.push({ prefix, from: head[2] ?? '', best: head[3] !== undefined, via: [], attributes: {} })
    } else if (route !== undefined) {
      addDetail(route, line.trim())
    }
  }
  return routes
}

function addDetail(route: OpenRoute, line: string): void {
  const via = /^via (\S+) on/.exec(line)?.[1]
  if (via !== undefined) route.via.push(via)
  const attribute = /^([A-Za-z][\w.]*): ?(.*)$/.exec(line)
  if (attribute?.[1] !== undefined) route.attributes[attribute[1]] = attribute[2] ?? ''
}
