/**
 * Names close to one that does not exist: a slip of the finger, a missing namespace, or only a part of the name.
 * Pure, and cheap enough for a hundred thousand candidates.
 */

const MOST = 3
const MOST_EDITS = 2

/** Up to three candidates, the likeliest first. */
export function nearNames(wanted: string, candidates: Iterable<string>): readonly string[] {
  const found: { name: string; score: number }[] = []
  for (const name of candidates) {
    const score = scoreOf(wanted.toLowerCase(), name.toLowerCase())
    if (score !== undefined) found.push({ name, score })
  }
  return found
    .sort((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1))
    .slice(0, MOST)
    .map(({ name }) => name)
}

/** Lower is nearer; undefined: not near at all. */
function scoreOf(wanted: string, name: string): number | undefined {
  const base = name.slice(name.indexOf('/') + 1)
  const wantedBase = wanted.slice(wanted.indexOf('/') + 1)
  if (wantedBase === '') return undefined
  if (wantedBase === base) return 0
  const edits = distance(wanted, name, MOST_EDITS) ?? distance(wantedBase, base, MOST_EDITS)
  if (edits !== undefined && edits < Math.min(base.length, wantedBase.length)) return edits
  return wantedBase.length > 2 && base.includes(wantedBase) ? MOST_EDITS + 1 : undefined
}

/** Levenshtein's distance, given up as soon as it must exceed `most`. */
export function distance(a: string, b: string, most: number): number | undefined {
  if (Math.abs(a.length - b.length) > most) return undefined
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    if (Math.min(...next) > most) return undefined
    row = next
  }
  const edits = row[b.length] ?? 0
  return edits > most ? undefined : edits
}
