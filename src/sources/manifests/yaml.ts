/**
 * YAML text to plain values, with the place of every key and item, for findings. Pure, and its result can be sent
 * between threads: the `yaml` package takes a second for 2 MB, which a daemon that owes keepalives cannot wait for.
 *
 * The text is hostile: nesting and aliases are bounded before anything recursive touches them, and messages hold
 * nothing of the text, since it may be a Secret.
 */
import { Composer, type CST, type Document, isAlias, isMap, isScalar, isSeq, LineCounter, Parser } from 'yaml'

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
  for (const document of new Composer({ merge: true, stringKeys: true, prettyErrors: false }).compose(tokens))
    readDocument(document, text, documents, problems)
  return { documents, problems, lineStarts }
}

function readDocument(
  document: Document.Parsed,
  text: string,
  documents: YamlDocument[],
  problems: YamlProblem[],
): void {
  for (const { code, message, pos } of document.warnings)
    problems.push({
      severity: 'warning',
      code: 'YamlWarning',
      message: safe(message),
      ...hintFor(code),
      offset: pos[0],
    })
  readErrors(document, text, problems)
  if (document.errors.length > 0) return
  try {
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES })
    if (value !== null && value !== undefined) documents.push({ value, offsets: offsetsOf(document, value) })
  } catch (error) {
    const message = error instanceof ReferenceError ? safe(error.message) : 'this document cannot be read'
    problems.push({ severity: 'error', code: 'YamlSyntax', message, offset: document.range[0] })
  }
}

/** All doubled keys, and the first fault of syntax: those after it are mostly its consequences. */
function readErrors({ errors }: Document.Parsed, text: string, problems: YamlProblem[]): void {
  const broken = errors.find(({ code }) => code !== 'DUPLICATE_KEY')
  for (const error of errors) {
    const { code, message, pos } = error
    const offset = pos[0]
    if (code === 'DUPLICATE_KEY') {
      const [key = ''] = /^[\w./-]{1,60}/.exec(text.slice(offset, offset + 60)) ?? []
      const doubled = `the key ${key === '' ? '' : `"${key}" `}is in this map already`
      problems.push({
        severity: 'error',
        code: 'DuplicateKey',
        message: doubled,
        hint: 'remove one of the two',
        offset,
      })
    } else if (error === broken)
      problems.push({
        severity: 'error',
        code: 'YamlSyntax',
        message: safe(message),
        ...hintFor(code),
        offset,
      })
  }
}

/** The parser's message up to where it quotes the text. */
const safe = (message: string): string => `not valid YAML: ${message.replace(/(: | sequence ).*$/s, '')}`

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

const hintFor = (code: string): { hint?: string } => {
  const hint = HINTS[code]
  return hint === undefined ? {} : { hint }
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

/** Walks the value, and the node that stands for it alongside. */
function offsetsOf(document: Document.Parsed, root: unknown): Uint32Array {
  const offsets: number[] = []
  const visit = (value: unknown, nodeOrAlias: unknown, offset: number): void => {
    offsets.push(offset)
    if (typeof value !== 'object' || value === null) return
    const node = isAlias(nodeOrAlias) ? nodeOrAlias.resolve(document) : nodeOrAlias
    if (Array.isArray(value)) {
      const items = isSeq(node) ? node.items : []
      for (const [at, item] of value.entries()) visit(item, items[at], offsetOf(items[at], offset))
    } else {
      for (const [key, item] of Object.entries(value)) {
        const pair = isMap(node)
          ? node.items.find((pair) => isScalar(pair.key) && pair.key.value === key)
          : undefined
        visit(item, pair?.value, offsetOf(pair?.key, offset))
      }
    }
  }
  visit(root, document.contents, offsetOf(document.contents, 0))
  return Uint32Array.from(offsets)
}

/** Where the node starts, or what is above it (a key that a merge brought in has no place of its own). */
function offsetOf(node: unknown, above: number): number {
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : above
}
