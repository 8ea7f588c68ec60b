import { describe, expect, it } from 'vitest'
import { EndingLog } from '../../bgp/ending-log.ts'
import { describeEnding } from '../../bgp/endings.ts'
import { NO_ANSWER } from '../../bgp/fsm/index.ts'
import { Tally } from '../../bgp/status.ts'
import { ManualClock } from '../support/manual-clock.ts'

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

describe('the last error of a neighbor', () => {
  const wrongAs = { by: 'peer', notification: { code: 2, subcode: 2, data: nothing } } as const
  const hungUp = { by: 'transport', error: 'ECONNRESET' } as const

  it('keeps a refusal in sight while the router only hangs up, until a session has been up', () => {
    const tally = new Tally()
    const log = new EndingLog(new ManualClock(), () => {}, tally)
    log.note(wrongAs, facts, false)
    log.note(hungUp, facts, false)
    log.note(hungUp, facts, false)
    expect(tally.lastError?.text).toMatch(/^ECONNRESET; before that: OPEN Message Error\/Bad Peer AS [^;]*$/)
    log.note(hungUp, facts, true)
    expect(tally.lastError?.text).toBe('ECONNRESET')
  })
})
