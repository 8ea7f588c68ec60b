import { describe, expect, it } from 'vitest'
import { describeEnding } from '../../bgp/endings.ts'
import { NO_ANSWER } from '../../bgp/fsm/index.ts'

const facts = {
  localAsn: 64512,
  offered: ['multiprotocol'],
  heardAnything: false,
  openSent: false,
  keyed: false,
}
const nothing = new Uint8Array(0)

describe('how a session ended, in words', () => {
  it('names the password where silence may mean a wrong one', () => {
    const cause = { by: 'transport', error: NO_ANSWER } as const
    expect(describeEnding(cause, { ...facts, keyed: true }).text).toMatch(/check the password on both sides/)
    expect(describeEnding(cause, facts).text).toMatch(/may require a password/)
  })

  it('says what we offered where the peer leaves right after our OPEN', () => {
    const cause = { by: 'transport', error: 'ECONNRESET' } as const
    expect(describeEnding(cause, { ...facts, openSent: true }).text).toMatch(/we offered multiprotocol/)
    expect(describeEnding(cause, { ...facts, openSent: true, heardAnything: true }).text).toBe('ECONNRESET')
  })

  it('names our AS number where the peer expects another', () => {
    const notification = { code: 2, subcode: 2, data: nothing }
    const { direction, text } = describeEnding({ by: 'peer', notification }, facts)
    expect(direction).toBe('received')
    expect(text).toMatch(/another AS than our 64512/)
  })
})
