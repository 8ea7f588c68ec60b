import type { NeighborConfig, SpeakerConfig } from './config.ts'
import { checkNeighborConfig } from './config-checks.ts'
import { CONNECT_RETRY_SECONDS, FEATURES, type Feature, type Offer } from './fsm/index.ts'
import type { Endpoint, TransportOptions } from './network.ts'
import { type Asn, FAMILIES, type Family, familyOf, formatAddress, parseAddress } from './wire/index.ts'

/** What a configuration becomes once checked: strict, complete, every default filled in. */

/** A configured neighbor, checked. */
export interface NeighborSettings {
  readonly endpoint: Endpoint
  readonly asn: Asn
  readonly ebgp: boolean
  readonly offer: Offer
  readonly connectRetryTime: number
  readonly delayOpenMs: number
  readonly passive: boolean
  readonly transport: TransportOptions
  readonly nextHops: Readonly<Partial<Record<Family, string>>>
  readonly extendedPacking: boolean
  readonly maxPrefixes: Readonly<Partial<Record<Family, number>>>
  readonly description?: string
}

/** @throws ConfigError */
export function checkNeighbor(config: NeighborConfig, speaker: SpeakerConfig): NeighborSettings {
  checkNeighborConfig(config)
  const localAsn = config.localAsn ?? speaker.asn
  const { passive = false, delayOpenTime = 0, connectRetryTime = CONNECT_RETRY_SECONDS, description } = config
  return {
    endpoint: { address: canonicalAddress(config.address), port: config.port ?? 179 },
    asn: config.asn,
    ebgp: config.asn !== localAsn,
    offer: offerOf(config, speaker, localAsn),
    connectRetryTime,
    delayOpenMs: delayOpenTime * 1000,
    passive,
    transport: transportOf(config),
    nextHops: config.nextHop ?? {},
    extendedPacking: config.extendedPacking ?? false,
    maxPrefixes: config.maxPrefixes ?? {},
    ...(description !== undefined && { description }),
  }
}

/** One spelling per address, whatever the user or the kernel wrote: IPv4-mapped becomes IPv4, a zone stays. */
export function canonicalAddress(text: string): string {
  const [host = '', zone] = text.split('%')
  const octets = parseAddress(
    host.toLowerCase().startsWith('::ffff:') && host.includes('.') ? host.slice(7) : host,
  )
  if (octets === undefined) return text
  return formatAddress(octets) + (zone === undefined ? '' : `%${zone}`)
}

function offerOf(config: NeighborConfig, speaker: SpeakerConfig, asn: Asn): Offer {
  const families = FAMILIES.filter((family) =>
    (config.families ?? [familyOf(config.address)]).includes(family),
  )
  const { keepaliveTime } = config
  const { hostname, domain, softwareVersion } = speaker
  return {
    asn,
    routerId: config.routerId ?? speaker.routerId,
    holdTime: config.holdTime ?? 90,
    ...(keepaliveTime !== undefined && { keepaliveTime }),
    families,
    features: featuresOf(config, families, config.asn !== asn),
    addPath: config.addPath ?? {},
    gracefulRestart: config.gracefulRestart ?? { restartTime: 0, restarting: false, families: [] },
    ...(hostname !== undefined && { hostname }),
    ...(domain !== undefined && { domain }),
    ...(softwareVersion !== undefined && { softwareVersion }),
  }
}

/** Who we are and what we run is nobody's business across an AS border unless someone says so. */
function featuresOf(
  config: NeighborConfig,
  families: readonly Family[],
  ebgp: boolean,
): ReadonlySet<Feature> {
  const byDefault: Partial<Record<Feature, boolean>> = {
    fqdn: !ebgp,
    softwareVersion: !ebgp,
    extendedNextHop: familyOf(config.address) === 'ipv6' && families.includes('ipv4'),
  }
  return new Set(FEATURES.filter((feature) => config.capabilities?.[feature] ?? byDefault[feature] ?? true))
}

function transportOf({
  password,
  sourceAddress,
  device,
  ttl,
  ttlSecurity,
}: NeighborConfig): TransportOptions {
  return {
    ...(password !== undefined && { password }),
    ...(sourceAddress !== undefined && { sourceAddress }),
    ...(device !== undefined && { device }),
    ...(ttl !== undefined && { ttl }),
    ...(ttlSecurity !== undefined && { ttl: 255, minTtl: 256 - ttlSecurity }),
  }
}
