/**
 * Allocation the slow and obvious way: every question is answered by walking over everything. The allocator must come
 * to the same addresses.
 */

import { parsePrefix } from '../../../bgp/wire/index.ts'
import {
  addressText,
  matchesAny,
  type Namespace,
  type Pool,
  type Service,
} from '../../../src/cluster/index.ts'
import { intervalOf } from '../../../src/cluster/intervals.ts'

type Family = 'ipv4' | 'ipv6'
const FAMILIES: readonly Family[] = ['ipv4', 'ipv6']
const familyOf = (address: string): Family => (address.includes(':') ? 'ipv6' : 'ipv4')
const keyOf = ({ namespace, name }: Service): string => `${namespace}/${name}`

function annotation({ annotations }: Service, name: string): string {
  return annotations[`metallb.io/${name}`] ?? annotations[`metallb.universe.tf/${name}`] ?? ''
}

/** Every usable address of a pool, in the order in which they are tried. */
function addressesOf(pool: Pool): string[] {
  const all: string[] = []
  for (const { cidrs } of pool.ranges) {
    for (const cidr of cidrs) {
      const prefix = parsePrefix(cidr)
      if (prefix === undefined) throw new Error(cidr)
      const { family, first, last } = intervalOf(prefix.address, prefix.length)
      for (let at = first; at <= last; at++) all.push(addressText(at, family))
    }
  }
  return pool.avoidBuggyIPs ? all.filter((address) => !/\.(0|255)$/.test(address)) : all
}

interface Held {
  service: Service
  addresses: readonly string[]
}

export class NaiveAllocator {
  readonly held = new Map<string, Held>()
  readonly #seen = new Map<string, Service>()
  #pools: readonly Pool[] = []
  #namespaces: ReadonlyMap<string, Namespace> = new Map()

  setPools(pools: readonly Pool[], namespaces: ReadonlyMap<string, Namespace>): void {
    this.#pools = pools
    this.#namespaces = namespaces
    const before = new Map(this.held)
    this.held.clear()
    const keys = [...this.#seen.keys()].sort()
    const rank = (key: string) => {
      const service = this.#seen.get(key) as Service
      if (before.has(key)) return 0
      if (service.addresses.length === 0) return 3
      return service.annotations['metallb.io/ip-allocated-from-pool'] !== undefined ? 1 : 2
    }
    keys.sort((a, b) => rank(a) - rank(b))
    for (const key of keys) this.#adopt(this.#seen.get(key) as Service, before.get(key)?.addresses ?? [])
  }

  adoptAll(services: readonly Service[]): void {
    const rank = (service: Service) =>
      service.annotations['metallb.io/ip-allocated-from-pool'] !== undefined ? 0 : 1
    const order = services.filter(({ addresses, type }) => type === 'LoadBalancer' && addresses.length > 0)
    order.sort((a, b) => rank(a) - rank(b) || (keyOf(a) < keyOf(b) ? -1 : 1))
    for (const service of order) this.#seen.set(keyOf(service), service)
    for (const service of order) this.#adopt(service, [])
  }

  #adopt(service: Service, ours: readonly string[]): void {
    if (this.#pools.length === 0 || this.#wanted(service) === undefined) return
    const kept = this.#keep(service, ours)
    this.#hold(service, kept.length > 0 ? kept : this.#keep(service, service.addresses))
  }

  release(key: string): void {
    this.held.delete(key)
    this.#seen.delete(key)
  }

  /** What the status should hold. */
  settle(service: Service): readonly string[] {
    const key = keyOf(service)
    if (service.type !== 'LoadBalancer') {
      const written = service.annotations['metallb.io/ip-allocated-from-pool'] !== undefined
      const ours = written || service.addresses.some((one) => this.#poolOf(one, true) !== undefined)
      this.release(key)
      return ours ? [] : service.addresses
    }
    this.#seen.set(key, service)
    if (this.#pools.length === 0) {
      this.held.delete(key)
      return service.addresses
    }
    const wanted = this.#wanted(service)
    if (wanted === undefined) {
      this.held.delete(key)
      return []
    }
    let now = this.#present(service, this.held.get(key)?.addresses ?? [])
    this.#hold(service, now)
    if (now.length > 0 && this.#request(service) === 'invalid') return now
    const asked = this.#request(service)
    const missing = wanted.families.find((family) => !now.some((one) => familyOf(one) === family))
    if (now.length > 0 && missing !== undefined && asked.length === 0) {
      const pool = this.#poolOf(now[0] as string) as Pool
      const added = this.#lowest(pool, missing, service)
      if (added !== undefined) now = [...now, added].sort((a, b) => (familyOf(a) < familyOf(b) ? -1 : 1))
      else if (!wanted.oneWillDo) now = []
    }
    this.held.delete(key)
    if (now.length === 0) now = this.#allocate(service, wanted)
    this.#hold(service, now)
    return now
  }

  #hold(service: Service, addresses: readonly string[]): void {
    if (addresses.length === 0) this.held.delete(keyOf(service))
    else this.held.set(keyOf(service), { service, addresses })
  }

  #present(service: Service, ours: readonly string[]): readonly string[] {
    if (service.addresses.every((one) => ours.includes(one))) return this.#keep(service, ours)
    const theirs = this.#keep(service, service.addresses)
    return theirs.length > 0 ? theirs : this.#keep(service, ours)
  }

  #keep(service: Service, addresses: readonly string[]): readonly string[] {
    const wanted = this.#wanted(service)
    let kept: string[] = []
    for (const family of wanted?.families ?? []) {
      const address = addresses.find((one) => familyOf(one) === family)
      if (address === undefined || !this.#permitted(service, address)) continue
      const [other] = kept
      if (other === undefined || this.#poolOf(other) === this.#poolOf(address)) kept.push(address)
    }
    const [first] = kept
    const name = annotation(service, 'address-pool')
    if (first !== undefined && name !== '' && this.#poolOf(first)?.name !== name) kept = []
    const asked = this.#request(service)
    if (asked !== 'invalid' && asked.length > 0 && !same(asked, kept)) kept = []
    return kept
  }

  #permitted(service: Service, address: string): boolean {
    const pool = this.#poolOf(address)
    return pool !== undefined && this.#isFor(pool, service) && this.#mayShare(service, address)
  }

  #poolOf(address: string, buggyToo = false): Pool | undefined {
    return this.#pools.find((pool) =>
      addressesOf(buggyToo ? { ...pool, avoidBuggyIPs: false } : pool).includes(address),
    )
  }

  #isFor({ allocation }: Pool, { namespace, labels }: Service): boolean {
    if (allocation === undefined) return true
    const { namespaces, namespaceSelectors, serviceSelectors } = allocation
    if (namespaces.length + namespaceSelectors.length > 0) {
      const itsLabels = this.#namespaces.get(namespace)?.labels
      const selected = itsLabels !== undefined && matchesAny(namespaceSelectors, itsLabels)
      if (!namespaces.includes(namespace) && !selected) return false
    }
    return serviceSelectors.length === 0 || matchesAny(serviceSelectors, labels)
  }

  #mayShare(service: Service, address: string): boolean {
    for (const [key, held] of this.held) {
      if (key !== keyOf(service) && held.addresses.includes(address) && !compatible(service, held.service))
        return false
    }
    return true
  }

  #lowest(pool: Pool, family: Family, service: Service): string | undefined {
    return addressesOf(pool).find((one) => familyOf(one) === family && this.#mayShare(service, one))
  }

  #wanted(service: Service): { families: readonly Family[]; oneWillDo: boolean } | undefined {
    const given = FAMILIES.filter((family) => service.clusterIPs.some((one) => familyOf(one) === family))
    if (given.length === 0) return undefined
    if (service.ipFamilyPolicy === 'RequireDualStack')
      return given.length === 2 ? { families: given, oneWillDo: false } : undefined
    if (service.ipFamilyPolicy === 'PreferDualStack') return { families: given, oneWillDo: true }
    return { families: [familyOf(service.clusterIPs[0] as string)], oneWillDo: false }
  }

  #request(service: Service): readonly string[] | 'invalid' {
    const listed = annotation(service, 'loadBalancerIPs')
    const field = service.loadBalancerIP ?? ''
    if (listed === '' && field === '') return []
    if (listed !== '' && field !== '') return 'invalid'
    const asked = (listed || field).split(',').map((one) => one.trim())
    if (!asked.every((one) => /^[0-9a-f:.]+$/.test(one))) return 'invalid'
    return new Set(asked.map(familyOf)).size === asked.length ? asked : 'invalid'
  }

  #allocate(service: Service, { families, oneWillDo }: { families: readonly Family[]; oneWillDo: boolean }) {
    const asked = this.#request(service)
    if (asked === 'invalid') return []
    const name = annotation(service, 'address-pool')
    if (asked.length > 0) {
      const all = FAMILIES.flatMap((family) => asked.filter((one) => familyOf(one) === family))
      const pools = new Set(all.map((one) => this.#poolOf(one)))
      const [pool] = pools
      const fits = same(all.map(familyOf), families) && pools.size === 1
      const right = name === '' || pool?.name === name
      return fits && right && all.every((one) => this.#permitted(service, one)) ? all : []
    }
    const offer = (pool: Pool) => families.flatMap((family) => this.#lowest(pool, family, service) ?? [])
    if (name !== '') {
      const pool = this.#pools.find((one) => one.name === name)
      const found = pool !== undefined && this.#isFor(pool, service) ? offer(pool) : []
      return found.length === families.length || oneWillDo ? found : []
    }
    const auto = this.#pools.filter((pool) => pool.autoAssign && this.#isFor(pool, service))
    const byName = (a: Pool, b: Pool) => (a.name < b.name ? -1 : 1)
    const priority = (pool: Pool) => pool.allocation?.priority || Number.POSITIVE_INFINITY
    const pinned = auto.filter((pool) => pool.allocation !== undefined).sort(byName)
    pinned.sort((a, b) => (priority(a) === priority(b) ? 0 : priority(a) - priority(b)))
    const general = auto.filter((pool) => pool.allocation === undefined).sort(byName)
    for (const pools of [pinned, general]) {
      const offers = pools.map(offer)
      const whole = offers.find((one) => one.length === families.length)
      if (whole !== undefined) return whole
      if (!oneWillDo) continue
      const primary = service.ipFamilies[0] ?? 'ipv4'
      const part =
        offers.find((one) => one.some((address) => familyOf(address) === primary)) ??
        offers.find((one) => one.length > 0)
      if (part !== undefined) return part
    }
    return []
  }
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one) => b.includes(one))

const backends = ({ externalTrafficPolicy, selector }: Service): string =>
  externalTrafficPolicy === 'Local' ? selector : ''

/** Both sharing keys are there and equal, backends are equal, no protocol and port twice. */
export function compatible(a: Service, b: Service): boolean {
  const key = annotation(a, 'allow-shared-ip')
  if (key === '' || key !== annotation(b, 'allow-shared-ip') || backends(a) !== backends(b)) return false
  return !a.ports.some((one) =>
    b.ports.some((other) => one.protocol === other.protocol && one.port === other.port),
  )
}
