/**
 * YAML text to plain values, with the place of every key and item, for findings. Pure, and its result can be sent
 * between threads: the `yaml` package takes a second for 2 MB, which a daemon that owes keepalives cannot wait for.
 *
 * The text is hostile: nesting and aliases are bounded before anything recursive touches them, and messages hold
 * nothing of the text, since it may be a Secret.
 */
import { Composer, type CST, type Document, isMap, isScalar, isSeq, LineCounter, Parser } from 'yaml'
import { offsetOf, offsetsOf } from './yaml-offsets.ts'

export interface YamlDocument {
  readonly value: unknown
  /** Offset of each node in the text: the top, then each key and item in the order in which `value` is walked. */
  readonly offsets: Uint32Array
}

export interface YamlProblem {
  readonly severity: 'error' | 'warning'
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly offset: number
}

export interface YamlText {
  /** Empty documents are left out, and so are those with errors. */
  readonly documents: readonly YamlDocument[]
  readonly problems: readonly YamlProblem[]
  readonly lineStarts: Uint32Array
}

/** Deeper than any Kubernetes object (the schema in a CustomResourceDefinition is the deepest), far from any stack limit. */
const DEEPEST = 200
const MOST_ALIASES = 100

export function parseYaml(text: string): YamlText {
  const lines = new LineCounter()
  const tokens = [...new Parser(lines.addNewLine).parse(text)]
  const lineStarts = Uint32Array.from(lines.lineStarts)
  const deep = tooDeep(tokens)
  if (deep !== undefined) return { documents: [], problems: [deep], lineStarts }
  const documents: YamlDocument[] = []
  const problems: YamlProblem[] = []
  for (const document of new Composer(COMPOSING).compose(tokens)) readDocument(document, documents, problems)
  return { documents, problems, lineStarts }
}

/** Doubled keys are looked for here: the package compares each key of a map with each other one. */
const COMPOSING = { merge: true, stringKeys: true, prettyErrors: false, uniqueKeys: false } as const

function readDocument(document: Document.Parsed, documents: YamlDocument[], problems: YamlProblem[]): void {
  for (const { code, message, pos } of document.warnings)
    problems.push(problemOf('warning', 'YamlWarning', message, pos[0], HINTS[code]))
  const doubled = doubledKeys(document)
  problems.push(...doubled)
  // The first fault only: those after it are mostly its consequences.
  const [fault] = document.errors
  if (fault !== undefined)
    problems.push(problemOf('error', 'YamlSyntax', fault.message, fault.pos[0], HINTS[fault.code]))
  if (fault !== undefined || doubled.length > 0) return
  try {
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES })
    if (value !== null && value !== undefined) documents.push({ value, offsets: offsetsOf(document, value) })
  } catch (error) {
    const message = error instanceof ReferenceError ? error.message : 'this document cannot be read'
    problems.push(problemOf('error', 'YamlSyntax', message, document.range[0]))
  }
}

function doubledKeys(document: Document.Parsed): YamlProblem[] {
  const problems: YamlProblem[] = []
  const nodes: unknown[] = [document.contents]
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (isSeq(node)) for (const item of node.items) nodes.push(item)
    if (!isMap(node)) continue
    const seen = new Set<string>([])
    for (const { key, value } of node.items) {
      nodes.push(value ?? undefined)
      const name = isScalar(key) ? String(key.value) : undefined
      if (name !== undefined && name !== MERGE && seen.has(name))
        problems.push(doubledKey(name, offsetOf(key, 0)))
      if (name !== undefined) seen.add(name)
    }
  }
  return problems
}

/** Several merges into one map are allowed. */
const MERGE = '<<'

function doubledKey(name: string, offset: number): YamlProblem {
  const shown = /^[\w./-]{1,60}$/.test(name) ? `the key "${name}"` : 'this key'
  const message = `${shown} is in this map already`
  return { severity: 'error', code: 'DuplicateKey', message, hint: 'remove one of the two', offset }
}

function problemOf(
  severity: 'error' | 'warning',
  code: string,
  message: string,
  offset: number,
  hint?: string,
): YamlProblem {
  return {
    severity,
    code,
    message: `not valid YAML: ${safe(message)}`,
    ...(hint !== undefined && { hint }),
    offset,
  }
}

/** The parser's message up to where it quotes the text. */
const safe = (message: string): string => message.replace(/(: |(?<=escape sequence) ).*$/s, '')

const QUOTE = 'put text that starts with a special character (* & ! % @ `) in quotes'
const INDENT = 'check the indentation of this line, and put text that contains ": " in quotes'

const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BAD_ALIAS: QUOTE,
  BAD_SCALAR_START: QUOTE,
  TAG_RESOLVE_FAILED: QUOTE,
  BAD_INDENT: INDENT,
  BLOCK_AS_IMPLICIT_KEY: INDENT,
  MULTILINE_IMPLICIT_KEY: INDENT,
  MISSING_CHAR: 'look for an open quote or bracket, or a missing ":" above',
  UNEXPECTED_TOKEN: INDENT,
}

/** Composing is recursive, and not even an exhausted stack would end it in an orderly way: so this comes first. */
function tooDeep(tokens: readonly CST.Token[]): YamlProblem | undefined {
  const stack = tokens.map((token) => ({ token, depth: 0 }))
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { token, depth } = top
    if (depth > DEEPEST) {
      const message = `not valid here: nested deeper than ${DEEPEST} levels`
      return { severity: 'error', code: 'TooDeep', message, offset: 'offset' in token ? token.offset : 0 }
    }
    for (const child of childrenOf(token)) stack.push({ token: child, depth: depth + 1 })
  }
  return undefined
}

function childrenOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value]
  if (!('items' in token)) return []
  return token.items.flatMap(({ key, value }) =>
    [key, value].filter((child) => child !== null && child !== undefined),
  )
}
