/** Numbers in words. Pure. */

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const

/** `850ms`, `42s`, `1h23m`, `3d4h`: the two leading units, as one says it. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`
  let seconds = Math.floor(ms / 1000)
  const parts: string[] = []
  for (const [unit, size] of UNITS) {
    const many = Math.floor(seconds / size)
    seconds %= size
    if (many > 0) parts.push(`${many}${unit}`)
    // Nothing smaller than the unit after the leading one: 3d4h, but 3d and not 3d12s.
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return parts.join('')
}

/** `1 error`, `2 errors`, `no errors`. */
export const count = (many: number, noun: string): string =>
  `${many === 0 ? 'no' : many} ${noun}${many === 1 ? '' : 's'}`
