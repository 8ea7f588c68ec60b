/**
 * What every source of the cluster state owes to whoever decides, whatever it is: the same suite runs against a folder
 * of manifests, an API server in memory and, in the lab, a real one.
 *
 * By design the two differ in one point. A folder is one document: with any error in it the whole last good state
 * stays, and a folder that is suddenly empty withdraws nothing by itself. An API server is many documents that nobody
 * can hold back: one bad object keeps its own last good version, or is left out, and everything else goes on.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Diagnostic, Snapshot } from '../../../src/cluster/index.ts'
import {
  bgpAdvertisement,
  namespace,
  node,
  object,
  peer,
  pool,
  secret,
  service,
} from '../../support/raw-objects.ts'

type Fields = Readonly<Record<string, unknown>>

export interface SourceUnderTest {
  /** Creates or replaces objects, in one go if it can. */
  apply(...objects: readonly Fields[]): Promise<void>
  remove(...objects: readonly Fields[]): Promise<void>
  /** Starts to follow. */
  start(): void
  readonly snapshot: Snapshot | undefined
  readonly diagnostics: readonly Diagnostic[]
  /** Snapshots handed over so far. */
  readonly snapshots: readonly Snapshot[]
  /** Resolves when it is so, or fails when it will not become so. */
  until(isSo: () => boolean): Promise<void>
  /** What has happened so far has been dealt with. */
  quiet(): Promise<void>
  close(): Promise<void>
}

export interface SourceTraits {
  /** A state is in force as a whole or not at all. */
  readonly allOrNothing: boolean
}

const POOL = pool('first', { addresses: ['192.0.2.0/24'] })
/** Rules about one object alone a server may know too, and refuse it: so these break rules about two. */
const NEIGHBOUR = pool('second', { addresses: ['192.0.3.0/24'] })
const BROKEN_POOL = pool('first', { addresses: ['192.0.2.0/23'] })
const BROKEN_ADVERTISEMENT = bgpAdvertisement('all', { communities: ['nobody-knows'] })
const HOME = namespace('metallb-system')

const slice = (serviceName: string, nodeName: string): Fields =>
  object(
    'discovery.k8s.io/v1',
    'EndpointSlice',
    {
      name: `${serviceName}-1`,
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': serviceName },
    },
    { addressType: 'IPv4', endpoints: [{ addresses: ['10.244.1.2'], nodeName }], ports: [] },
  )

const web = (name: string, ...addresses: readonly string[]): Fields =>
  service(name, addresses, { ports: [{ port: 80 }], allocateLoadBalancerNodePorts: false })

export function describeSource(
  name: string,
  { allOrNothing }: SourceTraits,
  make: () => Promise<SourceUnderTest>,
): void {
  describe(`${name} keeps what every source owes`, () => {
    let source: SourceUnderTest

    beforeEach(async () => {
      source = await make()
      await source.apply(HOME)
    })
    afterEach(() => source.close())

    const services = () =>
      [...(source.snapshot?.services.keys() ?? [])].filter((key) => key.startsWith('default/web'))
    const addresses = (key: string) => source.snapshot?.services.get(key)?.addresses ?? []
    const pools = () =>
      source.snapshot?.config.pools.map((one) => one.ranges.map(({ text }) => text).join()) ?? []

    it('hands over everything at once, first', async () => {
      await source.apply(
        node('node1', { zone: 'a' }),
        POOL,
        peer('router'),
        bgpAdvertisement('all'),
        web('web-a', '192.0.2.10'),
        web('web-b', '192.0.2.11'),
        slice('web-a', 'node1'),
      )
      source.start()
      await source.until(() => source.snapshot !== undefined)
      const [first] = source.snapshots
      expect(first?.nodes.get('node1')?.labels).toMatchObject({ zone: 'a' })
      expect(first?.config.pools.map((one) => one.name)).toEqual(['first'])
      expect(first?.config.peers.map((one) => one.peerAddress)).toEqual(['192.0.2.1'])
      expect(first?.config.bgpAdvertisements.map((one) => one.pools)).toEqual([['first']])
      expect(first?.services.get('default/web-a')?.addresses).toEqual(['192.0.2.10'])
      expect(first?.services.get('default/web-b')?.addresses).toEqual(['192.0.2.11'])
      expect(first?.slices.get('default/web-a')?.[0]?.endpoints).toEqual([
        { hasAddress: true, nodeName: 'node1' },
      ])
      expect(source.diagnostics).toEqual([])
    })

    it('hands over what changes, and nothing else becomes another object', async () => {
      await source.apply(POOL, web('web-a', '192.0.2.10'), web('web-b', '192.0.2.11'))
      source.start()
      await source.until(() => services().length === 2)
      const before = source.snapshot
      await source.apply(web('web-b', '192.0.2.12'))
      await source.until(() => addresses('default/web-b')[0] === '192.0.2.12')
      expect(source.snapshot?.services.get('default/web-a')).toBe(before?.services.get('default/web-a'))
      expect(source.snapshot?.config).toBe(before?.config)
      expect(before?.services.get('default/web-b')?.addresses).toEqual(['192.0.2.11'])
    })

    it('takes away what is deleted', async () => {
      await source.apply(
        POOL,
        web('web-a', '192.0.2.10'),
        web('web-b', '192.0.2.11'),
        slice('web-b', 'node1'),
      )
      source.start()
      await source.until(() => services().length === 2)
      await source.remove(web('web-b'), slice('web-b', 'node1'))
      await source.until(
        () => services().length === 1 && source.snapshot?.slices.get('default/web-b') === undefined,
      )
      expect(services()).toEqual(['default/web-a'])
    })

    it('hands over nothing when nothing is said that was not known', async () => {
      await source.apply(POOL, web('web-a', '192.0.2.10'))
      source.start()
      await source.until(() => services().length === 1)
      await source.quiet()
      const handed = source.snapshots.length
      const { metadata, ...rest } = POOL as { metadata: Fields }
      await source.apply({ ...rest, metadata: { ...metadata, annotations: { 'example.com/note': 'twice' } } })
      await source.quiet()
      expect(source.snapshots.length).toBe(handed)
    })

    it('finds the password of a peer in the Secret it names, and the next one', async () => {
      const guarded = peer('router', { passwordSecret: { name: 'router' } })
      await source.apply(secret('router', { stringData: { password: 'first' } }), guarded)
      source.start()
      const password = () => source.snapshot?.config.peers[0]?.password
      await source.until(() => password() === 'first')
      expect(source.snapshots.map(({ config }) => config.peers[0]?.password)).toEqual(['first'])
      await source.apply(secret('router', { stringData: { password: 'second' } }))
      await source.until(() => password() === 'second')
      expect(JSON.stringify(source.diagnostics)).not.toMatch(/first|second/)
    })

    it('names a broken object and keeps its last good version', async () => {
      await source.apply(POOL, NEIGHBOUR, bgpAdvertisement('all'), web('web-a', '192.0.2.10'))
      source.start()
      await source.until(() => pools().length === 2)
      await source.apply(BROKEN_POOL)
      await source.until(() => source.diagnostics.some(({ severity }) => severity === 'error'))
      const accused = source.diagnostics.map(({ location }) => location.object)
      expect(accused.join()).toContain('IPAddressPool metallb-system/')
      expect(pools()).toEqual(['192.0.2.0/24', '192.0.3.0/24'])
      await source.apply(web('web-b', '192.0.2.11'))
      if (allOrNothing) {
        await source.quiet()
        expect(services()).toEqual(['default/web-a'])
      } else {
        expect(accused).toEqual(['IPAddressPool metallb-system/first'])
        await source.until(() => services().length === 2)
      }
      await source.apply(pool('first', { addresses: ['192.0.2.0/25'] }))
      await source.until(() => source.diagnostics.length === 0)
      expect(pools()).toEqual(['192.0.2.0/25', '192.0.3.0/24'])
      expect(services()).toEqual(['default/web-a', 'default/web-b'])
    })

    it('starts without what is broken, or not at all', async () => {
      await source.apply(POOL, BROKEN_ADVERTISEMENT, web('web-a', '192.0.2.10'))
      source.start()
      await source.until(() => source.diagnostics.some(({ severity }) => severity === 'error'))
      if (allOrNothing) expect(source.snapshot).toBeUndefined()
      else await source.until(() => services().length === 1)
      expect(source.snapshot?.config.bgpAdvertisements ?? []).toEqual([])
    })

    it('says nothing any more once it is closed', async () => {
      await source.apply(POOL, web('web-a', '192.0.2.10'))
      source.start()
      await source.until(() => services().length === 1)
      const handed = source.snapshots.length
      await source.close()
      await source.apply(web('web-a', '192.0.2.12'))
      await source.quiet()
      expect(source.snapshots.length).toBe(handed)
    })
  })
}

/** Collects what a source says. */
export class Heard {
  readonly snapshots: Snapshot[] = []
  readonly handlers = {
    onSnapshot: (snapshot: Snapshot, diagnostics: readonly Diagnostic[]): void => {
      this.snapshots.push(snapshot)
      this.diagnostics = diagnostics
    },
    onDiagnostics: (diagnostics: readonly Diagnostic[]): void => {
      this.diagnostics = diagnostics
    },
  }
  diagnostics: readonly Diagnostic[] = []

  get snapshot(): Snapshot | undefined {
    return this.snapshots.at(-1)
  }
}
