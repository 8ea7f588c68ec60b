import { describe, expect, it } from 'vitest'
import { type SessionFigures, type SpeakerFacts, SpeakerReadiness } from '../../../src/metrics/index.ts'
import { down, session } from '../../support/canned-views.ts'

const { lastError: _, ...dialling } = down
const one = (name: string, of?: SessionFigures['session']): SessionFigures => ({
  name,
  address: '192.0.2.1',
  port: 179,
  ...(of !== undefined && { session: of }),
})

const facts = (over: Partial<SpeakerFacts> = {}): SpeakerFacts => ({
  now: 0,
  isSourceReady: true,
  sessions: [one('tor1', session)],
  ...over,
})

describe('a speaker is ready', () => {
  it('when all is read and every router has been told', () => {
    expect(new SpeakerReadiness().missing(facts())).toEqual([])
  })

  it('not before the cluster has been read, and says what is awaited', () => {
    const readiness = new SpeakerReadiness()
    expect(readiness.missing(facts({ isSourceReady: false, awaited: ['Service', 'Node'] }))).toEqual([
      'the state of the cluster has not been read yet: Service, Node',
    ])
  })

  it('not while a session is being made, or has not told everything', () => {
    const readiness = new SpeakerReadiness()
    expect(readiness.missing(facts({ sessions: [one('tor1', dialling)] }))).toEqual([
      'the session with tor1 (192.0.2.1) is not up yet: Connect',
    ])
    expect(readiness.missing(facts({ sessions: [one('tor1', { ...session, pending: 7 })] }))).toEqual([
      'tor1 (192.0.2.1) has not been told everything yet',
    ])
    expect(readiness.missing(facts())).toEqual([])
  })

  it('without peers, with a peer that failed once, and with one that cannot have a session', () => {
    expect(new SpeakerReadiness().missing(facts({ sessions: [] }))).toEqual([])
    expect(new SpeakerReadiness().missing(facts({ sessions: [one('tor1', down), one('twin')] }))).toEqual([])
  })

  it('ten seconds after the cluster was read, whatever the routers do', () => {
    const readiness = new SpeakerReadiness()
    const sessions = [one('tor1', dialling)]
    expect(readiness.missing(facts({ now: 5_000, isSourceReady: false, sessions }))).toHaveLength(1)
    expect(readiness.missing(facts({ now: 60_000, sessions }))).toHaveLength(1)
    expect(readiness.missing(facts({ now: 69_999, sessions }))).toHaveLength(1)
    expect(readiness.missing(facts({ now: 70_000, sessions }))).toEqual([])
  })

  it('for good: a session that is lost later is for alerts', () => {
    const readiness = new SpeakerReadiness()
    readiness.missing(facts())
    expect(readiness.missing(facts({ sessions: [one('tor1', dialling)], isSourceReady: false }))).toEqual([])
  })
})
