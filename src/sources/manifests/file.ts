/** One file of manifests: read with bounds, parsed, and kept as long as it does not change. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type Diagnostic, type Parsed, parseObjects } from '../../cluster/index.ts'
import { originOf, positionOf } from './places.ts'
import { fileProblem, unreadable } from './problems.ts'
import { MOST_JSON, MOST_YAML } from './text.ts'
import { signatureOf } from './walk.ts'
import type { YamlText } from './yaml.ts'

export type ParseText = (text: string) => YamlText | Promise<YamlText>

export interface ManifestFile {
  /** Of the file as it was read; empty when it must be read again. */
  readonly signature: string
  readonly text?: string
  readonly parsed: Parsed
  /** It was written to while it was read: what was read may be neither the old file nor the new one. */
  readonly torn?: true
  /** It held objects before, and holds nothing at all now. */
  readonly isEmptied?: true
}

/** Never throws: what goes wrong becomes a finding. `known` is kept when its text is still the same. */
export async function readManifest(
  path: string,
  parse: ParseText,
  known?: ManifestFile,
): Promise<ManifestFile> {
  let handle: FileHandle | undefined
  try {
    // Without blocking, should a pipe have taken the file's place.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    return await readOpen(handle, path, parse, known)
  } catch (error) {
    return refused('', unreadable(path, error))
  } finally {
    await handle?.close().catch(() => undefined)
  }
}

async function readOpen(
  handle: FileHandle,
  path: string,
  parse: ParseText,
  known: ManifestFile | undefined,
): Promise<ManifestFile> {
  const stats = await handle.stat({ bigint: true })
  if (!stats.isFile()) return refused('', fileProblem('Unreadable', path, 'is not a regular file'))
  const most = path.endsWith('.json') ? MOST_JSON : MOST_YAML
  if (stats.size > most) return refused(signatureOf(stats), tooLarge(path, Number(stats.size), most))
  const octets = await readBounded(handle, most)
  const torn = signatureOf(await handle.stat({ bigint: true })) !== signatureOf(stats)
  const seen = torn ? ({ signature: '', torn } as const) : { signature: signatureOf(stats) }
  if (octets.length > most) return { ...refused('', tooLarge(path, octets.length, most)), ...seen }
  const text = decode(octets)
  if (text === undefined) return { ...refused('', notText(path)), ...seen }
  if (text === known?.text) return { text, parsed: known.parsed, ...seen }
  try {
    return { text, parsed: parsedOf(path, await parse(text)), ...seen }
  } catch {
    // Without the error's own text: it may quote the file.
    const problem = fileProblem('NotParsed', path, 'could not be parsed', 'split it into several files')
    return { text, parsed: { objects: [], diagnostics: [problem] }, ...seen }
  }
}

/** A little more than allowed at most, also of a file that grows. */
async function readBounded(handle: FileHandle, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let total = 0
  while (total <= most) {
    const { bytesRead, buffer } = await handle.read({ buffer: new Uint8Array(256 * 1024) })
    if (bytesRead === 0) break
    chunks.push(buffer.subarray(0, bytesRead))
    total += bytesRead
  }
  return Buffer.concat(chunks)
}

function decode(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets)
  } catch {
    return undefined
  }
}

const refused = (signature: string, diagnostic: Diagnostic): ManifestFile => ({
  signature,
  parsed: { objects: [], diagnostics: [diagnostic] },
})

const tooLarge = (path: string, octets: number, most: number): Diagnostic =>
  fileProblem(
    'FileTooLarge',
    path,
    `has ${octets} octets, more than the ${most} that are read`,
    'split it into several files',
  )

const notText = (path: string): Diagnostic =>
  fileProblem('NotUtf8', path, 'is not UTF-8 text', 'save it as UTF-8, or move it out of the folder')

function parsedOf(file: string, { documents, problems, lineStarts }: YamlText): Parsed {
  const { objects, diagnostics } = parseObjects(
    documents.map((document) => ({ value: document.value, origin: originOf(file, document, lineStarts) })),
  )
  const faults = problems.map(
    ({ offset, ...problem }): Diagnostic => ({
      ...problem,
      location: { file, ...positionOf(offset, lineStarts) },
    }),
  )
  return { objects, diagnostics: [...faults, ...diagnostics] }
}
