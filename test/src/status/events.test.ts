import { describe, expect, it } from 'vitest'
import type { EventWish } from '../../../src/events/index.ts'
import type { Change, Identify } from '../../../src/status/index.ts'
import { MOST_AT_ONCE, tellServices } from '../../../src/status/service-events.ts'
import { SessionEvents } from '../../../src/status/session-events.ts'
import { service } from '../../support/tiny-cluster.ts'
import { THEM, World } from '../../support/world.ts'

const identify: Identify = (kind, namespace, name) => ({
  apiVersion: 'v1',
  kind,
  namespace,
  name,
  uid: `uid-${name}`,
})

function told(changes: readonly Change[], find = identify) {
  const wishes: EventWish[] = []
  const withheld = tellServices(changes, { node: 'node1', identify: find, tell: (wish) => wishes.push(wish) })
  return { wishes, withheld }
}

const standing = (addresses: readonly string[] = ['192.0.2.10'], peers = 'a') => ({
  peers,
  addresses,
  service: service(),
})

const assigned = (name: string): Change => ({
  key: `default/${name}`,
  service: service({ name }),
  after: standing(),
})

describe('Events about services', () => {
  it('say that a node announces, in the words of MetalLB', () => {
    expect(told([assigned('web')]).wishes).toEqual([
      {
        regarding: { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'web', uid: 'uid-web' },
        type: 'Normal',
        reason: 'nodeAssigned',
        message: 'announcing from node "node1" with protocol "bgp"',
      },
    ])
  })

  it('say that it no longer does, with the reason of the decision', () => {
    const why = { code: 'NoLocalEndpoints', message: 'none of 2 endpoints is on node1' }
    const [wish] = told([{ key: 'default/web', service: service(), before: standing(), why }]).wishes
    expect(wish).toMatchObject({
      reason: 'nodeWithdrawn',
      message: 'no longer announced from node "node1": NoLocalEndpoints: none of 2 endpoints is on node1',
    })
  })

  it('are silent about other peers and about services that are gone', () => {
    const before = standing()
    expect(
      told([{ key: 'default/web', service: service(), before, after: standing(undefined, 'a,b') }]).wishes,
    ).toEqual([])
    expect(told([{ key: 'default/web', before }]).wishes).toEqual([])
    expect(told([assigned('web')], () => undefined).wishes).toEqual([])
  })

  it('speak of new addresses', () => {
    const change = {
      key: 'default/web',
      service: service(),
      before: standing(),
      after: standing(['192.0.2.11']),
    }
    expect(told([change]).wishes).toHaveLength(1)
  })

  it('are bounded, withdrawals first', () => {
    const many = Array.from({ length: MOST_AT_ONCE + 50 }, (_, at) => assigned(`s${at}`))
    const gone: Change = {
      key: 'default/web',
      service: service(),
      before: standing(),
      why: { code: 'X', message: 'y' },
    }
    const { wishes, withheld } = told([...many, gone])
    expect(wishes).toHaveLength(MOST_AT_ONCE)
    expect(withheld).toBe(51)
    expect(wishes[0]?.reason).toBe('nodeWithdrawn')
  })
})

describe('Events about sessions', () => {
  /** A speaker whose session is watched, and what is told of it. */
  function watched() {
    const wishes: EventWish[] = []
    const events = new SessionEvents({
      node: 'node1',
      namespace: 'oyez-system',
      identify,
      tell: (wish) => wishes.push(wish),
    })
    const world = new World({ description: 'tor1' })
    const look = () => events.look(world.neighbor)
    const words = () => wishes.splice(0).map(({ type, reason, message }) => `${type} ${reason}: ${message}`)
    return { world, look, words, wishes }
  }

  it('tell that one is up, and down with the error of the peer', () => {
    const { world, look, words, wishes } = watched()
    const connection = world.establish()
    look()
    expect(wishes[0]?.regarding).toMatchObject({ kind: 'BGPPeer', namespace: 'oyez-system', name: 'tor1' })
    expect(words()).toEqual([`Normal SessionUp: session with ${THEM} from node "node1" is up`])
    look()
    expect(words()).toEqual([])
    connection.notify(6, 2)
    world.clock.settle()
    look()
    expect(words()).toEqual([
      `Warning SessionDown: session with ${THEM} from node "node1" ended: Cease/Administrative Shutdown`,
    ])
    look()
    expect(words()).toEqual([])
  })

  it('tell once why one does not come up', () => {
    const { world, look, words } = watched()
    for (let second = 0; second < 600; second++) {
      world.clock.advance(1000)
      look()
    }
    const all = words()
    expect(all).toHaveLength(1)
    expect(all[0]).toMatch(/^Warning SessionFailed: session with .* does not come up: /)
    world.establish()
    look()
    expect(words()).toHaveLength(1)
  })
})
