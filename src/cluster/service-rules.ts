/** Rules about the addresses of services. All are warnings: the service is not announced, and the rest goes on. */
import { listOf } from './diagnostics.ts'
import type { Findings } from './findings.ts'
import type { Good, Inventory } from './inventory.ts'
import { poolOf } from './pool-index.ts'
import { INGRESS } from './service.ts'
import type { Pool, Service } from './types.ts'

export function checkServices(inventory: Inventory, pools: readonly Pool[], findings: Findings): void {
  if (inventory.someRefused('IPAddressPool')) return
  for (const object of inventory.good('Service'))
    if (isOurs(object.value)) checkAddresses(object, pools, findings)
}

/** A class names another load balancer, unless the speaker is told otherwise. */
const isOurs = ({ type, loadBalancerClass }: Service): boolean =>
  type === 'LoadBalancer' && loadBalancerClass === undefined

function checkAddresses(object: Good<'Service'>, pools: readonly Pool[], findings: Findings): void {
  const { addresses } = object.value
  const found = addresses.map((address) => poolOf(pools, address))
  for (const [at, pool] of found.entries()) {
    if (pool !== undefined) continue
    const message = `${addresses[at]} is in no IPAddressPool, so the service is not announced`
    findings.about(object).warning('AddressInNoPool', [...INGRESS, at], message, poolsHint(pools))
  }
  const names = new Set(found.flatMap((pool) => pool?.name ?? []))
  if (names.size < 2) return
  const message = `its addresses are in several pools (${listOf(names)}), so the service is not announced`
  findings.about(object).warning('AddressesInSeveralPools', INGRESS, message, 'give it addresses of one pool')
}

function poolsHint(pools: readonly Pool[]): string {
  if (pools.length === 0) return 'there is no pool at all: create an IPAddressPool'
  const texts = pools.map(({ name, ranges }) => `${name} (${listOf(ranges.map(({ text }) => text))})`)
  return `the pools are ${listOf(texts)}`
}
