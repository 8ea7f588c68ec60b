/**
 * What a living MetalLB says of itself: its ServiceBGPStatus objects (since 0.15), which hold what each speaker means
 * to announce. They are read as anything from outside: what is not of the right shape is passed over.
 */
import type { MetallbAnnouncement } from './types.ts'

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** Undefined: this is no ServiceBGPStatus that says anything. */
export function readAnnouncement(value: unknown): MetallbAnnouncement | undefined {
  const { node, serviceName, serviceNamespace, peers } = fieldsOf(fieldsOf(value).status)
  if (!isText(node) || !isText(serviceName) || !isText(serviceNamespace)) return undefined
  const names = Array.isArray(peers) ? peers.filter(isText) : []
  return { service: `${serviceNamespace}/${serviceName}`, node, peers: names.sort() }
}
