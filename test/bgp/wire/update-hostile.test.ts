import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../../bgp/wire/errors.ts'
import type { Family } from '../../../bgp/wire/types.ts'
import { routeChanges } from '../../../bgp/wire/update.ts'
import { context, decodeBody, octets } from '../../support/update-octets.ts'

// Whatever arrives, the decoder answers with a value or with a ProtocolError that carries an UPDATE Message Error.

const HEADER_LENGTH = 19

const CONTEXTS = [
  context(),
  context({ as4: false }),
  context({ ebgp: false, addPath: ['ipv4', 'ipv6'] }),
  context({ families: [] }),
]

/** Decodes, and makes everything that was decoded be looked at. */
function read(body: Uint8Array): void {
  for (const ctx of CONTEXTS) {
    try {
      const decoded = decodeBody(body, ctx)
      JSON.stringify(decoded)
      routeChanges(decoded)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      expect(error.notification.code).toBe(3)
      expect([1, 2, 9, 10]).toContain(error.notification.subcode)
      expect(error.message).toMatch(/RFC \d{4}/)
    }
  }
}

function captured(): Uint8Array[] {
  return ['bird', 'frr', 'gobgp'].flatMap((router) => {
    const url = new URL(`../../fixtures/wire/update-${router}.json`, import.meta.url)
    const { messages } = JSON.parse(readFileSync(url, 'utf8')) as {
      messages: { hex: string; session: string; context: { addPath: Family[] } }[]
    }
    const chosen = messages.filter(({ session }) => session !== 'addpath')
    const short = chosen
      .map(({ hex }) => octets(hex).slice(HEADER_LENGTH))
      .filter(({ length }) => length < 120)
    return short.filter((_, at) => at % 4 === 0)
  })
}

describe('hostile UPDATEs', () => {
  const bodies = captured()

  it('captured ones cut short at every octet', () => {
    for (const body of bodies)
      for (let length = 0; length < body.length; length++) read(body.subarray(0, length))
  })

  it('captured ones with any one octet changed', () => {
    for (const body of bodies) {
      for (let at = 0; at < body.length; at++) {
        for (const value of [0, 1, 0x21, 0x7f, 0x80, 0xff, (body[at] as number) ^ 0x40])
          read(body.with(at, value))
      }
    }
  })

  it('captured ones changed in several places', () => {
    const mutations = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(fc.constantFrom(...bodies), mutations, (body, changes) => {
        const changed = body.slice()
        for (const [at, value] of changes) changed[at % body.length] = value
        read(changed)
      }),
      { numRuns: 3000 },
    )
  })

  it('random octets', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), read), { numRuns: 3000 })
  })

  it('random attributes in a frame that holds', () => {
    const attribute = fc
      .tuple(fc.constantFrom(0x40, 0x80, 0xc0, 0x90), fc.nat(40), fc.uint8Array({ maxLength: 40 }))
      .map(([flags, type, value]) => {
        const length = flags & 0x10 ? [0, value.length] : [value.length]
        return [flags, type, ...length, ...value]
      })
    fc.assert(
      fc.property(fc.array(attribute, { maxLength: 8 }), (attributes) => {
        const block = attributes.flat()
        read(Uint8Array.from([0, 0, block.length >> 8, block.length & 0xff, ...block, 8, 10]))
      }),
      { numRuns: 3000 },
    )
  })
})
