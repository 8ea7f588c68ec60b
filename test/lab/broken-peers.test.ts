import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { NeighborStatus } from '../../bgp/index.ts'
import { awaitUntil, Bird, birdConfig, type LabProcess } from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'
import type { RemoteNeighbor, RemoteSpeaker } from './support/remote-speaker.ts'
import type { Manner } from './support/rogue-manners.ts'
import { ROUTER_ASN } from './support/router.ts'
import {
  NODE_ASN,
  neighborFor,
  PREFIX,
  ROUTE,
  type TwoMachines,
  twoMachines,
} from './support/two-machines.ts'

const PROGRAM = fileURLToPath(new URL('./support/rogue-program.ts', import.meta.url))

/** A manner, the NOTIFICATION that answers it (code, subcode, data), and what the status says. */
const ROWS: readonly (readonly [Manner, notification: string | undefined, error: RegExp])[] = [
  ['sends garbage', '0101', /Connection Not Synchronized/],
  ['claims 65535 octets', '0102ffff', /Bad Message Length/],
  ['claims 18 octets', '01020012', /Bad Message Length/],
  ['has a message type of its own', '0103ff', /Bad Message Type/],
  ['has another AS', '0202', /Bad Peer AS.*65002/],
  ['sends a broken UPDATE', '0301', /Malformed Attribute List/],
  ['sends an OPEN twice', '0503', /Unexpected Message in Established/],
  ['goes silent after its OPEN', '0400', /Hold Timer Expired/],
  ['closes at once', undefined, /closed the connection.*offered/],
]

/** Nothing is wrong yet, so nothing is said; RFC 4271 has us wait for four minutes. */
const WAITED_FOR: readonly Manner[] = ['is silent', 'sends half a message']

const ALL: readonly Manner[] = [...ROWS.map(([manner]) => manner), ...WAITED_FOR]

describeLab('among broken peers', ['bird'], () => {
  let field: Field
  beforeAll(async () => {
    field = await buildField()
  })
  afterAll(() => field?.net[Symbol.asyncDispose]())

  test.each(ROWS)('one that %s is told %s and shown', async (manner, notification, error) => {
    const failed = ({ lastError }: NeighborStatus) => lastError !== undefined
    const { lastError } = await field.neighbor(manner).awaitStatus(failed, `${manner}: has failed`)
    expect(lastError?.text).toMatch(error)
    if (notification === undefined) return
    expect(lastError?.direction).toBe('sent')
    const message = new RegExp(`f{32}[0-9a-f]{4}03${notification}`)
    const heard = () => message.test(field.heardBy(manner))
    await awaitUntil(heard, `${manner}: hears NOTIFICATION ${notification}`)
  })

  test.each(WAITED_FOR)('one that %s is waited for', async (manner) => {
    const status = await field.neighbor(manner).awaitStatus(({ state }) => state === 'OpenSent', 'OpenSent')
    expect(status.messages.received.OPEN).toBe(0)
  })

  test('connections of strangers, and silent ones in masses, are let go', async () => {
    const { net, speaker } = field
    await net.router.exec([process.execPath, '-e', STRANGERS, net.node.address, '100'])
    await awaitUntil(async () => (await speaker.status()).strangers >= 100, 'all were counted')
  })

  test('the good session and its routes do not notice', async () => {
    const { bird, good } = field
    // As long as the broken ones are tried again and again.
    const tried = async () => (await field.neighbor('sends garbage').status()).attempts >= 3
    await awaitUntil(tried, 'the broken peers have been tried again')
    expect(await bird.routeCount('node')).toBe(1)

    await good.setRoutes([ROUTE, { prefix: '192.0.2.2/32', attributes: {} }])

    await awaitUntil(async () => (await bird.routeCount('node')) === 2, 'a new route arrives')
    expect(await good.status()).toMatchObject({ state: 'Established', flaps: 0 })
    expect(bird.timesUp('node')).toBe(1)
    expect((await bird.routes('protocol node')).map(({ prefix }) => prefix)).toContain(PREFIX)
  })
})

interface Field {
  readonly net: TwoMachines
  readonly bird: Bird
  readonly speaker: RemoteSpeaker
  readonly good: RemoteNeighbor
  neighbor(manner: Manner): RemoteNeighbor
  /** All octets, in hex. */
  heardBy(manner: Manner): string
}

async function buildField(): Promise<Field> {
  const net = await twoMachines('broken peers')
  const { lab, node, program, router } = net
  const neighbors = [{ name: 'node', address: node.address, asn: NODE_ASN }]
  const bird = await Bird.start(router, birdConfig({ asn: ROUTER_ASN, routerId: router.address, neighbors }))
  await router.addAddresses('eth0', ['192.168.200.11/24'])
  const rogues = await lab.addNode('rogues', ...ALL.map((manner) => `${addressOf(manner)}/24`))
  const running = rogues.spawn('rogues', [
    process.execPath,
    PROGRAM,
    ...ALL.map((one) => `${addressOf(one)}=${one}`),
  ])
  await running.awaitReady(() => running.output.split('listening').length > ALL.length, 'listens')
  const speaker = await program.open({ asn: NODE_ASN, routerId: node.address })
  const good = await speaker.add(neighborFor(router))
  await good.setRoutes([ROUTE])
  await bird.established('node')
  const broken = await addAll(speaker)
  return {
    net,
    bird,
    speaker,
    good,
    neighbor: (manner) => broken.get(manner) as RemoteNeighbor,
    heardBy: (manner) => heard(running, addressOf(manner)),
  }
}

async function addAll(speaker: RemoteSpeaker): Promise<Map<Manner, RemoteNeighbor>> {
  const added = new Map<Manner, RemoteNeighbor>()
  for (const manner of ALL) {
    added.set(manner, await speaker.add({ address: addressOf(manner), asn: 64513, holdTime: 3 }))
  }
  return added
}

function addressOf(manner: Manner): string {
  return `192.168.200.${100 + ALL.indexOf(manner)}`
}

function heard({ output }: LabProcess, address: string): string {
  const lines = output.split('\n').filter((line) => line.startsWith(`${address} `))
  return lines.map((line) => line.slice(address.length + 1)).join('')
}

/** A hundred connections from an address that is no peer's; half of them say something. */
const STRANGERS = `
const { connect } = require('node:net')
const [address, count] = process.argv.slice(1)
const sockets = Array.from({ length: Number(count) }, (_, at) => {
  const socket = connect({ host: address, port: 179, localAddress: '192.168.200.11' }).on('error', () => {})
  if (at % 2 === 0) socket.write(Buffer.alloc(5000))
  return socket.resume()
})
setTimeout(() => process.exit(1), 10_000).unref()
Promise.all(sockets.map((socket) => new Promise((done) => socket.on('close', done)))).then(() => process.exit(0))`
