import { beforeEach, describe, expect, it } from 'vitest'
import { parseObjects } from '../../../src/cluster/index.ts'
import { Reviewer } from '../../../src/webhook/reviewer.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { pool, raws } from '../../support/raw-objects.ts'

const NAMESPACE = 'metallb-system'
const LARGE = pool('large', { addresses: ['192.0.2.0/24'] })
const SMALL = pool('small', { addresses: ['192.0.2.64/28'] })

const creation = (name: string, after: unknown, dryRun = false) => ({
  change: { kind: 'IPAddressPool', namespace: NAMESPACE, name, after },
  dryRun,
})

describe('changes that follow on one another', () => {
  let clock: ManualClock
  let shown: unknown[]
  let reviewer: Reviewer

  beforeEach(() => {
    clock = new ManualClock()
    shown = []
    const cluster = () => ({ objects: parseObjects(raws(shown)).objects, services: new Map() })
    reviewer = new Reviewer({ namespace: NAMESPACE, cluster, clock })
  })

  /** The verdict, while time goes by; `after` so many ms something happens. */
  async function verdict(name: string, object: unknown, happens?: { afterMs: number; what: () => void }) {
    let answer: Awaited<ReturnType<Reviewer['review']>> | undefined
    void reviewer.review(creation(name, object)).then((given) => {
      answer = given
    })
    for (let at = 0; answer === undefined && at < 2_000; at += 10) {
      await new Promise((resolve) => setImmediate(resolve))
      if (happens?.afterMs === at) happens.what()
      clock.advance(10)
    }
    return { refusal: answer?.refusal, ms: clock.now() }
  }

  it('the second of two that overlap is refused as soon as the watch shows the first', async () => {
    expect(await verdict('large', LARGE)).toMatchObject({ refusal: undefined })
    const { refusal, ms } = await verdict('small', SMALL, { afterMs: 50, what: () => shown.push(LARGE) })
    expect(refusal).toContain('overlaps')
    expect(ms).toBeLessThan(200)
  })

  it('nothing is refused for what the API server never had', async () => {
    expect(await verdict('large', LARGE)).toMatchObject({ refusal: undefined })
    const { refusal, ms } = await verdict('small', SMALL)
    expect(refusal).toBeUndefined()
    expect(ms).toBeGreaterThanOrEqual(1_000)
    expect(ms).toBeLessThan(1_200)
  })

  it('what is shown already speaks at once', async () => {
    shown.push(LARGE)
    expect((await reviewer.review(creation('small', SMALL))).refusal).toContain('overlaps')
  })

  it('a dry run leaves nothing behind', async () => {
    await reviewer.review(creation('large', LARGE, true))
    expect((await reviewer.review(creation('small', SMALL))).refusal).toBeUndefined()
  })
})
