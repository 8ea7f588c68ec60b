import type { NeighborConfig, SpeakerConfig } from './config.ts'
import { CAPABILITY_CODE, FEATURES } from './fsm/index.ts'
import { AS_TRANS, FAMILIES, type Family, familyOf, parseAddress } from './wire/index.ts'

/** What is wrong with a configuration: everything at once, each with the name of its field, never with a secret. */

export interface ConfigProblem {
  readonly field: string
  readonly problem: string
}

/** The configuration cannot be used; `problems` names every field that is wrong. */
export class ConfigError extends TypeError {
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ field, problem }) => `${field}: ${problem}`).join('; '))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

type Check = readonly [field: string, problem: string | undefined]

/** @throws ConfigError */
export function checkSpeakerConfig(config: SpeakerConfig): void {
  const listen = config.listen === undefined || config.listen === 'none' ? [] : config.listen
  raise([
    ['asn', asnProblem(config.asn)],
    ['routerId', routerIdProblem(config.routerId)],
    ['hostname', octetsProblem(config.hostname, 64)],
    ['domain', octetsProblem(config.domain, 64)],
    ['softwareVersion', octetsProblem(config.softwareVersion, 64)],
    ...listen.flatMap(({ address, port }, i): Check[] => [
      [`listen[${i}].address`, addressProblem(address)],
      [`listen[${i}].port`, rangeProblem(port, 1, 65535)],
    ]),
  ])
}

/** @throws ConfigError */
export function checkNeighborConfig(config: NeighborConfig): void {
  raise(neighborChecks(config))
}

function neighborChecks(config: NeighborConfig): Check[] {
  return [
    ['address', addressProblem(config.address)],
    ['asn', asnProblem(config.asn)],
    ['localAsn', optional(config.localAsn, asnProblem)],
    ['routerId', optional(config.routerId, routerIdProblem)],
    ['port', optional(config.port, (port) => rangeProblem(port, 1, 65535))],
    ['holdTime', optional(config.holdTime, holdTimeProblem)],
    ['keepaliveTime', optional(config.keepaliveTime, (time) => rangeProblem(time, 1, 65535))],
    ['connectRetryTime', optional(config.connectRetryTime, (time) => rangeProblem(time, 1, 65535))],
    ['delayOpenTime', optional(config.delayOpenTime, (time) => rangeProblem(time, 0, 65535))],
    ['password', octetsProblem(config.password, 80)],
    ['sourceAddress', optional(config.sourceAddress, (source) => sourceProblem(source, config.address))],
    ['ttl', optional(config.ttl, (ttl) => rangeProblem(ttl, 1, 255))],
    ['ttlSecurity', optional(config.ttlSecurity, (hops) => rangeProblem(hops, 1, 254))],
    [
      'ttl',
      config.ttl !== undefined && config.ttlSecurity !== undefined ? 'ttlSecurity sets it to 255' : undefined,
    ],
    ['families', optional(config.families, familiesProblem)],
    ...capabilityChecks(config),
    ...perFamily('addPath', config.addPath, (mode) =>
      ['receive', 'send', 'both'].includes(mode) ? undefined : 'must be receive, send or both',
    ),
    ...perFamily('nextHop', config.nextHop, addressProblem),
    ...perFamily('maxPrefixes', config.maxPrefixes, (limit) => rangeProblem(limit, 1, 0xffff_ffff)),
    [
      'gracefulRestart.restartTime',
      optional(config.gracefulRestart?.restartTime, (time) => rangeProblem(time, 0, 4095)),
    ],
  ]
}

function capabilityChecks({ capabilities = {}, families, address }: NeighborConfig): Check[] {
  const names = Object.keys(capabilities).filter((name) => !Object.hasOwn(CAPABILITY_CODE, name))
  const unknown = names.map((name): Check => [`capabilities.${name}`, `not one of ${FEATURES.join(', ')}`])
  const needed = (families ?? [familyOf(address)]).some((family) => family !== 'ipv4')
  const lacking = needed && capabilities.multiprotocol === false
  return [...unknown, ['capabilities.multiprotocol', lacking ? 'IPv6 routes need it (RFC 4760)' : undefined]]
}

function perFamily<T>(
  field: string,
  values: Readonly<Partial<Record<Family, T>>> | undefined,
  check: (value: T) => string | undefined,
): Check[] {
  return Object.entries(values ?? {}).map(([family, value]) => [
    `${field}.${family}`,
    FAMILIES.some((known) => known === family) ? optional(value as T, check) : 'not one of ipv4, ipv6',
  ])
}

function raise(checks: readonly Check[]): void {
  const problems = checks.flatMap(([field, problem]) => (problem === undefined ? [] : [{ field, problem }]))
  if (problems.length > 0) throw new ConfigError(problems)
}

function optional<T>(value: T | undefined, check: (value: T) => string | undefined): string | undefined {
  return value === undefined ? undefined : check(value)
}

function asnProblem(asn: number): string | undefined {
  if (asn === AS_TRANS) return `${AS_TRANS} is AS_TRANS and nobody's number (RFC 6793)`
  return rangeProblem(asn, 1, 0xffff_ffff)
}

/** RFC 4271 section 4.2: zero, or at least three seconds. */
function holdTimeProblem(seconds: number): string | undefined {
  return seconds === 0 ? undefined : rangeProblem(seconds, 3, 65535, ', or 0 for no hold timer')
}

/** RFC 6286 section 2.1: any 4 octets but zero. */
function routerIdProblem(text: string): string | undefined {
  const octets = parseAddress(text)
  if (octets?.length !== 4) return `${text} is not of the form a.b.c.d`
  return octets.some((octet) => octet !== 0) ? undefined : '0.0.0.0 is not allowed (RFC 6286)'
}

function addressProblem(text: string): string | undefined {
  const [host = ''] = text.split('%')
  return parseAddress(host) === undefined ? `${text} is not an IP address` : undefined
}

function sourceProblem(source: string, address: string): string | undefined {
  const problem = addressProblem(source)
  if (problem !== undefined) return problem
  return familyOf(source) === familyOf(address) ? undefined : `${source} is not of the family of ${address}`
}

function familiesProblem(families: readonly string[]): string | undefined {
  if (families.length === 0) return 'at least one of ipv4, ipv6'
  const unknown = families.filter((family) => !FAMILIES.some((known) => known === family))
  return unknown.length === 0 ? undefined : `${unknown.join(', ')}: not one of ipv4, ipv6`
}

/** Says how long, never what: it may be a password. */
function octetsProblem(text: string | undefined, most: number): string | undefined {
  if (text === undefined) return undefined
  const octets = new TextEncoder().encode(text).length
  return octets >= 1 && octets <= most ? undefined : `${octets} octets, must be 1..${most}`
}

function rangeProblem(value: number, least: number, most: number, or = ''): string | undefined {
  const fits = Number.isInteger(value) && value >= least && value <= most
  return fits ? undefined : `${value} is not an integer in ${least}..${most}${or}`
}
