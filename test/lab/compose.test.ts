import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { awaitUntil, Lab } from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'
import { Compose, missingCompose } from './support/compose.ts'

/** docker-compose.yml does what its first lines promise. */

const reason = missingCompose()
function describeCompose(name: string, suite: () => void): void {
  if (reason === undefined) describeLab(name, ['image'], suite)
  else describe.skip(`${name} [skipped: ${reason}]`, suite)
}

const BOOTSTRAP = '192.168.200.240'
const NODES = ['192.168.200.200', '192.168.200.201', '192.168.200.202']

describeCompose('docker-compose.yml', () => {
  let lab: Lab
  let compose: Compose

  beforeAll(async () => {
    lab = await Lab.create({ title: 'compose' })
    compose = await Compose.up(lab)
  }, 300_000)
  afterAll(() => lab?.dispose())

  test('brings up a session with every node, and their routes', { timeout: 240_000 }, async () => {
    await nextHopsAre(NODES)
    const protocols = (await compose.exec('router', 'birdc', 'show', 'protocols')).stdout
    expect(protocols.match(/Established/g)).toHaveLength(3)
  })

  test('each node says why it announces a service, or not', { timeout: 240_000 }, async () => {
    const { stdout } = await compose.exec('node0', 'oyez', 'explain', 'kafka/kafka-0')
    expect(stdout).toContain('node0 does not announce it: NoLocalEndpoints')
  })

  test('a request from the router is answered by a node', { timeout: 240_000 }, async () => {
    const ask = async () =>
      (await compose.exec('router', 'curl', '-s', '-m', '5', `http://${BOOTSTRAP}:9092`)).stdout
    await awaitUntil(async () => /^node[012]/.test(await ask()), 'it is answered', { within: 60_000 })
  })

  test('the next hop of a node leaves with it', { timeout: 240_000 }, async () => {
    await compose.stop('node2')
    await nextHopsAre(NODES.slice(0, 2))
  })

  async function nextHopsAre(expected: readonly string[]): Promise<void> {
    const agrees = async () => {
      const { stdout } = await compose.exec('router', 'ip', 'route', 'show', 'proto', 'bird', BOOTSTRAP)
      return [...stdout.matchAll(/via (\S+)/g)].map(([, hop]) => hop).join() === expected.join()
    }
    await awaitUntil(agrees, `the next hops are ${expected.join(', ')}`, { within: 200_000, every: 500 })
  }
})
