/**
 * What of an object goes on: everything but what nobody decides by and everybody carries along. Items of a list leave
 * out what they are; it is said here.
 */
import type { RawObject } from '../../cluster/index.ts'
import type { KubeObject } from './reflector.ts'

const NOWHERE: RawObject['origin'] = { locate: () => ({}) }
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

export function rawOf(object: KubeObject, apiVersion: string, kind: string): RawObject {
  const { managedFields: _, ...metadata } = object.metadata as Readonly<Record<string, unknown>>
  const annotations = metadata.annotations as Readonly<Record<string, unknown>> | undefined
  if (annotations?.[LAST_APPLIED] === undefined)
    return { value: { ...object, apiVersion, kind, metadata }, origin: NOWHERE }
  const { [LAST_APPLIED]: __, ...rest } = annotations
  return {
    value: { ...object, apiVersion, kind, metadata: { ...metadata, annotations: rest } },
    origin: NOWHERE,
  }
}
