/**
 * JSON text to a plain value, with the place of every key and item. It is what `kubectl get -o json` prints, of whole
 * clusters too: a hundred thousand objects take a second here, and the YAML parser most of a minute.
 */
import type { YamlText } from './yaml.ts'

/** Deeper than any Kubernetes object. */
const DEEPEST = 200

/**
 * Undefined when this is no single JSON document, or one with something to be said of it (doubled keys, too deep):
 * the YAML parser, for which all JSON is YAML, then says what and where.
 */
export function parseJson(text: string): YamlText | undefined {
  if (!looksLikeJson(text)) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const offsets = offsetsIn(text)
  // A doubled key has a place of its own in the text, and none in the value.
  if (offsets === undefined || offsets.length !== sizeOf(value)) return undefined
  return { documents: [{ value, offsets }], problems: [], lineStarts: lineStartsOf(text) }
}

export const looksLikeJson = (text: string): boolean => /^\s*[{[]/.test(text)

function lineStartsOf(text: string): Uint32Array {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return Uint32Array.from(starts)
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const OPEN_MAP = 0x7b
const CLOSE_MAP = 0x7d
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const COMMA = 0x2c

/**
 * Of the top, then of each key and item in the order of the text, which is known to be valid JSON. Undefined when it is
 * too deep or has an uncommon key.
 */
function offsetsIn(text: string): Uint32Array | undefined {
  const offsets = new Offsets()
  /** For each container around: whether it is a map. */
  const inMap: boolean[] = []
  /** What comes next has no place yet: an item, a key or the top; the value of a key shares the key's. */
  let isDue = true
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code <= 0x20) continue
    switch (code) {
      case COMMA:
        isDue = true
        continue
      case COLON:
        continue
      case CLOSE_MAP:
      case CLOSE_LIST:
        inMap.pop()
        isDue = false
        continue
    }
    const isKey = isDue && inMap.at(-1) === true
    if (isDue) offsets.push(at)
    isDue = false
    if (code === OPEN_MAP || code === OPEN_LIST) {
      if (inMap.push(code === OPEN_MAP) > DEEPEST) return undefined
      isDue = true
    } else if (code === QUOTE) {
      const end = endOfString(text, at)
      if (isKey && isUncommon(text.slice(at + 1, end))) return undefined
      at = end
    } else at = endOfWord(text, at)
  }
  return offsets.all()
}

/**
 * Keys that are numbers come first when the value is walked, wherever they stand. And JSON.parse of Node 24 takes the
 * key "\"" for "\\" when a map before had one in its place.
 */
const isUncommon = (key: string): boolean => key.includes('\\') || /^\d/.test(key)

/** The place of the closing quote. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end
  }
}

/** The last character of a number, true, false or null. */
function endOfWord(text: string, start: number): number {
  let end = start
  while (end + 1 < text.length && isOfWord(text.charCodeAt(end + 1))) end++
  return end
}

const isOfWord = (code: number): boolean =>
  code > 0x20 && code !== COMMA && code !== CLOSE_MAP && code !== CLOSE_LIST

function sizeOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  let count = 1
  if (Array.isArray(value)) for (const item of value) count += sizeOf(item)
  else for (const key in value) count += sizeOf((value as Record<string, unknown>)[key])
  return count
}

/** Millions of numbers, without a list of boxed ones in between. */
class Offsets {
  #numbers = new Uint32Array(1024)
  #length = 0

  push(offset: number): void {
    if (this.#length === this.#numbers.length) {
      const larger = new Uint32Array(2 * this.#length)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    this.#numbers[this.#length++] = offset
  }

  all(): Uint32Array {
    return this.#numbers.slice(0, this.#length)
  }
}
