import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  awaitUntil,
  Bird,
  birdConfig,
  Frr,
  frrConfig,
  type Host,
  Lab,
  OyezSpeaker,
} from '../../bird-testbed/index.ts'
import type { PeersView, RoutesView, ServicesView, StatusView } from '../../src/api/index.ts'
import { bgpAdvertisement, node, peer, pool, secret, service } from '../support/raw-objects.ts'
import { describeLab } from './describe-lab.ts'
import { ClusterFolder, endpointSlice } from './support/cluster-folder.ts'

/**
 * `oyez speaker` as a process, in a day of its life: one test after another on the same speaker, with BIRD over IPv4
 * (eBGP, signed) and FRR over IPv6 (iBGP), and the folder edited while it runs.
 */
const NODE_ASN = 65001
const BIRD_ASN = 64512
const WEB = '198.51.100.10/32'
const WEB_V6 = '2001:db8:100::10/128'
const SHOP = '198.51.100.11/32'
const MAIL = '198.51.100.12/32'

describeLab('oyez speaker', ['bird', 'frr'], () => {
  let field: Field
  beforeAll(async () => {
    field = await buildField()
  })
  afterAll(() => field?.lab.dispose())

  test('announces what this node should, signed with the key of a Secret', async () => {
    const { bird } = field
    await bird.established('node0')
    await birdHas(bird, WEB, MAIL)
    const [web] = await bird.routes(WEB)
    expect(web).toMatchObject({ via: ['192.168.200.200'], attributes: { 'BGP.as_path': '65001' } })
  })

  test('Local -> Cluster: a service without an endpoint here is announced', async () => {
    field.folder.write('shop', service('shop', ['198.51.100.11']), endpointSlice('shop', 'node1'))
    await birdHas(field.bird, WEB, SHOP, MAIL)
    await nothingFlapped(field)
  })

  test('the last endpoint on this node goes away', async () => {
    writeMail(field.folder, 'node1')
    await birdHas(field.bird, WEB, SHOP)
    const { services } = (await field.oyez.json('services')) as ServicesView
    expect(services.find(({ key }) => key === 'default/mail')).toMatchObject({ code: 'NoLocalEndpoints' })
    await nothingFlapped(field)
  })

  test('a service is deleted', async () => {
    field.folder.remove('shop')
    await birdHas(field.bird, WEB)
    await nothingFlapped(field)
  })

  test('a community is added to the advertisement', async () => {
    writeAdvertisement(field.folder, { communities: ['65001:77'], localPref: 300 })
    await awaitUntil(() => hasCommunity(field.bird, '(65001,77)'), `${WEB} with the community`)
    await nothingFlapped(field)
  })

  test('a peer is added: FRR over IPv6, iBGP, hears the IPv6 address and the local preference', async () => {
    writePeers(field.folder, BIRD_PEER, FRR_PEER)
    await field.frr.established('fd00:200::200')
    await awaitUntil(async () => (await field.frr.routes('ipv6')).has(WEB_V6), `FRR has ${WEB_V6}`)
    expect(await field.frr.json(`show bgp ipv6 unicast ${WEB_V6}`)).toMatchObject({
      paths: [{ locPrf: 300, community: { string: '65001:77' }, nexthops: [{ ip: 'fd00:200::200' }] }],
    })
    await nothingFlapped(field)
  })

  test('peers, routes, services and explain say so', async () => {
    const { oyez } = field
    const peers = await oyez.print('peers')
    expect(peers).toMatch(/^bird +192\.168\.200\.10 +64512 +Established /m)
    expect(peers).toMatch(/^frr +fd00:200::20 +65001 +Established /m)
    const toFrr = await oyez.print('routes', '--peer', 'frr')
    expect(toFrr).toMatch(/^198\.51\.100\.10\/32 .* frr FamilyNotOnSession /m)
    expect(toFrr).toMatch(
      /^2001:db8:100::10\/128 +fd00:200::200 .* frr +LOCAL_PREF 300, communities 65001:77 /m,
    )
    const { routes } = (await oyez.json('routes', '--service', 'default/web')) as RoutesView
    const told = routes.map(({ prefix, peers }) => [
      prefix,
      peers.filter(({ sent }) => sent).map((one) => one.peer),
    ])
    expect(told).toEqual([
      [WEB, ['bird']],
      [WEB_V6, ['frr']],
    ])
    expect(await oyez.print('services')).toMatch(/^default\/mail .* no .*NoLocalEndpoints/m)
    expect(await oyez.print('explain', 'default/web')).toContain(`${WEB} has been sent`)
    expect(await oyez.print('explain', 'default/mail', '--peer', 'bird')).toContain('NoLocalEndpoints')
    expect((await oyez.cli(['explain', 'default/nosuch'])).code).toBe(4)
    expect((await oyez.cli(['peers', '--check'])).code).toBe(0)
  })

  test('a broken file keeps what was announced, and is reported by file and line', async () => {
    const { oyez, folder } = field
    folder.writeText('mail', 'apiVersion: v1\nkind: Service\nmetadata: {name: mail\n')
    const errors = async () => {
      const { source } = (await oyez.json('status')) as StatusView
      return source.diagnostics.filter(({ severity }) => severity === 'error')
    }
    await awaitUntil(async () => (await errors()).length > 0, 'the file is reported')
    expect((await errors())[0]?.location.file).toMatch(/mail\.yaml$/)
    expect((await errors())[0]?.location.line).toBeGreaterThan(1)
    expect(oyez.log).toContain('mail.yaml')
    expect((await oyez.cli(['status', '--check'])).code).toBe(1)
    await birdHas(field.bird, WEB)

    // Sound edits elsewhere wait until the whole folder is sound again.
    folder.write('shop', service('shop', ['198.51.100.11']), endpointSlice('shop', 'node1'))
    writeMail(folder, 'node0')

    await birdHas(field.bird, WEB, SHOP, MAIL)
    expect(await errors()).toEqual([])
    await nothingFlapped(field)
  })

  test('SIGHUP reads everything again, also a file that looks unchanged', async () => {
    const { bird, folder, oyez } = field
    folder.replaceUnnoticed('advertisement', '65001:77', '65001:78')
    oyez.signal('SIGHUP')
    await awaitUntil(() => oyez.log.includes('SIGHUP'), 'it is in the log')
    await awaitUntil(() => hasCommunity(bird, '(65001,78)'), `${WEB} with the new community`)
    await birdHas(bird, WEB, SHOP, MAIL)
    await nothingFlapped(field)
  })

  test('a peer is removed: it is told, the other is left alone', async () => {
    writePeers(field.folder, BIRD_PEER)
    const frrSays = async () => JSON.stringify(await field.frr.json('show bgp neighbors fd00:200::200'))
    await awaitUntil(
      async () => /Peer De-?configured|Peer Unconfigured/i.test(await frrSays()),
      'FRR was told why',
    )
    await awaitUntil(async () => !(await field.frr.routes('ipv6')).has(WEB_V6), 'FRR has dropped the route')
    await nothingFlapped(field)
  })

  test('killed and started again: the routes come back', async () => {
    const { oyez, bird } = field
    await oyez.stop('SIGKILL')
    await birdHas(bird)
    await oyez.restart()
    await birdHas(bird, WEB, SHOP, MAIL)
  })

  test('SIGTERM: the router is told, and the process ends with 0 in about a second', async () => {
    const { oyez, bird } = field
    const start = performance.now()
    expect(await oyez.stop()).toBe(0)
    expect(performance.now() - start).toBeLessThan(2_000)
    const said = await bird.query('show protocols all node0')
    expect(said).toContain('Received: Administrative shutdown')
    expect(said).toContain('oyez is stopping on this node')
    await birdHas(bird)
    expect((await oyez.cli(['peers'])).code).toBe(3)
  })
})

interface Field {
  readonly lab: Lab
  readonly folder: ClusterFolder
  readonly bird: Bird
  readonly frr: Frr
  readonly oyez: OyezSpeaker
}

const KEY = 'correct-horse-battery-staple'

const BIRD_PEER = peer('bird', {
  myASN: NODE_ASN,
  peerASN: BIRD_ASN,
  peerAddress: '192.168.200.10',
  holdTime: '9s',
  passwordSecret: { name: 'bird-key' },
})

const FRR_PEER = peer('frr', {
  myASN: NODE_ASN,
  peerASN: NODE_ASN,
  peerAddress: 'fd00:200::20',
  holdTime: '9s',
})

async function buildField(): Promise<Field> {
  const lab = await Lab.create({ title: 'the speaker' })
  const router = await lab.addRouter('bird', '192.168.200.10/24')
  const other = await lab.addRouter('frr', '192.168.200.20/24', 'fd00:200::20/64')
  const host = await lab.addNode('node0', '192.168.200.200/24', 'fd00:200::200/64')
  const folder = new ClusterFolder(`${lab.directory}/manifests`)
  fill(folder)
  const [bird, frr, oyez] = await Promise.all([
    startBird(router),
    startFrr(other),
    OyezSpeaker.start(host, { manifests: folder.path }),
  ])
  return { lab, folder, bird, frr, oyez }
}

function fill(folder: ClusterFolder): void {
  folder.write('nodes', node('node0'), node('node1'))
  folder.write('pool', pool('main', { addresses: ['198.51.100.0/24', '2001:db8:100::/64'] }))
  folder.write('key', secret('bird-key', { data: { password: Buffer.from(KEY).toString('base64') } }))
  writePeers(folder, BIRD_PEER)
  writeAdvertisement(folder)
  folder.write('web', service('web', ['198.51.100.10', '2001:db8:100::10']), endpointSlice('web', 'node1'))
  const local = { externalTrafficPolicy: 'Local' }
  folder.write('shop', service('shop', ['198.51.100.11'], local), endpointSlice('shop', 'node1'))
  writeMail(folder, 'node0')
}

function writePeers(folder: ClusterFolder, ...peers: readonly unknown[]): void {
  folder.write('peers', ...peers)
}

function writeAdvertisement(folder: ClusterFolder, spec: Readonly<Record<string, unknown>> = {}): void {
  folder.write('advertisement', bgpAdvertisement('all', spec))
}

function writeMail(folder: ClusterFolder, ...nodes: readonly string[]): void {
  const local = { externalTrafficPolicy: 'Local' }
  folder.write('mail', service('mail', ['198.51.100.12'], local), endpointSlice('mail', ...nodes))
}

function startBird(router: Host): Promise<Bird> {
  const lines = [`password "${KEY}";`]
  const neighbors = [{ name: 'node0', address: '192.168.200.200', asn: NODE_ASN, lines }]
  return Bird.start(router, birdConfig({ asn: BIRD_ASN, routerId: router.address, neighbors }))
}

function startFrr(router: Host): Promise<Frr> {
  const neighbors = [{ address: 'fd00:200::200', asn: NODE_ASN }]
  return Frr.start(router, frrConfig({ asn: NODE_ASN, routerId: router.address, neighbors }))
}

/** Waits until BIRD has these routes from the node, and no others. */
async function birdHas(bird: Bird, ...prefixes: readonly string[]): Promise<void> {
  const agrees = async () => {
    const routes = await bird.routes('protocol node0')
    return (
      routes
        .map(({ prefix }) => prefix)
        .sort()
        .join() === prefixes.toSorted().join()
    )
  }
  await awaitUntil(agrees, `BIRD has ${prefixes.join(', ') || 'nothing'} from node0`)
}

async function hasCommunity(bird: Bird, community: string): Promise<boolean> {
  const [web] = await bird.routes(WEB)
  return web?.attributes['BGP.community'] === community
}

/** Both ends agree that the session with BIRD is the same one as at the beginning. */
async function nothingFlapped({ bird, oyez }: Field): Promise<void> {
  const { peers } = (await oyez.json('peers')) as PeersView
  const session = peers.find(({ name }) => name === 'bird')?.session
  expect(session).toMatchObject({ state: 'Established', flaps: 0, messages: { sent: { OPEN: 1 } } })
  expect(bird.timesUp('node0')).toBe(1)
}
