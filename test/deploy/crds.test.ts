/**
 * The CRDs and the parser say the same: each field that the parser reads is in the schema and the other way round,
 * with the same type, the same choices, the same limits and the same defaults.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { bfdProfileSchema } from '../../src/cluster/bfd-profile.ts'
import { bgpAdvertisementSchema } from '../../src/cluster/bgp-advertisement.ts'
import { communitySchema } from '../../src/cluster/community.ts'
import { parseObjects } from '../../src/cluster/index.ts'
import { METALLB_KINDS, STATUS_KINDS } from '../../src/cluster/kinds.ts'
import { l2AdvertisementSchema } from '../../src/cluster/l2-advertisement.ts'
import { peerSchemas } from '../../src/cluster/peer-schema.ts'
import { poolSchema } from '../../src/cluster/pool.ts'
import { raws } from '../support/raw-objects.ts'

const FOLDER = new URL('../../deploy/crds/', import.meta.url)

interface Schema {
  readonly type: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: Schema
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly default?: unknown
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message?: string }[]
}

interface Version {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly deprecated?: boolean
  readonly subresources: unknown
  readonly additionalPrinterColumns?: readonly { readonly name: string }[]
  readonly schema: { readonly openAPIV3Schema: Schema }
}

interface Crd {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly group: string
    readonly scope: string
    readonly names: { readonly kind: string; readonly plural: string }
    readonly versions: readonly Version[]
  }
}

const FILES = readdirSync(FOLDER).filter((name) => name !== 'kustomization.yaml')
const CRDS = FILES.map((name): Crd => parse(readFileSync(new URL(name, FOLDER), 'utf8')))
const byKind = new Map(CRDS.map((crd) => [crd.spec.names.kind, crd]))

function schemaOf(kind: string, version: string): Schema {
  const found = byKind.get(kind)?.spec.versions.find(({ name }) => name === version)
  if (found === undefined) throw new Error(`there is no ${kind} ${version}`)
  return found.schema.openAPIV3Schema
}

const PARSED: readonly (readonly [string, string, z.ZodType])[] = [
  ['IPAddressPool', 'v1beta1', poolSchema],
  ['BGPPeer', 'v1beta1', peerSchemas.v1beta1],
  ['BGPPeer', 'v1beta2', peerSchemas.v1beta2],
  ['BGPAdvertisement', 'v1beta1', bgpAdvertisementSchema],
  ['L2Advertisement', 'v1beta1', l2AdvertisementSchema],
  ['Community', 'v1beta1', communitySchema],
  ['BFDProfile', 'v1beta1', bfdProfileSchema],
]

test('every kind has its CRD, and kustomize knows all of them', () => {
  expect([...byKind.keys()].sort()).toEqual([...new Set([...METALLB_KINDS, ...STATUS_KINDS])].sort())
  const { resources } = parse(readFileSync(new URL('kustomization.yaml', FOLDER), 'utf8'))
  expect(resources).toEqual(FILES)
  for (const { metadata, spec } of CRDS) {
    expect(metadata.name).toBe(`${spec.names.plural}.${spec.group}`)
    expect([spec.group, spec.scope]).toEqual(['metallb.io', 'Namespaced'])
    expect(spec.versions.filter(({ storage }) => storage)).toHaveLength(1)
    for (const version of spec.versions)
      expect(version).toMatchObject({ served: true, subresources: { status: {} } })
  }
})

test('peers are stored as v1beta2, which is named first; v1beta1 is deprecated as MetalLB says it', () => {
  expect(byKind.get('BGPPeer')?.spec.versions).toMatchObject([
    { name: 'v1beta2', storage: true },
    { name: 'v1beta1', storage: false, deprecationWarning: 'v1beta1 is deprecated, please use v1beta2' },
  ])
})

test('the columns are those that people know', () => {
  const columns = CRDS.flatMap(({ spec }) => {
    const { additionalPrinterColumns = [] } = spec.versions[0] ?? {}
    return [[spec.names.kind, additionalPrinterColumns.map(({ name }) => name).join()]]
  })
  expect(Object.fromEntries(columns)).toEqual({
    BFDProfile: 'Passive Mode,Transmit Interval,Receive Interval,Multiplier',
    BGPAdvertisement: 'IPAddressPools,IPAddressPool Selectors,Peers,Node Selectors',
    BGPPeer: 'Address,ASN,BFD Profile,Multi Hops',
    Community: '',
    ConfigurationState: 'Result,ErrorSummary,Age',
    IPAddressPool: 'Auto Assign,Avoid Buggy IPs,Addresses',
    L2Advertisement: 'IPAddressPools,IPAddressPool Selectors,Interfaces,Node Selectors',
    ServiceBGPStatus: 'Node,Service Name,Service Namespace',
    ServiceL2Status: 'Allocated Node,Service Name,Service Namespace',
  })
})

test.each(PARSED)('%s %s: the same fields, types and choices', (kind, version, zod) => {
  const spec = (bare(zod) as z.ZodObject).shape.spec
  expect(shapeOfSchema(schemaOf(kind, version).properties?.spec)).toEqual(shapeOfZod(spec))
})

function bare(schema: unknown): unknown {
  let here = schema
  while (here instanceof z.ZodOptional || here instanceof z.ZodNullable) here = here.unwrap()
  return here
}

function shapeOfZod(zod: unknown): unknown {
  const here = bare(zod)
  if (here instanceof z.ZodObject)
    return Object.fromEntries(
      Object.entries(here.shape)
        .map(([name, field]) => [name, shapeOfZod(field)])
        .sort(),
    )
  if (here instanceof z.ZodArray) return [shapeOfZod(here.element)]
  if (here instanceof z.ZodRecord) return { '*': shapeOfZod(here.valueType) }
  if (here instanceof z.ZodEnum) return [...here.options].sort().join('|')
  if (here instanceof z.ZodString) return 'string'
  if (here instanceof z.ZodBoolean) return 'boolean'
  if (here instanceof z.ZodNumber) return 'integer'
  throw new Error('the parser uses a type that this test does not know')
}

function shapeOfSchema(schema: Schema | undefined): unknown {
  if (schema === undefined) throw new Error('there is no schema')
  if (schema.additionalProperties !== undefined) return { '*': shapeOfSchema(schema.additionalProperties) }
  if (schema.type === 'object')
    return Object.fromEntries(
      Object.entries(schema.properties ?? {})
        .map(([name, field]) => [name, shapeOfSchema(field)])
        .sort(),
    )
  if (schema.type === 'array') return [shapeOfSchema(schema.items)]
  return schema.enum === undefined ? schema.type : [...schema.enum].sort().join('|')
}

/** An object of the kind that is good, and each of its numbers can be put in. */
const GOOD: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  IPAddressPool: { addresses: ['192.0.2.0/24'] },
  BGPPeer: { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1' },
  BGPAdvertisement: {},
  L2Advertisement: {},
  Community: {},
  BFDProfile: {},
}

/** Codes of what the parser finds at exactly this field. */
function codesAt(kind: string, version: string, field: string, spec: unknown): string[] {
  const object = { apiVersion: `metallb.io/${version}`, kind, metadata: { name: 'x', namespace: 'y' }, spec }
  const { diagnostics } = parseObjects(raws([object]))
  return diagnostics
    .filter(({ severity, location }) => severity === 'error' && location.path === `spec.${field}`)
    .map(({ code }) => code)
}

const NUMBERS = PARSED.flatMap(([kind, version]) =>
  Object.entries(schemaOf(kind, version).properties?.spec?.properties ?? {})
    .filter(([, { type }]) => type === 'integer')
    .map(([field, schema]) => [kind, version, field, schema] as const),
)

test.each(NUMBERS)('%s %s %s: the same limits', (kind, version, field, { minimum, maximum }) => {
  if (minimum === undefined || maximum === undefined) throw new Error('a number has limits')
  const codes = (value: number) => codesAt(kind, version, field, { ...GOOD[kind], [field]: value })
  expect(codes(minimum - 1)).toContain('OutOfRange')
  expect(codes(maximum + 1)).toContain('OutOfRange')
  expect(codes(minimum + 1)).not.toContain('OutOfRange')
  expect(codes(maximum)).not.toContain('OutOfRange')
})

test.each(PARSED)('%s %s: what is required is missed by the parser too', (kind, version) => {
  for (const field of schemaOf(kind, version).properties?.spec?.required ?? []) {
    const { [field]: _, ...rest } = GOOD[kind] ?? {}
    expect(codesAt(kind, version, field, rest)).toContain('MissingField')
  }
})

test.each(PARSED)('%s %s: the defaults are those of the parser', (kind, version) => {
  const fields = Object.entries(schemaOf(kind, version).properties?.spec?.properties ?? {})
  const defaults = Object.fromEntries(
    fields.flatMap(([name, field]) => ('default' in field ? [[name, field.default]] : [])),
  )
  const parsed = [GOOD[kind], { ...defaults, ...GOOD[kind] }].map((spec) => {
    const object = { apiVersion: `metallb.io/${version}`, kind, metadata: { name: 'x' }, spec }
    return parseObjects(raws([object])).objects.map(({ value }) => value)
  })
  expect(parsed[1]).toEqual(parsed[0])
})

function* fieldsBelow(schema: Schema, path: string): Generator<[string, Schema]> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    yield [`${path}.${name}`, field]
    yield* fieldsBelow(field, `${path}.${name}`)
    if (field.items !== undefined) yield* fieldsBelow(field.items, `${path}.${name}[]`)
  }
}

test('kubectl explain has a sentence about every field, and every rule one for whoever breaks it', () => {
  for (const { spec } of CRDS)
    for (const { name, schema } of spec.versions) {
      const top = schema.openAPIV3Schema
      expect(top.description, `${spec.names.kind} ${name}`).toMatch(/^[A-Z].*\.$/)
      for (const [path, field] of fieldsBelow(top, spec.names.kind)) {
        if (!/^\w+\.(spec|status)$/.test(path)) expect(field.description, path).toMatch(/^[A-Z].*\.$/)
        for (const { message } of field['x-kubernetes-validations'] ?? []) expect(message, path).toBeDefined()
      }
    }
})
