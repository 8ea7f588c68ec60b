/** What a Service wants: which address families, and which addresses or pool if it names any. */
import { type Family, familyOf } from '../../bgp/wire/index.ts'
import { canonicalAddress, quote, type Service } from '../cluster/index.ts'
import { ADDRESS_POOL, annotationOf, LOAD_BALANCER_IPS } from './annotations.ts'
import { FAMILIES } from './blocks.ts'
import type { Refusal } from './claim.ts'
import { AllocationCode, type AllocationOptions } from './types.ts'
import { both, familyText } from './words.ts'

export interface Wanted {
  /** IPv4 first. */
  readonly families: readonly Family[]
  /** Of two families: whether one will do. */
  readonly oneWillDo: boolean
  /** Of one that will do: the family to try first. */
  readonly primary: Family
}

/** An address must be of a family that traffic can be forwarded in: that of the clusterIPs. */
export function wantedBy(
  service: Service,
  { assumeClusterIPs = false }: AllocationOptions,
): Wanted | Refusal {
  const { clusterIPs, ipFamilyPolicy, ipFamilies } = service
  const given = clusterIPs.length > 0 ? clusterIPs.map(familyOf) : assumeClusterIPs ? assumed(service) : []
  const [first] = given
  if (first === undefined)
    return {
      code: AllocationCode.noClusterIP,
      message: 'the Service has no clusterIP, so its address family is unknown',
    }
  const families = FAMILIES.filter((family) => given.includes(family))
  if (ipFamilyPolicy === 'RequireDualStack' && families.length < 2) {
    const message = `ipFamilyPolicy is RequireDualStack, and the only clusterIP is ${clusterIPs.join(', ') || familyText(first)}`
    return { code: AllocationCode.notEnoughClusterIPs, message }
  }
  return {
    families: ipFamilyPolicy === 'SingleStack' ? [first] : families,
    oneWillDo: ipFamilyPolicy === 'PreferDualStack',
    primary: ipFamilies[0] ?? 'ipv4',
  }
}

const assumed = ({ ipFamilyPolicy, ipFamilies }: Service): readonly Family[] =>
  ipFamilyPolicy === 'SingleStack' ? [ipFamilies[0] ?? 'ipv4'] : FAMILIES

export interface Request {
  /** Canonical, IPv4 first; empty: any. */
  readonly addresses: readonly string[]
  readonly pool?: string
  /** What is wrong with the addresses that were asked for. */
  readonly problem?: string
}

const NOTHING: Request = { addresses: [] }

export function requestOf(service: Service): Request {
  const pool = annotationOf(service, ADDRESS_POOL)
  const listed = annotationOf(service, LOAD_BALANCER_IPS)
  const asked = listed || service.loadBalancerIP
  if (!pool && !asked) return NOTHING
  return { ...(asked ? addressesOf(listed, service.loadBalancerIP) : NOTHING), ...(pool && { pool }) }
}

function addressesOf(listed: string | undefined, field: string | undefined): Request {
  if (listed && field)
    return wrong(
      'both annotation metallb.io/loadBalancerIPs and spec.loadBalancerIP are set: remove one of them',
    )
  const name = listed ? 'metallb.io/loadBalancerIPs' : 'spec.loadBalancerIP'
  const addresses: string[] = []
  // The annotation is a list, the field one address.
  for (const text of listed ? listed.split(',').map((item) => item.trim()) : [field ?? '']) {
    const address = canonicalAddress(text)
    if (address === undefined) return wrong(`${quote(text)} in ${name} is not an IP address`)
    addresses.push(address)
  }
  addresses.sort((a, b) => (familyOf(a) < familyOf(b) ? -1 : familyOf(a) > familyOf(b) ? 1 : 0))
  const [first = '', second, third] = addresses
  if (third !== undefined)
    return wrong(`${name} names ${addresses.length} addresses; a Service can have one of each family`)
  if (second !== undefined && familyOf(first) === familyOf(second))
    return wrong(`${both(addresses)} in ${name} are of one family; a Service can have one of each`)
  return { addresses }
}

const wrong = (problem: string): Request => ({ addresses: [], problem })
