/** discovery.k8s.io/v1 EndpointSlice: where a service's pods are and whether they can be used. */
import * as z from 'zod'
import { interned } from './intern.ts'
import { theirs } from './object-schema.ts'
import type { Report } from './report.ts'
import { flag, list, present, readStructure, text, texts } from './structure.ts'
import type { Endpoint, EndpointSlice } from './types.ts'

const endpoint = z.object({
  addresses: texts,
  nodeName: text,
  conditions: z.object({ ready: flag, serving: flag }).nullish(),
})

const schema = theirs({ endpoints: list(endpoint).nullish() })

const SERVICE_NAME = 'kubernetes.io/service-name'

/** A slice without the service-name label belongs to no service: its serviceName is empty. */
export function parseEndpointSlice(
  value: unknown,
  report: Report,
  id: { readonly namespace: string; readonly name: string },
): EndpointSlice | undefined {
  const raw = readStructure(schema, value, report)
  if (raw === undefined) return undefined
  return {
    namespace: interned(id.namespace),
    name: id.name,
    serviceName: raw.metadata?.labels?.[SERVICE_NAME] ?? '',
    endpoints: present(raw.endpoints).map(endpointOf),
  }
}

function endpointOf(raw: z.output<typeof endpoint>): Endpoint {
  const addresses = present(raw.addresses)
  const nodeName = raw.nodeName ? interned(raw.nodeName) : undefined
  const ready = raw.conditions?.ready ?? undefined
  const serving = raw.conditions?.serving ?? undefined
  // In one piece where nothing is missing, as is usual: objects that grow take more memory, and there are many.
  if (nodeName !== undefined && ready !== undefined && serving !== undefined)
    return { addresses, nodeName, ready, serving }
  return {
    addresses,
    ...(nodeName !== undefined && { nodeName }),
    ...(ready !== undefined && { ready }),
    ...(serving !== undefined && { serving }),
  }
}
