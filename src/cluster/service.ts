/** v1 Service: what an announcement depends on. The addresses are those its status holds. */
import * as z from 'zod'
import type { Family } from '../../bgp/wire/index.ts'
import { quote } from './diagnostics.ts'
import { Interned, interned } from './intern.ts'
import { canonicalAddress } from './intervals.ts'
import { theirs } from './object-schema.ts'
import type { Path } from './objects.ts'
import type { Report } from './report.ts'
import { identical } from './share.ts'
import { list, present, readStructure, text } from './structure.ts'
import { nearest } from './suggest.ts'
import type { Labels, Service, ServicePort } from './types.ts'

const schema = theirs({
  spec: z
    .object({
      type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).nullish(),
      loadBalancerClass: text,
      externalTrafficPolicy: z.enum(['Cluster', 'Local']).nullish(),
      clusterIP: text,
      clusterIPs: list(z.string()).nullish(),
      ipFamilyPolicy: z.enum(['SingleStack', 'PreferDualStack', 'RequireDualStack']).nullish(),
      ipFamilies: list(z.enum(['IPv4', 'IPv6'])).nullish(),
      loadBalancerIP: text,
      ports: list(z.object({ protocol: text, port: z.number() })).nullish(),
      selector: z.record(z.string(), z.string()).nullish(),
    })
    .nullish(),
  status: z
    .object({
      loadBalancer: z.object({ ingress: list(z.object({ ip: text })).nullish() }).nullish(),
      conditions: list(z.object({ type: text, status: text, reason: text, message: text })).nullish(),
    })
    .nullish(),
})

type RawService = z.output<typeof schema>

export function parseService(
  value: unknown,
  report: Report,
  id: { readonly namespace: string; readonly name: string },
): Service | undefined {
  const raw = readStructure(schema, value, report)
  if (raw === undefined) return undefined
  const { metadata, spec, status } = raw
  const service: Draft = {
    namespace: interned(id.namespace),
    name: id.name,
    labels: metadata?.labels ?? NO_LABELS,
    annotations: readAnnotations(metadata?.annotations, report),
    type: spec?.type ?? 'ClusterIP',
    externalTrafficPolicy: spec?.externalTrafficPolicy ?? 'Cluster',
    addresses: NO_TEXTS,
    invalidAddresses: NO_TEXTS,
    clusterIPs: readClusterIPs(spec),
    ipFamilyPolicy: spec?.ipFamilyPolicy ?? 'SingleStack',
    ipFamilies: readFamilies(spec?.ipFamilies),
    ports: readPorts(spec?.ports),
    selector: readSelector(spec?.selector),
  }
  readAddresses(status, service, report)
  if (spec?.loadBalancerClass) service.loadBalancerClass = interned(spec.loadBalancerClass)
  if (spec?.loadBalancerIP) service.loadBalancerIP = spec.loadBalancerIP
  readCondition(status, service)
  return service
}

type Draft = { -readonly [Field in keyof Service]: Service[Field] }
type Spec = RawService['spec']
type Status = RawService['status']

/** What most services have in common is there once. */
const NO_LABELS: Labels = {}
const NO_TEXTS: readonly string[] = []
const FAMILIES: readonly (readonly Family[])[] = [[], ['ipv4'], ['ipv6'], ['ipv4', 'ipv6'], ['ipv6', 'ipv4']]
const portLists = new Interned<readonly ServicePort[]>()

function readClusterIPs(spec: Spec): readonly string[] {
  const given = spec?.clusterIPs?.length ? spec.clusterIPs : [spec?.clusterIP ?? undefined]
  return present(given.map((text) => (text === undefined ? undefined : canonicalAddress(text))))
}

function readFamilies(raw: NonNullable<Spec>['ipFamilies']): readonly Family[] {
  const families = present(raw).map((name): Family => (name === 'IPv6' ? 'ipv6' : 'ipv4'))
  return FAMILIES.find((known) => identical<Family>(known, families)) ?? families
}

/** Most services have one of a few lists of ports. The text says how long each protocol is, so it is no other's. */
function readPorts(raw: NonNullable<Spec>['ports']): readonly ServicePort[] {
  const given = present(raw)
  const text = given.map(({ protocol, port }) => `${port} ${protocol?.length} ${protocol}`).join()
  return portLists.one(text, () =>
    given.map(({ protocol, port }) => ({ protocol: interned(protocol || 'TCP'), port })),
  )
}

function readSelector(raw: Labels | null | undefined): string {
  const pairs: string[] = []
  for (const key in raw ?? {}) pairs.push(`${key}=${raw?.[key]}`)
  return pairs.sort().join(',')
}

/** Kept by oyez in the Service's status, so that `kubectl describe` tells why nobody announces it. */
export const ANNOUNCED_CONDITION = 'oyez.io/Announced'

function readCondition(status: Status, into: Draft): void {
  for (const condition of status?.conditions ?? []) {
    if (condition?.type !== ANNOUNCED_CONDITION) continue
    const { status: value, reason, message } = condition
    const known = value === 'True' ? 'True' : 'False'
    into.announcedCondition = { status: known, reason: reason ?? '', message: message ?? '' }
    return
  }
}

export const INGRESS: Path = ['status', 'loadBalancer', 'ingress']

function readAddresses(status: Status, into: Draft, report: Report): void {
  const addresses = new Set<string>()
  const invalid: string[] = []
  for (const [at, item] of (status?.loadBalancer?.ingress ?? []).entries()) {
    if (!item?.ip) continue
    const address = canonicalAddress(item.ip)
    if (address !== undefined) addresses.add(address)
    else {
      invalid.push(item.ip)
      const message = `${quote(item.ip)} is not an IP address, so the service is not announced`
      const hint = 'correct status.loadBalancer of the Service'
      report.warning('InvalidAddress', [...INGRESS, at, 'ip'], message, hint)
    }
  }
  if (addresses.size > 0) into.addresses = Array.from(addresses)
  if (invalid.length > 0) into.invalidAddresses = invalid
}

const PREFIX = 'metallb.io/'
const OLD_PREFIX = 'metallb.universe.tf/'
const OYEZ_PREFIX = 'oyez.io/'
const ANNOTATIONS = ['loadBalancerIPs', 'address-pool', 'allow-shared-ip', 'ip-allocated-from-pool']

/** Only those that are ours to read: others may be long (what kubectl last applied), and change without a reason. */
function readAnnotations(raw: Labels | null | undefined, report: Report): Labels {
  let kept: Record<string, string> | undefined
  for (const key in raw ?? {}) {
    if (!key.startsWith(PREFIX) && !key.startsWith(OLD_PREFIX) && !key.startsWith(OYEZ_PREFIX)) continue
    kept ??= {}
    kept[key] = (raw as Labels)[key] as string
    checkAnnotation(key, report)
  }
  return kept ?? NO_LABELS
}

/** An annotation nobody reads is only a wish: the name is told, the service goes on. */
function checkAnnotation(key: string, report: Report): void {
  const prefix = [PREFIX, OLD_PREFIX].find((start) => key.startsWith(start))
  if (prefix === undefined) return
  const path = ['metadata', 'annotations', key]
  const name = key.slice(prefix.length)
  if (!ANNOTATIONS.includes(name)) {
    const meant = nearest(name, ANNOTATIONS)
    const hint =
      meant === undefined ? `known: ${ANNOTATIONS.join(', ')}` : `did you mean "${PREFIX}${meant}"?`
    report.warning('UnknownAnnotation', path, `${quote(key)} is not a known annotation`, hint)
  } else if (prefix === OLD_PREFIX) {
    const hint = `write ${quote(PREFIX + name)}`
    report.warning('DeprecatedAnnotation', path, `${quote(key)} is deprecated`, hint)
  }
}
