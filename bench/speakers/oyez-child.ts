/**
 * The oyez side of the benchmark: `oyez-child.ts ROUTES SETS`. Loads the routes, says so, then obeys one order a line
 * and answers each with the time it was carried out (CLOCK_MONOTONIC, ns), taken just before the call of the library.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { type RouteAttributes, RouteSet, rehearse, Speaker } from 'oyez/bgp'
import { CHANGED, medOf, RECEIVER, SPEAKER } from '../contender.ts'

const [routes = 0, sets = 1] = process.argv.slice(2).map(Number)

function load(): RouteSet {
  const attributes: RouteAttributes[] = []
  for (let set = 0; set < sets; set++) {
    const med = medOf(set, sets)
    attributes.push(med === undefined ? {} : { med })
  }
  const editor = RouteSet.empty.edit()
  for (let index = 0; index < routes; index++) {
    editor.putPacked4(0x0a000000 + index, 32, attributes[index % sets] as RouteAttributes)
  }
  return editor.done()
}

await rehearse()
const building = performance.now()
const everything = load()
const builtMs = performance.now() - building
let current = everything

const speaker = new Speaker({ asn: SPEAKER.asn, routerId: SPEAKER.address, listen: 'none' })
const RESOLUTION_MS = 10
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
const config = {
  address: RECEIVER.address,
  port: RECEIVER.port,
  asn: RECEIVER.asn,
  sourceAddress: SPEAKER.address,
}
const neighbor = speaker.add(config)
neighbor.shutdown()
neighbor.setRoutes(everything)

/** One change of a big set includes the making of the new set. */
function set(make: () => RouteSet): bigint {
  const at = process.hrtime.bigint()
  current = make()
  neighbor.setRoutes(current)
  return at
}

function longestStallMs(): number {
  // The histogram holds intervals between ticks, of which the resolution is no delay.
  const ms = Math.max(0, delay.max / 1e6 - RESOLUTION_MS)
  delay.reset()
  return ms
}

function withOne(present: boolean): RouteSet {
  const editor = current.edit()
  if (present) editor.put(`${CHANGED}/32`, {})
  else editor.delete(`${CHANGED}/32`)
  return editor.done()
}

const orders: Record<string, () => bigint | number> = {
  connect() {
    const at = process.hrtime.bigint()
    neighbor.start()
    delay.enable()
    return at
  },
  'announce one': () => set(() => withOne(true)),
  'withdraw one': () => set(() => withOne(false)),
  'withdraw all': () => set(() => RouteSet.empty),
  'announce all': () => set(() => everything),
  stall: longestStallMs,
}

createInterface(process.stdin).on('line', (line) => {
  const order = orders[line]
  if (order === undefined) throw new Error(`unknown order: ${line}`)
  console.log(String(order()))
})
// The difference for an empty peer is prepared while there is no session; the driver measures from a settled process.
setTimeout(() => console.log(String(builtMs)), 500)
