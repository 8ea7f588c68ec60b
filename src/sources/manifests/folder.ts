/** A folder of manifests with what is remembered of each file, so that only files that changed are read again. */
import type { Parsed } from '../../cluster/index.ts'
import { type ManifestFile, type ParseText, readManifest } from './file.ts'
import { fileEmptied } from './problems.ts'
import { type Walk, walk } from './walk.ts'

export interface FolderState {
  /** One part per file, in order of their paths, and one for the folder itself. */
  readonly parts: readonly Parsed[]
  readonly folders: Walk['folders']
  /** Whether any part is another than the last time. */
  readonly changed: boolean
  /** Whether a file was written to while it was read, so that it is better to look again. */
  readonly torn: boolean
}

export class ManifestFolder {
  readonly #root: string
  readonly #parse: ParseText
  #files = new Map<string, ManifestFile>()
  #problems = ''

  constructor(root: string, parse: ParseText) {
    this.#root = root
    this.#parse = parse
  }

  /** Whether a look at the files' dates and sizes shows a change. Reads no file. */
  async isStale(): Promise<boolean> {
    const { files, problems } = await walk(this.#root)
    return (
      JSON.stringify(problems) !== this.#problems ||
      files.length !== this.#files.size ||
      files.some(({ path, signature }) => this.#files.get(path)?.signature !== signature)
    )
  }

  /** @param all read files again even though they look unchanged. */
  async read(all = false): Promise<FolderState> {
    const { files, folders, problems } = await walk(this.#root)
    const before = this.#files
    const after = new Map<string, ManifestFile>()
    for (const { path, signature } of files) {
      const known = before.get(path)
      const same = known !== undefined && known.signature === signature && !all
      // Somebody insists: what was held against an empty file is forgotten.
      const kept = all && known?.isEmptied === true ? undefined : known
      const file = same ? known : await readManifest(path, this.#parse, kept)
      after.set(path, !all && isEmptied(file, known) ? emptied(path, file) : file)
    }
    const changed = JSON.stringify(problems) !== this.#problems || !sameParts(before, after)
    this.#files = after
    this.#problems = JSON.stringify(problems)
    const parts = [{ objects: [], diagnostics: problems }, ...[...after.values()].map(({ parsed }) => parsed)]
    const torn = [...after.values()].some((file) => file.torn)
    return { parts, folders, changed, torn }
  }
}

/** As `kubectl get ... > file` leaves it while it runs, or when it fails. One that was broken before held something, too. */
const isEmptied = ({ text }: ManifestFile, known: ManifestFile | undefined): boolean =>
  text?.trim() === '' && known !== undefined && !isBare(known.parsed)

const isBare = ({ objects, diagnostics }: Parsed): boolean => objects.length + diagnostics.length === 0

const emptied = (path: string, file: ManifestFile): ManifestFile =>
  file.isEmptied === true
    ? file
    : { ...file, isEmptied: true, parsed: { objects: [], diagnostics: [fileEmptied(path)] } }

function sameParts(
  before: ReadonlyMap<string, ManifestFile>,
  after: ReadonlyMap<string, ManifestFile>,
): boolean {
  return (
    before.size === after.size &&
    [...after].every(([path, { parsed }]) => before.get(path)?.parsed === parsed)
  )
}
