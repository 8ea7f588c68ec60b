import { renameSync, rmSync, symlinkSync, unlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Clock, systemClock } from '../../../../bgp/index.ts'
import { type Diagnostic, parseObjects, type Snapshot } from '../../../../src/cluster/index.ts'
import { type ManifestWatcher, type WatchOptions, watchManifests } from '../../../../src/sources/index.ts'
import { ManifestFolder } from '../../../../src/sources/manifests/folder.ts'
import { parseTextAside } from '../../../../src/sources/manifests/threaded-text.ts'
import { parseYaml } from '../../../../src/sources/manifests/yaml.ts'
import { temporaryFolder, writeFiles } from '../../../support/temporary-folder.ts'

const node = (name: string, labels = '{}') =>
  `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}, labels: ${labels}}\n`

interface News {
  readonly snapshot?: Snapshot
  readonly diagnostics: readonly Diagnostic[]
}

/** What the handlers are told, one after the other. */
class Watched {
  readonly watcher: ManifestWatcher
  readonly #news: News[] = []
  #wake: () => void = () => {}

  constructor(root: string, options: Partial<WatchOptions> = {}) {
    this.watcher = watchManifests(
      root,
      {
        onSnapshot: (snapshot, diagnostics) => this.#tell({ snapshot, diagnostics }),
        onDiagnostics: (diagnostics) => this.#tell({ diagnostics }),
      },
      {
        clock: systemClock,
        log: () => {},
        quietMs: 5,
        retryMs: 20,
        pollMs: 30,
        ...options,
      },
    )
    onTestFinished(() => this.watcher.close())
  }

  #tell(news: News): void {
    this.#news.push(news)
    this.#wake()
  }

  async next(): Promise<News> {
    for (;;) {
      const news = this.#news.shift()
      if (news !== undefined) return news
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async nodes(): Promise<string[]> {
    const { snapshot, diagnostics } = await this.next()
    if (snapshot === undefined) throw new Error(JSON.stringify(diagnostics))
    return [...snapshot.nodes.keys()]
  }

  async codes(): Promise<string[]> {
    const { snapshot, diagnostics } = await this.next()
    if (snapshot !== undefined) throw new Error(`a snapshot with ${[...snapshot.nodes.keys()]}`)
    return diagnostics.map(({ code }) => code)
  }

  get waiting(): number {
    return this.#news.length
  }
}

/** With no poll to help, events alone must do; and the other way round. */
const EVENTS_ONLY = { pollMs: 1e9 }
const POLL_ONLY = { quietMs: 5, pollMs: 10 }

test('edits, additions and removals arrive, with what did not change unchanged', async () => {
  const root = temporaryFolder({ 'a.yaml': node('a'), 'b.yaml': node('b') })
  const watched = new Watched(root, EVENTS_ONLY)
  const { snapshot: first } = await watched.next()
  expect([...(first?.nodes.keys() ?? [])]).toEqual(['a', 'b'])
  writeFiles(root, { 'b.yaml': node('b', '{x: y}') })
  const { snapshot: second } = await watched.next()
  expect(second?.nodes.get('a')).toBe(first?.nodes.get('a'))
  expect(second?.nodes.get('b')?.labels).toEqual({ x: 'y' })
  writeFiles(root, { 'sub/folder/c.yaml': node('c') })
  expect(await watched.nodes()).toEqual(['a', 'b', 'c'])
  writeFiles(root, { 'sub/folder/c.yaml': node('d') })
  expect(await watched.nodes()).toEqual(['a', 'b', 'd'])
  rmSync(join(root, 'sub'), { recursive: true })
  expect(await watched.nodes()).toEqual(['a', 'b'])
  unlinkSync(join(root, 'a.yaml'))
  expect(await watched.nodes()).toEqual(['b'])
})

test('a broken file keeps the last good snapshot, is reported, and is mended', async () => {
  const root = temporaryFolder({ 'a.yaml': node('a') })
  const watched = new Watched(root, EVENTS_ONLY)
  const { snapshot } = await watched.next()
  writeFiles(root, { 'b.yaml': 'kind: [', 'c.yaml': node('c') })
  expect(await watched.codes()).toEqual(['YamlSyntax'])
  expect(watched.watcher.snapshot).toBe(snapshot)
  writeFiles(root, { 'b.yaml': node('b') })
  expect(await watched.nodes()).toEqual(['a', 'b', 'c'])
  expect(watched.watcher.diagnostics).toEqual([])
})

test('mending back to what it was is told without a new snapshot', async () => {
  const root = temporaryFolder({ 'a.yaml': node('a') })
  const watched = new Watched(root, EVENTS_ONLY)
  const { snapshot } = await watched.next()
  writeFiles(root, { 'a.yaml': '{' })
  expect(await watched.codes()).toEqual(['YamlSyntax'])
  writeFiles(root, { 'a.yaml': node('a') })
  expect(await watched.codes()).toEqual([])
  expect(watched.watcher.snapshot).toBe(snapshot)
})

test('broken from the start: no snapshot until it is mended', async () => {
  const root = temporaryFolder({ 'a.yaml': '{' })
  const watched = new Watched(root, EVENTS_ONLY)
  expect(await watched.codes()).toEqual(['YamlSyntax'])
  expect(watched.watcher.snapshot).toBeUndefined()
  writeFiles(root, { 'a.yaml': node('a') })
  expect(await watched.nodes()).toEqual(['a'])
})

/** A clock that tells when the watcher has seen something broken and waits before it says so. */
function doubtfulClock(retryMs: number): { clock: Clock; doubted: Promise<void> } {
  let tell = () => {}
  const doubted = new Promise<void>((resolve) => {
    tell = resolve
  })
  const after: Clock['after'] = (ms, fire) => {
    if (ms > retryMs / 2 && ms <= retryMs) tell()
    return systemClock.after(ms, fire)
  }
  return { clock: { ...systemClock, after }, doubted }
}

test.each([
  ['half-written', 'kind: ['],
  ['just truncated', ''],
])('a file caught %s is looked at again before anything is said', async (_, half) => {
  const root = temporaryFolder({ 'a.yaml': node('a') })
  const retryMs = 1e8
  const { clock, doubted } = doubtfulClock(retryMs)
  const watched = new Watched(root, { ...EVENTS_ONLY, clock, retryMs })
  await watched.next()
  writeFiles(root, { 'a.yaml': half })
  await doubted
  expect(watched.waiting).toBe(0)
  writeFiles(root, { 'a.yaml': node('b') })
  expect(await watched.nodes()).toEqual(['b'])
})

test('an event while waiting for a broken file to mend does not make it forgotten', async () => {
  const root = temporaryFolder({ 'a.yaml': node('a') })
  const retryMs = 60
  const { clock, doubted } = doubtfulClock(retryMs)
  const watched = new Watched(root, { ...EVENTS_ONLY, clock, retryMs })
  await watched.next()
  writeFiles(root, { 'a.yaml': 'kind: [' })
  await doubted
  writeFiles(root, { 'other.txt': '' })
  expect(await watched.codes()).toEqual(['YamlSyntax'])
})

test('an atomic rename over the file', async () => {
  const root = temporaryFolder({ 'a.yaml': node('a') })
  const watched = new Watched(root, EVENTS_ONLY)
  await watched.next()
  writeFiles(root, { '.a.yaml.tmp': node('b') })
  renameSync(join(root, '.a.yaml.tmp'), join(root, 'a.yaml'))
  expect(await watched.nodes()).toEqual(['b'])
})

test('a ConfigMap mount that is swapped', async () => {
  const root = temporaryFolder({ '..one/n.yaml': node('a'), '..two/n.yaml': node('b') })
  symlinkSync('..one', join(root, '..data'))
  symlinkSync('..data/n.yaml', join(root, 'n.yaml'))
  const watched = new Watched(root, EVENTS_ONLY)
  expect(await watched.nodes()).toEqual(['a'])
  symlinkSync('..two', join(root, '..data_tmp'))
  renameSync(join(root, '..data_tmp'), join(root, '..data'))
  expect(await watched.nodes()).toEqual(['b'])
})

test('the folder goes away and comes back', async () => {
  const root = temporaryFolder({ 'm/a.yaml': node('a') })
  const watched = new Watched(join(root, 'm'))
  const { snapshot } = await watched.next()
  renameSync(join(root, 'm'), join(root, 'away'))
  expect(await watched.codes()).toEqual(['Unreadable'])
  expect(watched.watcher.snapshot).toBe(snapshot)
  writeFiles(root, { 'm/a.yaml': node('b') })
  expect(await watched.nodes()).toEqual(['b'])
  writeFiles(root, { 'm/a.yaml': node('c') })
  expect(await watched.nodes()).toEqual(['c'])
})

test('a folder that is emptied keeps what was, and ends with nothing only when told to reload', async () => {
  const root = temporaryFolder({ 'a.yaml': node('a') })
  const watched = new Watched(root, EVENTS_ONLY)
  const { snapshot } = await watched.next()
  unlinkSync(join(root, 'a.yaml'))
  expect(await watched.codes()).toEqual(['ManifestsGone'])
  expect(watched.watcher.snapshot).toBe(snapshot)
  await watched.watcher.reload()
  expect(await watched.next()).toMatchObject({
    snapshot: { nodes: { size: 0 } },
    diagnostics: [{ code: 'NoManifests' }],
  })
})

test('a file that is emptied keeps what it held, until it is removed or somebody insists', async () => {
  const root = temporaryFolder({ 'a.yaml': node('a'), 'b.yaml': node('b') })
  const watched = new Watched(root, EVENTS_ONLY)
  const { snapshot } = await watched.next()
  writeFiles(root, { 'b.yaml': '\n' })
  expect(await watched.codes()).toEqual(['FileEmptied'])
  writeFiles(root, { 'b.yaml': '' })
  writeFiles(root, { 'a.yaml': node('c') })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(watched.watcher.snapshot).toBe(snapshot)
  await watched.watcher.reload()
  expect(await watched.nodes()).toEqual(['c'])
  writeFiles(root, { 'b.yaml': node('b') })
  expect(await watched.nodes()).toEqual(['b', 'c'])
  unlinkSync(join(root, 'b.yaml'))
  expect(await watched.nodes()).toEqual(['c'])
})

test('a file that is broken and then emptied has not let go of what it held', async () => {
  const root = temporaryFolder({ 'a.yaml': node('a'), 'b.yaml': node('b') })
  const watched = new Watched(root, EVENTS_ONLY)
  const { snapshot } = await watched.next()
  writeFiles(root, { 'b.yaml': 'a: [\n' })
  expect(await watched.codes()).toEqual(['YamlSyntax'])
  writeFiles(root, { 'b.yaml': '' })
  expect(await watched.codes()).toEqual(['FileEmptied'])
  expect(watched.watcher.snapshot).toBe(snapshot)
})

test('the poll alone sees what events do not tell: a link to a file elsewhere', async () => {
  const elsewhere = temporaryFolder({ 'n.yaml': node('a') })
  const root = temporaryFolder()
  symlinkSync(join(elsewhere, 'n.yaml'), join(root, 'n.yaml'))
  const watched = new Watched(root, POLL_ONLY)
  expect(await watched.nodes()).toEqual(['a'])
  writeFiles(elsewhere, { 'n.yaml': node('b') })
  expect(await watched.nodes()).toEqual(['b'])
})

test('reload reads what looks unchanged, says so at once even when broken, and is quiet when nothing changed', async () => {
  const root = temporaryFolder({ 'a.yaml': node('a') })
  const watched = new Watched(root, { quietMs: 1e6, retryMs: 1e9, pollMs: 1e9 })
  expect(await watched.nodes()).toEqual(['a'])
  await watched.watcher.reload()
  await watched.watcher.reload()
  expect(watched.waiting).toBe(0)
  writeFiles(root, { 'a.yaml': '{' })
  await watched.watcher.reload()
  expect(await watched.codes()).toEqual(['YamlSyntax'])
})

test('reloads that have not begun yet are one', async () => {
  const root = temporaryFolder({ 'a.yaml': node('a') })
  const watched = new Watched(root, { quietMs: 1e6, retryMs: 1e9, pollMs: 1e9 })
  expect(await watched.nodes()).toEqual(['a'])
  writeFiles(root, { 'a.yaml': node('b') })
  const [first, ...more] = Array.from({ length: 100 }, () => watched.watcher.reload())
  expect(more.filter((one) => one !== first)).toEqual([])
  await first
  expect(await watched.nodes()).toEqual(['b'])
  writeFiles(root, { 'a.yaml': node('c') })
  await watched.watcher.reload()
  expect(await watched.nodes()).toEqual(['c'])
})

test('after close nothing is told', async () => {
  const root = temporaryFolder({ 'a.yaml': node('a') })
  const watched = new Watched(root)
  await watched.next()
  watched.watcher.close()
  writeFiles(root, { 'a.yaml': node('b') })
  await watched.watcher.reload()
  expect(watched.waiting).toBe(0)
})

test('a handler that throws is logged, and the next edit is told', async () => {
  const root = temporaryFolder({ 'a.yaml': node('a') })
  const log: string[] = []
  const told = await new Promise<string[]>((resolve) => {
    const watcher = watchManifests(
      root,
      {
        onSnapshot: ({ nodes }) => {
          if (nodes.has('b')) return resolve([...nodes.keys()])
          writeFiles(root, { 'b.yaml': node('b') })
          throw new Error('no')
        },
        onDiagnostics: () => {},
      },
      {
        clock: systemClock,
        log: (level, message) => log.push(`${level} ${message}`),
        quietMs: 5,
        pollMs: 20,
      },
    )
    onTestFinished(() => watcher.close())
  })
  expect(told).toEqual(['a', 'b'])
  expect(log).toContain('error taking over the manifests failed')
})

test('only files that changed are read and parsed again', async () => {
  const root = temporaryFolder({ 'a.yaml': node('a'), 'b.yaml': node('b') })
  const parsed: string[] = []
  const folder = new ManifestFolder(root, (text) => {
    parsed.push(text)
    return parseYaml(text)
  })
  expect(await folder.read()).toMatchObject({ changed: true })
  expect(parsed.splice(0)).toEqual([node('a'), node('b')])
  expect(await folder.isStale()).toBe(false)
  expect(await folder.read()).toMatchObject({ changed: false })
  utimesSync(join(root, 'a.yaml'), 1, 1)
  expect(await folder.isStale()).toBe(true)
  expect(await folder.read()).toMatchObject({ changed: false })
  expect(await folder.read(true)).toMatchObject({ changed: false })
  expect(parsed).toEqual([])
  writeFiles(root, { 'b.yaml': node('c') })
  expect(await folder.read()).toMatchObject({ changed: true })
  expect(parsed).toEqual([node('c')])
})

test('a long text is parsed in another thread, with the same result', async () => {
  const text = Array.from({ length: 1000 }, (_, at) => node(`n${at}`)).join('---\n')
  const aside = parseTextAside(text)
  expect(aside).toBeInstanceOf(Promise)
  expect(await aside).toEqual(parseYaml(text))
  const { objects } = parseObjects(
    (await aside).documents.map(({ value }) => ({ value, origin: { locate: () => ({}) } })),
  )
  expect(objects).toHaveLength(1000)
})
