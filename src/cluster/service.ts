/** v1 Service: what an announcement depends on. The addresses are those its status holds. */
import * as z from 'zod'
import { quote } from './diagnostics.ts'
import { canonicalAddress } from './intervals.ts'
import { theirs } from './object-schema.ts'
import type { Path } from './objects.ts'
import type { Report } from './report.ts'
import { itemsOf, list, readStructure, text } from './structure.ts'
import { nearest } from './suggest.ts'
import type { Labels, Service } from './types.ts'

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
  const annotations = raw.metadata?.annotations ?? {}
  checkAnnotations(annotations, report)
  return {
    namespace: id.namespace,
    name: id.name,
    labels: raw.metadata?.labels ?? {},
    annotations,
    type: raw.spec?.type ?? 'ClusterIP',
    ...(raw.spec?.loadBalancerClass && { loadBalancerClass: raw.spec.loadBalancerClass }),
    externalTrafficPolicy: raw.spec?.externalTrafficPolicy ?? 'Cluster',
    ...readAddresses(raw, report),
    ...readAllocation(raw),
    ...readCondition(raw),
  }
}

/** What addresses are allocated by. */
function readAllocation({ spec }: RawService) {
  const given = [...itemsOf(spec?.clusterIPs)].map(([, text]) => text)
  const clusterIPs = given.length > 0 ? given : spec?.clusterIP ? [spec.clusterIP] : []
  return {
    clusterIPs: clusterIPs.flatMap((text) => canonicalAddress(text) ?? []),
    ipFamilyPolicy: spec?.ipFamilyPolicy ?? 'SingleStack',
    ipFamilies: [...itemsOf(spec?.ipFamilies)].map(([, name]) => (name === 'IPv6' ? 'ipv6' : 'ipv4')),
    ...(spec?.loadBalancerIP && { loadBalancerIP: spec.loadBalancerIP }),
    ports: [...itemsOf(spec?.ports)].map(([, { protocol, port }]) => ({ protocol: protocol || 'TCP', port })),
    selector: Object.entries(spec?.selector ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(','),
  } as const
}

/** Kept by oyez in the Service's status, so that `kubectl describe` tells why nobody announces it. */
export const ANNOUNCED_CONDITION = 'oyez.io/Announced'

function readCondition({ status }: RawService): Pick<Service, 'announcedCondition'> {
  for (const [, { type, status: value, reason, message }] of itemsOf(status?.conditions)) {
    if (type !== ANNOUNCED_CONDITION) continue
    const known = value === 'True' ? 'True' : 'False'
    return { announcedCondition: { status: known, reason: reason ?? '', message: message ?? '' } }
  }
  return {}
}

export const INGRESS: Path = ['status', 'loadBalancer', 'ingress']

function readAddresses(raw: RawService, report: Report): Pick<Service, 'addresses' | 'invalidAddresses'> {
  const addresses = new Set<string>()
  const invalidAddresses: string[] = []
  for (const [at, { ip }] of itemsOf(raw.status?.loadBalancer?.ingress)) {
    if (ip === undefined || ip === null || ip === '') continue
    const address = canonicalAddress(ip)
    if (address !== undefined) addresses.add(address)
    else {
      invalidAddresses.push(ip)
      const message = `${quote(ip)} is not an IP address, so the service is not announced`
      report.warning(
        'InvalidAddress',
        [...INGRESS, at, 'ip'],
        message,
        'correct status.loadBalancer of the Service',
      )
    }
  }
  return { addresses: [...addresses], invalidAddresses }
}

const PREFIX = 'metallb.io/'
const OLD_PREFIX = 'metallb.universe.tf/'
const ANNOTATIONS = ['loadBalancerIPs', 'address-pool', 'allow-shared-ip', 'ip-allocated-from-pool']

/** An annotation nobody reads is only a wish: the name is told, the service goes on. */
function checkAnnotations(annotations: Labels, report: Report): void {
  for (const key of Object.keys(annotations)) {
    const prefix = [PREFIX, OLD_PREFIX].find((start) => key.startsWith(start))
    if (prefix === undefined) continue
    const path = ['metadata', 'annotations', key]
    const name = key.slice(prefix.length)
    if (!ANNOTATIONS.includes(name)) {
      const meant = nearest(name, ANNOTATIONS)
      const hint =
        meant === undefined ? `known: ${ANNOTATIONS.join(', ')}` : `did you mean "${PREFIX}${meant}"?`
      report.warning('UnknownAnnotation', path, `${quote(key)} is not a known annotation`, hint)
    } else if (prefix === OLD_PREFIX)
      report.warning(
        'DeprecatedAnnotation',
        path,
        `${quote(key)} is deprecated`,
        `write ${quote(PREFIX + name)}`,
      )
  }
}
