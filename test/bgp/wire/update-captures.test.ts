import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { encodeUpdate } from '../../../bgp/wire/encode-update.ts'
import { Reader } from '../../../bgp/wire/reader.ts'
import type { Family } from '../../../bgp/wire/types.ts'
import { decodeUpdate } from '../../../bgp/wire/update.ts'
import { context, octets } from '../../support/update-octets.ts'

// UPDATEs that real routers sent on the wire, and the routes that they were configured to announce.

interface Capture {
  readonly session: string
  readonly context: { readonly as4: boolean; readonly ebgp: boolean; readonly addPath: readonly Family[] }
  readonly hex: string
  readonly action: string
  readonly value: Record<string, unknown>
}

const HEADER_LENGTH = 19

describe.each(['bird', 'frr', 'gobgp', 'openbgpd'])('UPDATEs sent by %s', (router) => {
  const url = new URL(`../../fixtures/wire/update-${router}.json`, import.meta.url)
  const { messages } = JSON.parse(readFileSync(url, 'utf8')) as { messages: Capture[] }

  it.each(messages)('$session $value.nlri $value.reach.nlri $hex', (capture) => {
    const decoded = decodeUpdate(new Reader(octets(capture.hex), HEADER_LENGTH), context(capture.context))
    expect(decoded.action).toBe(capture.action)
    expect(JSON.parse(JSON.stringify(decoded.message))).toEqual({ type: 'UPDATE', ...capture.value })
  })

  it.each(messages)('read again after our encoder: $session $hex', (capture) => {
    const ctx = context(capture.context)
    const first = decodeUpdate(new Reader(octets(capture.hex), HEADER_LENGTH), ctx)
    const again = decodeUpdate(new Reader(encodeUpdate(first.message, ctx), HEADER_LENGTH), ctx)
    expect(withSortedCommunities(again.message)).toEqual(withSortedCommunities(first.message))
  })
})

/** Communities are sets, sent in an order of our own. */
function withSortedCommunities(message: object): unknown {
  return JSON.parse(JSON.stringify(message), (key, value) =>
    /communities$/i.test(key) ? [...value].sort() : value,
  )
}
