/** discovery.k8s.io/v1 EndpointSlice: where a service's pods are and whether they can be used. */
import * as z from 'zod'
import { Interned, interned } from './intern.ts'
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
    endpoints: endpointsOf(present(raw.endpoints)),
  }
}

type RawEndpoint = z.output<typeof endpoint>

const known = { one: new Interned<Endpoint>(), all: new Interned<readonly Endpoint[]>() }

/**
 * Pods come and go, but their places are few: equal endpoints are one object, and mostly equal lists one list. A pod
 * that was replaced by another on the same node makes no difference at all.
 */
function endpointsOf(raw: readonly RawEndpoint[]): readonly Endpoint[] {
  const texts = raw.map(textOf)
  const all = () => raw.map((one, at) => known.one.one(texts[at] as string, () => endpointOf(one)))
  return texts.length <= MOST_SHARED ? known.all.one(texts.join(), all) : all()
}

/** Lists that are longer repeat too seldom to be worth their text. */
const MOST_SHARED = 8

/** Says where the name ends, so that no name can pass for more than a name. */
function textOf({ addresses, nodeName, conditions }: RawEndpoint): string {
  const name = nodeName ?? ''
  return `${present(addresses).length > 0} ${conditions?.ready ?? ''} ${conditions?.serving ?? ''} ${name.length} ${name}`
}

function endpointOf({ addresses, nodeName, conditions }: RawEndpoint): Endpoint {
  const ready = conditions?.ready ?? undefined
  const serving = conditions?.serving ?? undefined
  return {
    hasAddress: present(addresses).length > 0,
    ...(nodeName && { nodeName }),
    ...(ready !== undefined && { ready }),
    ...(serving !== undefined && { serving }),
  }
}
