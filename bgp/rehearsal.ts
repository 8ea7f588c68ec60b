import type { Clock } from './clock.ts'
import { createLoopback } from './loopback.ts'
import { RouteSet } from './rib/index.ts'
import { Speaker } from './speaker.ts'
import { systemClock } from './tcp/index.ts'

/**
 * A dress rehearsal: two speakers in this process bring a session up, tell a few routes and part. What it leaves
 * behind is compiled code. JavaScript is compiled when it first runs, which costs a first session some milliseconds;
 * after a restart those milliseconds are time in which services are unreachable, so they are spent before.
 *
 * Touches neither sockets nor any other speaker. Resolves when it is over, also if it fails: nobody's sessions may
 * end because a rehearsal did.
 */
export function rehearse(clock: Clock = systemClock): Promise<void> {
  return perform(clock).catch(() => {})
}

async function perform(clock: Clock): Promise<void> {
  const stage = { network: createLoopback(clock), clock }
  const called = new Speaker({ asn: 64512, routerId: '192.0.2.1', listen: [HERE] }, stage)
  const calling = new Speaker({ asn: 64513, routerId: '192.0.2.2', listen: 'none' }, stage)
  const audience = called.add({ address: HERE.address, asn: 64513, passive: true })
  calling.add({ address: HERE.address, asn: 64512 }).setRoutes(play())
  for (let looks = 0; looks < PATIENCE && audience.status().received.ipv4.prefixes < ROUTES; looks++) {
    await new Promise<void>((resolve) => clock.after(1, resolve))
  }
  await Promise.all([calling.close(), called.close()])
}

const HERE = { address: '192.0.2.1', port: 179 }
const ROUTES = 1000
const ATTRIBUTE_SETS = 50
/** Looks, a millisecond apart. */
const PATIENCE = 500

function play(): RouteSet {
  const editor = RouteSet.empty.edit()
  for (let route = 0; route < ROUTES; route++) {
    editor.putPacked4(0xc6336400 + route, 32, { med: route % ATTRIBUTE_SETS })
  }
  return editor.done()
}
