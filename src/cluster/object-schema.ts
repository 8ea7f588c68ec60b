/**
 * What all objects have in common. An object of metallb.io is strict: a field nobody reads is a mistake somebody
 * waits for in vain. Objects of Kubernetes itself are not ours: their other fields are passed over in silence.
 */
import * as z from 'zod'
import { textMap } from './structure.ts'

const metadata = z.object({ labels: textMap, annotations: textMap }).nullish()

/** A metallb.io object with this spec. */
export const ours = <S extends z.ZodType>(spec: S) =>
  z.strictObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata,
    spec: spec.nullish(),
    status: z.unknown().optional(),
  })

/** A Kubernetes object of which these parts are read. */
export const theirs = <S extends z.ZodRawShape>(parts: S) => z.object({ metadata, ...parts })
