import { describe, expect } from 'vitest'
import type { NeighborStatus } from '../../bgp/index.ts'
import { awaitUntil } from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'
import { type Breakable, type BreakableKind, breakableBird, breakableFrr } from './support/breakable.ts'
import type { RemoteNeighbor } from './support/remote-speaker.ts'
import { REQUIREMENT, ROUTER_ASN } from './support/router.ts'
import { tryWith } from './support/try-with.ts'
import { dialler, neighborFor, PREFIX, ROUTE, type TwoMachines, twoMachines } from './support/two-machines.ts'

describe.concurrent('endings', () => {
  for (const kind of [breakableBird, breakableFrr]) {
    describeLab(`how sessions with ${kind.name} end`, [REQUIREMENT[kind.name]], () => {
      tryWith(kind.name, 'the router freezes: our hold timer ends the session, and it comes back', () =>
        freezes(kind),
      )
      tryWith(kind.name, 'the cable is cut silently: likewise', () => cut(kind))
      tryWith(kind.name, 'the router is killed and started again', () => restarts(kind))
      tryWith(kind.name, "the router's shutdown message is shown here", () => isShutDown(kind))
      tryWith(kind.name, 'our shutdown message is shown by the router', () => weShutDown(kind))
      tryWith(kind.name, 'the router expects another AS: attempts get rare', () => rejectsUs(kind))
      tryWith(kind.name, 'we expect another AS: attempts get rare', () => isRejected(kind))
    })
  }
})

interface Up {
  readonly router: Breakable
  readonly neighbor: RemoteNeighbor
}

async function sessionUp(net: TwoMachines, kind: BreakableKind): Promise<Up> {
  const router = await kind.start(net)
  const neighbor = await (await dialler(net)).add(neighborFor(net.router))
  await neighbor.setRoutes([ROUTE])
  await sessionIsBack({ router, neighbor })
  return { router, neighbor }
}

async function sessionIsBack({ router, neighbor }: Up, flaps = 0): Promise<void> {
  const isBack = (status: NeighborStatus) => status.state === 'Established' && status.flaps === flaps
  await neighbor.awaitStatus(isBack, `Established after ${flaps} flaps`)
  await router.established()
  await awaitUntil(() => router.has(PREFIX), `the router has ${PREFIX}`)
}

async function freezes(kind: BreakableKind): Promise<void> {
  await using net = await twoMachines(`${kind.name} freezes`)
  const up = await sessionUp(net, kind)
  const { now } = await up.neighbor.status()
  up.router.signal('SIGSTOP')

  await holdTimerEndsIt(up.neighbor, now)

  up.router.signal('SIGCONT')
  await sessionIsBack(up, 1)
}

async function cut(kind: BreakableKind): Promise<void> {
  await using net = await twoMachines(`${kind.name} behind a cut cable`)
  const up = await sessionUp(net, kind)
  const { now } = await up.neighbor.status()
  await net.lab.setCable(net.router, 'silent')

  await holdTimerEndsIt(up.neighbor, now)

  await net.lab.setCable(net.router, 'up')
  await sessionIsBack(up, 1)
}

/** Its KEEPALIVEs come every second, so the last one may be that old when `cutAt` is read. */
async function holdTimerEndsIt(neighbor: RemoteNeighbor, cutAt: number): Promise<void> {
  const { lastError, messages } = await neighbor.awaitStatus(
    ({ state }) => state !== 'Established',
    'is down',
  )
  expect(lastError).toMatchObject({ direction: 'sent' })
  expect(lastError?.text).toMatch(/^Hold Timer Expired/)
  expect(messages.sent.NOTIFICATION).toBe(1)
  const waited = (lastError?.at ?? 0) - cutAt
  expect(waited).toBeGreaterThan(1_000)
  expect(waited).toBeLessThan(6_000)
}

async function restarts(kind: BreakableKind): Promise<void> {
  await using net = await twoMachines(`${kind.name} is killed`)
  const up = await sessionUp(net, kind)
  await up.router.kill()
  const { lastError } = await up.neighbor.awaitStatus(({ state }) => state !== 'Established', 'is down')
  expect(lastError).toMatchObject({ direction: 'local' })

  await up.router.restart()

  await sessionIsBack(up, 1)
}

async function isShutDown(kind: BreakableKind): Promise<void> {
  await using net = await twoMachines(`${kind.name} is shut down`)
  const up = await sessionUp(net, kind)
  await up.router.disable('new line card at noon')

  const { lastError } = await up.neighbor.awaitStatus(({ state }) => state !== 'Established', 'is down')
  expect(lastError).toMatchObject({ direction: 'received' })
  expect(lastError?.text).toContain('Cease/Administrative Shutdown: new line card at noon')

  await up.router.enable()
  await sessionIsBack(up, 1)
}

async function weShutDown(kind: BreakableKind): Promise<void> {
  await using net = await twoMachines(`a shutdown told to ${kind.name}`)
  const up = await sessionUp(net, kind)
  await up.neighbor.shutdown('this node gets a new kernel')

  const told = async () => (await up.router.lastError()).includes('this node gets a new kernel')
  await awaitUntil(told, 'the router shows our message')
  await awaitUntil(async () => !(await up.router.has(PREFIX)), 'the router has dropped the route')
  expect(await up.neighbor.status()).toMatchObject({ state: 'Idle', enabled: false, flaps: 0 })

  await up.neighbor.start()
  await sessionIsBack(up)
}

/** Both sides dial, as fast as the router can: what must not happen is a hot loop. */
async function rejectsUs(kind: BreakableKind): Promise<void> {
  await using net = await twoMachines(`${kind.name} expects another AS`)
  await kind.start(net, { nodeAsn: 65009, dials: true })
  const { program, node, router } = net
  const speaker = await program.open({ asn: 65001, routerId: node.address })
  const neighbor = await speaker.add(neighborFor(router))

  const status = await attemptsGetRare(neighbor)

  expect(status.lastError?.text).toContain('Bad Peer AS')
  expect(status.lastError?.text).toContain('65001')
}

async function isRejected(kind: BreakableKind): Promise<void> {
  await using net = await twoMachines(`${kind.name} has another AS than expected`)
  await kind.start(net, { dials: true })
  const { program, node, router } = net
  const speaker = await program.open({ asn: 65001, routerId: node.address })
  const neighbor = await speaker.add({ ...neighborFor(router), asn: 65010 })

  const status = await attemptsGetRare(neighbor)

  expect(status.lastError).toMatchObject({ direction: 'sent' })
  expect(status.lastError?.text).toContain('Bad Peer AS')
  expect(status.lastError?.text).toContain('65010')
  expect(status.lastError?.text).toContain(String(ROUTER_ASN))
}

/** Pauses double from 2 s, jittered down to 1.5 s: within 8 s of the first refusal come three more attempts at most. */
async function attemptsGetRare(neighbor: RemoteNeighbor): Promise<NeighborStatus> {
  const { now: first } = await neighbor.awaitStatus(({ lastError }) => lastError !== undefined, 'has failed')
  const status = await neighbor.awaitStatus(({ now }) => now - first > 8_000, '8 s have passed')
  expect(status.messages.received.OPEN + status.messages.sent.OPEN).toBeLessThanOrEqual(2 * 2 * 4)
  expect(status.attempts).toBeGreaterThan(1)
  expect(status.attempts).toBeLessThanOrEqual(4)
  return status
}
