import type { Capability } from './capability.ts'
import { familyName } from './family.ts'

/** RFC 9234 section 4.1, by number. */
const ROLE_NAMES: readonly string[] = ['provider', 'rs', 'rs-client', 'customer', 'peer']

/** What a capability says besides its name, for people; empty where the name says all. */
export function capabilityDetail(capability: Capability): string {
  switch (capability.type) {
    case 'multiprotocol':
      return familyName(capability)
    case 'as4':
      return String(capability.asn)
    case 'extendedNextHop':
      return capability.families.map((one) => `${familyName(one)} over afi ${one.nextHopAfi}`).join(', ')
    case 'role':
      return ROLE_NAMES[capability.role] ?? String(capability.role)
    case 'gracefulRestart':
      return gracefulRestartText(capability)
    case 'addPath':
      return capability.families.map((one) => `${familyName(one)} ${one.direction}`).join(', ')
    case 'longLivedGracefulRestart':
      return capability.families.map((one) => `${familyName(one)} ${one.staleTime} s`).join(', ')
    case 'fqdn':
      return [capability.hostname, capability.domain].filter(Boolean).join('.')
    case 'softwareVersion':
      return capability.version
    case 'unknown':
      return capability.value
    case 'routeRefresh':
    case 'extendedMessages':
    case 'enhancedRefresh':
      return ''
  }
}

function gracefulRestartText(capability: Extract<Capability, { type: 'gracefulRestart' }>): string {
  const families = capability.families.map(
    (one) => familyName(one) + (one.forwarding ? ' (forwarding kept)' : ''),
  )
  const flags = [
    capability.restarting ? 'restarting' : '',
    capability.notification ? 'also over NOTIFICATION' : '',
  ]
  return [`${capability.restartTime} s`, ...flags, ...families].filter(Boolean).join(', ')
}
