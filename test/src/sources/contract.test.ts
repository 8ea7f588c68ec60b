import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type ManifestWatcher, watchKubernetes, watchManifests } from '../../../src/sources/index.ts'
import { FakeKubeApi, settled } from '../../support/fake-kube-api.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { temporaryFolder, writeFiles } from '../../support/temporary-folder.ts'
import { describeSource, Heard, type SourceUnderTest } from './contract.ts'

type Fields = Readonly<Record<string, unknown>>

interface Named {
  readonly kind: string
  readonly metadata: { readonly namespace?: string; readonly name: string }
}

class FolderUnderTest extends Heard implements SourceUnderTest {
  readonly #root = temporaryFolder()
  #watcher: ManifestWatcher | undefined

  start(): void {
    const clock = new ManualClock()
    this.#watcher = watchManifests(this.#root, this.handlers, { clock, log: () => {} })
  }

  async apply(...objects: readonly Fields[]): Promise<void> {
    writeFiles(this.#root, Object.fromEntries(objects.map((one) => [fileOf(one), JSON.stringify(one)])))
  }

  async remove(...objects: readonly Fields[]): Promise<void> {
    for (const one of objects) rmSync(join(this.#root, fileOf(one)), { force: true })
  }

  async until(isSo: () => boolean): Promise<void> {
    await this.quiet()
    if (!isSo()) throw new Error(`it did not become so: ${JSON.stringify(this.diagnostics)}`)
  }

  async quiet(): Promise<void> {
    await this.#watcher?.reload()
  }

  async close(): Promise<void> {
    this.#watcher?.close()
  }
}

const fileOf = (object: Fields): string => {
  const { kind, metadata } = object as unknown as Named
  return `${kind}-${metadata.namespace ?? ''}-${metadata.name}.yaml`
}

class ApiUnderTest extends Heard implements SourceUnderTest {
  readonly #api = new FakeKubeApi()
  readonly #clock = new ManualClock()
  #close: () => void = () => {}

  start(): void {
    const options = { namespace: 'metallb-system', needs: 'speaker' } as const
    const context = { clock: this.#clock, log: () => {}, random: () => 0.5 }
    const watcher = watchKubernetes(this.#api, options, this.handlers, context)
    this.#close = () => watcher.close()
  }

  async apply(...objects: readonly Fields[]): Promise<void> {
    this.#api.put(...objects)
  }

  async remove(...objects: readonly Fields[]): Promise<void> {
    for (const { kind, metadata } of objects as unknown as readonly Named[])
      this.#api.remove(kind, metadata.namespace ?? '', metadata.name)
  }

  async until(isSo: () => boolean): Promise<void> {
    await this.quiet()
    if (!isSo()) throw new Error(`it did not become so: ${JSON.stringify(this.diagnostics)}`)
  }

  async quiet(): Promise<void> {
    for (let turns = 0; turns < 3; turns++) {
      await settled()
      this.#clock.advance(20)
    }
    await settled()
  }

  async close(): Promise<void> {
    this.#close()
  }
}

describeSource('a folder of manifests', { allOrNothing: true }, async () => new FolderUnderTest())
describeSource('an API server', { allOrNothing: false }, async () => new ApiUnderTest())
