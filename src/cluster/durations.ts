/** Durations as Go's time.ParseDuration reads them, which is what metav1.Duration holds: `90s`, `1m30s`, `1.5h`. */

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
}

const WHOLE = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g

/** Seconds, possibly with a fraction; undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (text.length > 64) return undefined
  if (/^[+-]?0$/.test(text)) return 0
  const [, sign, parts] = WHOLE.exec(text) ?? []
  if (parts === undefined) return undefined
  let seconds = 0
  for (const [, amount = '', unit = ''] of parts.matchAll(PART))
    seconds += Number(amount) * (UNIT_SECONDS[unit] ?? 0)
  // Sums of decimal fractions (0.1s + 0.2s) are exact to Go's nanosecond.
  return (sign === '-' ? -1 : 1) * (Math.round(seconds * 1e9) / 1e9)
}
