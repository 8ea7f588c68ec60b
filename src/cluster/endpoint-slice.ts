/** discovery.k8s.io/v1 EndpointSlice: where a service's pods are and whether they can be used. */
import * as z from 'zod'
import { theirs } from './object-schema.ts'
import type { Report } from './report.ts'
import { flag, itemsOf, list, readStructure, text, texts } from './structure.ts'
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
  const endpoints = [...itemsOf(raw.endpoints)].map(([, item]) => endpointOf(item))
  return { ...id, serviceName: raw.metadata?.labels?.[SERVICE_NAME] ?? '', endpoints }
}

function endpointOf({ addresses, nodeName, conditions }: z.output<typeof endpoint>): Endpoint {
  const ready = conditions?.ready ?? undefined
  const serving = conditions?.serving ?? undefined
  return {
    addresses: [...itemsOf(addresses)].map(([, address]) => address),
    ...(nodeName && { nodeName }),
    ...(ready !== undefined && { ready }),
    ...(serving !== undefined && { serving }),
  }
}
