/** The fields of metallb.io BGPPeer, v1beta2 and the deprecated v1beta1. */
import * as z from 'zod'
import { ours } from './object-schema.ts'
import { selectorsSchema } from './selector-rules.ts'
import { type FieldHints, flag, integer, text } from './structure.ts'

const asn = integer(0, 4_294_967_295).nullish()

const both = {
  myASN: asn,
  peerASN: asn,
  peerAddress: text,
  sourceAddress: text,
  peerPort: integer(0, 65_535).nullish(),
  holdTime: text,
  keepaliveTime: text,
  routerID: text,
  nodeSelectors: selectorsSchema,
  password: text,
  bfdProfile: text,
  ebgpMultiHop: flag,
}

const newer = {
  dynamicASN: z.enum(['internal', 'external']).nullish(),
  localASN: integer(1, 4_294_967_295).nullish(),
  interface: text,
  connectTime: text,
  passwordSecret: z.strictObject({ name: text, namespace: text }).nullish(),
  enableGracefulRestart: flag,
  vrf: text,
  disableMP: flag,
  dualStackAddressFamily: flag,
}

const v1beta2 = z.strictObject({ ...both, ...newer })

export type PeerSpec = z.output<typeof v1beta2>

export const peerSchemas = { v1beta1: ours(z.strictObject(both)), v1beta2: ours(v1beta2) }

export const v1beta1Hints: FieldHints = (field) =>
  Object.hasOwn(newer, field)
    ? `metallb.io/v1beta2 has it: change apiVersion to metallb.io/v1beta2`
    : undefined
