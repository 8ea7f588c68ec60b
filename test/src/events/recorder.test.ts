import { describe, expect, it } from 'vitest'
import { EventRecorder, type EventWish, type RecorderOptions } from '../../../src/events/index.ts'
import { KubeError } from '../../../src/sources/index.ts'
import { FakeCluster } from '../../support/fake-kube-writes.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const about = (name: string, uid = `uid of ${name}`) => ({
  apiVersion: 'v1',
  kind: 'Service',
  namespace: 'default',
  name,
  uid,
})

const wish = (name: string, message = 'hello', uid?: string): EventWish => ({
  regarding: about(name, uid),
  type: 'Normal',
  reason: 'Greeting',
  message,
})

function setUp(options: Partial<RecorderOptions> = {}) {
  const clock = new ManualClock()
  const cluster = new FakeCluster(clock)
  const log: string[] = []
  const recorder = new EventRecorder(cluster.client(), {
    component: 'tester',
    clock,
    random: seededRandom(1),
    log: (level, message) => log.push(`${level} ${message}`),
    date: () => new Date(Date.UTC(2030, 0, 1) + clock.now()),
    ...options,
  })
  const run = async (ms: number) => {
    for (let at = 0; at < ms; at += 10) {
      clock.advance(10)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const said = () =>
    cluster
      .all('Event')
      .map((event) => `${(event.involvedObject as { name: string }).name} ${event.message} ${event.count}`)
  return { clock, cluster, log, recorder, run, said }
}

describe('an event recorder', () => {
  it('writes an Event as kubectl likes it', async () => {
    const { recorder, run, cluster } = setUp({ instance: 'pod-1', host: 'node1' })
    recorder.tell(wish('web'))
    await run(50)
    const [event] = cluster.all('Event')
    expect(event).toMatchObject({
      metadata: { name: expect.stringMatching(/^web\.[0-9a-f]+$/), namespace: 'default' },
      involvedObject: about('web'),
      type: 'Normal',
      reason: 'Greeting',
      message: 'hello',
      count: 1,
      source: { component: 'tester', host: 'node1' },
      reportingComponent: 'tester',
      reportingInstance: 'pod-1',
      firstTimestamp: '2030-01-01T00:00:00Z',
    })
  })

  it('counts up what is said again, whether it waits or has been written', async () => {
    const { recorder, run, said, cluster } = setUp()
    for (let at = 0; at < 5; at++) recorder.tell(wish('web'))
    recorder.tell(wish('web', 'other'))
    await run(100)
    expect(said()).toEqual(['web hello 5', 'web other 1'])
    recorder.tell(wish('web'))
    await run(1_000)
    expect(said()).toEqual(['web hello 6', 'web other 1'])
    expect(cluster.all('Event')[0]?.lastTimestamp).toBe('2030-01-01T00:00:00Z')
    expect(cluster.writes()).toHaveLength(3)
  })

  it('writes anew what is forgotten or about another object of that name', async () => {
    const { recorder, run, cluster } = setUp()
    recorder.tell(wish('web'))
    await run(100)
    const [first] = cluster.all('Event')
    cluster.delete('Event', 'default', first?.metadata.name ?? '')
    recorder.tell(wish('web'))
    await run(100)
    recorder.tell(wish('web', 'hello', 'another uid'))
    await run(100)
    expect(cluster.all('Event').map(({ count }) => count)).toEqual([1, 1])
  })

  it('keeps to its rate, and forgets the oldest when there is too much', async () => {
    const { recorder, run, cluster } = setUp({ perSecond: 10, capacity: 100 })
    for (let at = 0; at < 500; at++) recorder.tell(wish(`web-${at}`))
    await run(5_000)
    const written = cluster.all('Event').length
    expect(written).toBeGreaterThan(60)
    expect(written).toBeLessThan(75)
    expect(recorder.counts.dropped).toBe(400)
    expect(cluster.all('Event')[0]).toMatchObject({ involvedObject: { name: 'web-400' } })
  })

  it('takes one place for a Service that flaps, and harms nobody else', async () => {
    const { recorder, run, said } = setUp({ perSecond: 5, capacity: 50 })
    recorder.tell(wish('calm'))
    for (let at = 0; at < 2_000; at++)
      recorder.tell(wish('flapping', at % 2 === 0 ? 'up' : 'down', `uid ${at}`))
    await run(2_000)
    expect(said()).toEqual(['calm hello 1', 'flapping up 1000', 'flapping down 1000'])
    expect(recorder.counts.dropped).toBe(0)
  })

  it('lets others go first', async () => {
    let busy = true
    const { recorder, run, said } = setUp({ hold: () => busy })
    recorder.tell(wish('web'))
    await run(2_000)
    expect(said()).toEqual([])
    busy = false
    await run(200)
    expect(said()).toEqual(['web hello 1'])
    busy = true
    for (let at = 0; at < 10; at++) recorder.tell(wish(`other-${at}`))
    await run(15_000)
    expect(said().length).toBeGreaterThan(2)
    expect(said().length).toBeLessThan(7)
  })

  it('waits ever longer for an API that is away, and loses nothing', async () => {
    const { recorder, run, said, cluster, log } = setUp()
    cluster.fail = () => new KubeError('unreachable', 'nobody answers')
    for (let at = 0; at < 3; at++) recorder.tell(wish(`web-${at}`))
    await run(60_000)
    expect(cluster.requests.length).toBeLessThan(20)
    expect(log).toEqual(['warn Events wait: nobody answers'])
    cluster.fail = () => undefined
    await run(31_000)
    expect(said().toSorted()).toEqual(['web-0 hello 1', 'web-1 hello 1', 'web-2 hello 1'])
  })

  it('gives up what is refused, and goes on', async () => {
    const { recorder, run, said, cluster, log } = setUp()
    cluster.fail = ({ body }) =>
      JSON.stringify(body).includes('doomed')
        ? new KubeError('forbidden', 'the namespace is going')
        : undefined
    recorder.tell(wish('doomed'))
    recorder.tell(wish('doomed', 'again'))
    recorder.tell(wish('web'))
    await run(500)
    expect(said()).toEqual(['web hello 1'])
    expect(recorder.counts).toEqual({ waiting: 0, written: 1, dropped: 2 })
    expect(log.filter((line) => line.startsWith('warn'))).toHaveLength(1)
  })

  it('says the rest when it closes, and does not hang on that', async () => {
    const { recorder, run, said, cluster } = setUp({ perSecond: 1 })
    for (let at = 0; at < 20; at++) recorder.tell(wish(`web-${at}`))
    let closed = recorder.close()
    await run(100)
    await closed
    expect(said()).toHaveLength(20)
    const hung = setUp()
    hung.cluster.latencyMs = 100_000
    hung.recorder.tell(wish('web'))
    closed = hung.recorder.close()
    await hung.run(2_000)
    await closed
    expect(hung.said()).toEqual([])
    expect(cluster.requests).toHaveLength(20)
  })
})
