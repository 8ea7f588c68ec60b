/** A source that follows an API server in memory, by a clock that stands still until the test moves it. */
import { onTestFinished } from 'vitest'
import type { Diagnostic } from '../../../../src/cluster/index.ts'
import { type KubernetesWatcher, watchKubernetes } from '../../../../src/sources/index.ts'
import { FakeKubeApi, settled } from '../../../support/fake-kube-api.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { seededRandom } from '../../../support/seeded-random.ts'
import { Heard } from '../contract.ts'

export class FollowedCluster extends Heard {
  readonly api = new FakeKubeApi()
  readonly clock = new ManualClock()
  readonly log: string[] = []
  readonly told: (readonly Diagnostic[])[] = []
  readonly #random = seededRandom(7)
  watcher: KubernetesWatcher | undefined

  async follow(needs: 'controller' | 'speaker' = 'speaker'): Promise<void> {
    const watcher = watchKubernetes(
      this.api,
      { namespace: 'metallb-system', needs },
      {
        onSnapshot: (snapshot, diagnostics) => this.handlers.onSnapshot(snapshot, diagnostics),
        onDiagnostics: (diagnostics) => {
          this.told.push(diagnostics)
          this.handlers.onDiagnostics(diagnostics)
        },
      },
      {
        clock: this.clock,
        log: (level, message) => this.log.push(`${level} ${message}`),
        random: this.#random,
      },
    )
    this.watcher = watcher
    onTestFinished(() => watcher.close())
    await this.run(0)
  }

  /** Time goes on by so much, in steps that leave everybody a turn. */
  async run(ms: number, step = 50): Promise<void> {
    await settled()
    for (let left = ms; left > 0; left -= step) {
      this.clock.advance(Math.min(left, step))
      await settled()
    }
    this.clock.settle()
    await settled()
  }

  get codes(): string[] {
    return this.diagnostics.map(({ code }) => code)
  }

  get services(): string[] {
    return [...(this.snapshot?.services.keys() ?? [])]
  }
}
