import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import {
  awaitUntil,
  Bird,
  birdConfig,
  Frr,
  frrConfig,
  Gobgp,
  type Host,
  kernelNextHops,
  kernelRoutes,
  Lab,
  Openbgpd,
} from '../../bird-testbed/index.ts'
import { labProcesses } from '../../bird-testbed/processes.ts'
import { describeLab } from './describe-lab.ts'

const NODE_ASN = 65001
const ROUTER_ASN = 64512
const PREFIX = '192.0.2.1/32'
const PREFIX_V6 = '2001:db8::1/128'

interface Net {
  readonly lab: Lab
  readonly router: Host
  readonly nodes: readonly Host[]
}

async function createNet(): Promise<Net> {
  const lab = await Lab.create({ title: 'testbed test' })
  const router = await lab.addRouter('router', '192.168.200.10/24', 'fd00:200::10/64')
  const nodes = [
    await lab.addNode('node0', '192.168.200.200/24', 'fd00:200::200/64'),
    await lab.addNode('node1', '192.168.200.201/24', 'fd00:200::201/64'),
  ]
  return { lab, router, nodes }
}

/** BIRD on a node in the part of a speaker: announces the two prefixes to the router over IPv4 and IPv6. */
function announce(node: Host, router: Host): Promise<Bird> {
  const session = (name: string, address: string, family: string) =>
    `protocol bgp ${name} { local as ${NODE_ASN}; neighbor ${address} as ${ROUTER_ASN}; connect delay time 1; connect retry time 1; ${family} { import none; export all; }; }`
  const lines = [
    `protocol static { ipv4; route ${PREFIX} blackhole; }`,
    `protocol static { ipv6; route ${PREFIX_V6} blackhole; }`,
    session('up4', router.address, 'ipv4'),
    session('up6', router.address6, 'ipv6'),
  ]
  return Bird.start(
    node,
    birdConfig({ asn: NODE_ASN, routerId: node.address, kernel: false, neighbors: [], lines }),
  )
}

function sessionsWith(nodes: readonly Host[]) {
  return nodes.flatMap((node) => [
    { name: node.name, address: node.address, asn: NODE_ASN },
    { name: `${node.name}_v6`, address: node.address6, asn: NODE_ASN },
  ])
}

async function awaitNextHops(router: Host, prefix: string, hops: readonly string[]): Promise<void> {
  const agrees = async () => (await kernelNextHops(router, prefix))?.join() === hops.join()
  await awaitUntil(agrees, `${prefix} via ${hops.join(', ')}`)
}

describeLab('the lab', [], () => {
  test('forwards between a client and the nodes, and cuts cables', async () => {
    const { lab, router, nodes } = await createNet()
    await using _ = lab
    const client = await lab.addClient('client', {
      router,
      address: '10.10.0.20/24',
      gateway: '10.10.0.10/24',
    })
    const [node] = nodes
    if (node === undefined) throw new Error('no node')
    await node.ip(`route add default via ${router.address}`)

    const server = node.spawn('server', [process.execPath, '-e', ANSWERING])
    await server.awaitReady(() => server.output.includes('listening'), 'listens')
    const reach = async () =>
      (await client.exec([process.execPath, '-e', ASKING, node.address], { anyCode: true })).stdout
    expect(await reach()).toBe('hello')

    const link = async () => (await node.exec(['ip', '-brief', 'link', 'show', 'eth0'])).stdout
    await lab.setCable(node, 'silent')
    expect(await reach()).toBe('')
    expect(await link()).toContain('LOWER_UP')
    await lab.setCable(node, 'down')
    expect(await link()).toContain('NO-CARRIER')
    await lab.setCable(node, 'up')
    expect(await reach()).toBe('hello')
  })

  test('two labs have the same addresses at the same time', async () => {
    await using one = await Lab.create()
    await using other = await Lab.create()
    const node = await one.addNode('node0', '192.168.200.200/24')
    const twin = await other.addNode('node0', '192.168.200.200/24')
    await node.ip('route add 192.0.2.1/32 via 192.168.200.10')

    const prefixes = async (host: Host) => (await kernelRoutes(host)).map(({ prefix }) => prefix)
    expect(await prefixes(node)).toContain('192.0.2.1/32')
    expect(await prefixes(twin)).toEqual(['192.168.200.0/24'])
  })

  test('an end by disposal leaves no process and no directory', async () => {
    const lab = await Lab.create()
    const node = await lab.addNode('node0', '192.168.200.200/24')
    const sleeper = node.spawn('sleeper', ['sleep', 'infinity'])
    expect(labProcesses(lab.directory)).toContain(sleeper.pid)

    await lab.dispose()

    expect(labProcesses(lab.directory)).toEqual([])
    expect(existsSync(lab.directory)).toBe(false)
  })

  test('a program that ends instead of getting ready is an error in its own words', async () => {
    await using lab = await Lab.create()
    const node = await lab.addNode('node0')
    await expect(Bird.start(node, 'nonsense')).rejects.toThrow('syntax error')
  })
})

describeLab('a lab whose process is killed', ['bird'], () => {
  test.each(['SIGKILL', 'SIGTERM'] as const)('leaves nothing behind after %s', async (signal) => {
    const { child, directory } = await labInAProcessOfItsOwn()
    // The holders of two namespaces, and BIRD.
    expect(labProcesses(directory).length).toBeGreaterThan(2)

    child.kill(signal)

    await awaitUntil(() => labProcesses(directory).length === 0, 'all processes of the lab are gone')
    await awaitUntil(() => !existsSync(directory), 'its directory is gone')
  })
})

describeLab('BIRD in the lab', ['bird'], () => {
  test('takes several next hops per prefix into the kernel, IPv4 and IPv6, and lets them go', async () => {
    const { lab, router, nodes } = await createNet()
    await using _ = lab
    const bird = await Bird.start(
      router,
      birdConfig({ asn: ROUTER_ASN, routerId: router.address, neighbors: sessionsWith(nodes) }),
    )
    const speakers = await Promise.all(nodes.map((node) => announce(node, router)))
    await bird.established('node0', 'node1', 'node0_v6', 'node1_v6')
    await awaitNextHops(router, PREFIX, ['192.168.200.200', '192.168.200.201'])
    await awaitNextHops(router, PREFIX_V6, ['fd00:200::200', 'fd00:200::201'])
    const [route] = await bird.routes('protocol node0')
    expect(route).toMatchObject({ prefix: PREFIX, from: 'node0', via: ['192.168.200.200'] })
    expect(route?.attributes['BGP.as_path']).toBe(String(NODE_ASN))
    expect(await bird.routeCount('node0')).toBe(1)

    await speakers[1]?.stop()

    await awaitNextHops(router, PREFIX, ['192.168.200.200'])
    await bird.awaitInfo('node1', 'Passive')
  })

  test('takes a new configuration without touching sessions that did not change', async () => {
    const { lab, router, nodes } = await createNet()
    await using _ = lab
    const configuration = (some: readonly Host[]) =>
      birdConfig({ asn: ROUTER_ASN, routerId: router.address, neighbors: sessionsWith(some) })
    const bird = await Bird.start(router, configuration(nodes.slice(0, 1)))
    await Promise.all(nodes.map((node) => announce(node, router)))
    await bird.established('node0')
    expect(bird.timesUp('node0')).toBe(1)

    await bird.reconfigure(configuration(nodes))

    await bird.established('node1')
    expect((await bird.protocol('node0')).info).toBe('Established')
    expect(bird.timesUp('node0')).toBe(1)
    await expect(bird.reconfigure('nonsense')).rejects.toThrow('syntax error')
  })
})

describeLab('FRR in the lab', ['bird', 'frr'], () => {
  test('takes several next hops per prefix into the kernel, IPv4 and IPv6, and obeys configuration', async () => {
    const { lab, router, nodes } = await createNet()
    await using _ = lab
    const neighbors = sessionsWith(nodes).map(({ address, asn }) => ({ address, asn }))
    const frr = await Frr.start(router, frrConfig({ asn: ROUTER_ASN, routerId: router.address, neighbors }))
    await Promise.all(nodes.map((node) => announce(node, router)))
    await frr.established(...neighbors.map(({ address }) => address))
    await awaitNextHops(router, PREFIX, ['192.168.200.200', '192.168.200.201'])
    // FRR prefers the link-local next hops that BIRD sends with the global ones.
    const viaTwo = async () => (await kernelNextHops(router, PREFIX_V6))?.length === 2
    await awaitUntil(viaTwo, `${PREFIX_V6} via two next hops`)
    expect((await frr.routes()).get(PREFIX)).toEqual(['192.168.200.200', '192.168.200.201'])
    expect((await frr.routes('ipv6')).get(PREFIX_V6)).toEqual(['fd00:200::200', 'fd00:200::201'])

    await frr.configure(`router bgp ${ROUTER_ASN}`, 'no neighbor 192.168.200.201')

    await awaitNextHops(router, PREFIX, ['192.168.200.200'])
    await expect(frr.configure('nonsense')).rejects.toThrow('Unknown command')
  })
})

describeLab('GoBGP in the lab', ['bird', 'gobgp'], () => {
  test('learns IPv4 and IPv6', async () => {
    const { lab, router, nodes } = await createNet()
    await using _ = lab
    const neighbors = sessionsWith(nodes.slice(0, 1))
    const gobgp = await Gobgp.start(router, { asn: ROUTER_ASN, routerId: router.address, neighbors })
    await Promise.all(nodes.slice(0, 1).map((node) => announce(node, router)))
    await gobgp.established(...neighbors.map(({ address }) => address))
    await awaitUntil(async () => (await gobgp.routes()).includes(PREFIX), `GoBGP has ${PREFIX}`)
    await awaitUntil(async () => (await gobgp.routes('ipv6')).includes(PREFIX_V6), `GoBGP has ${PREFIX_V6}`)
  })
})

describeLab('OpenBGPD in the lab', ['bird', 'openbgpd'], () => {
  test('learns IPv4 and IPv6', async () => {
    const { lab, router, nodes } = await createNet()
    await using _ = lab
    const neighbors = sessionsWith(nodes.slice(0, 1))
    const openbgpd = await Openbgpd.start(router, { asn: ROUTER_ASN, routerId: router.address, neighbors })
    await Promise.all(nodes.slice(0, 1).map((node) => announce(node, router)))
    await openbgpd.established(...neighbors.map(({ address }) => address))
    await awaitUntil(async () => (await openbgpd.routes()).includes(PREFIX), `OpenBGPD has ${PREFIX}`)
    await awaitUntil(async () => (await openbgpd.routes()).includes(PREFIX_V6), `OpenBGPD has ${PREFIX_V6}`)
  })
})

const ANSWERING = `require('node:net').createServer((c) => c.end('hello')).listen(9092, () => console.log('listening'))`

const ASKING = `
const socket = require('node:net').connect({ host: process.argv[1], port: 9092, timeout: 1000 })
socket.pipe(process.stdout)
socket.on('timeout', () => socket.destroy()).on('error', () => {})`

/** A program that makes a lab with BIRD in it, says where, and then waits for ever. */
async function labInAProcessOfItsOwn(): Promise<{ child: ChildProcess; directory: string }> {
  const index = fileURLToPath(new URL('../../bird-testbed/index.ts', import.meta.url))
  const program = `
    const { Lab, Bird, birdConfig } = await import(${JSON.stringify(index)})
    const lab = await Lab.create()
    const router = await lab.addRouter('router', '192.168.200.10/24')
    await Bird.start(router, birdConfig({ asn: 64512, routerId: '192.168.200.10', neighbors: [] }))
    console.log(lab.directory)
    setInterval(() => {}, 60_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, directory: said.toString().trim() }
}

describe('waiting', () => {
  test('tells what it waited for, and the last error', async () => {
    const look = () => {
      throw new Error('no such socket')
    }
    await expect(awaitUntil(look, 'BIRD answers', { within: 1, every: 1 })).rejects.toThrow(
      'not within 0.001 s: BIRD answers (no such socket)',
    )
  })
})
