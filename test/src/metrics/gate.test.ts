import { beforeEach, describe, expect, it } from 'vitest'
import { Gate } from '../../../src/metrics/index.ts'
import { KubeError } from '../../../src/sources/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { StatusApi } from '../../support/status-api.ts'

const REVIEW = '/apis/authentication.k8s.io/v1/tokenreviews'
const ACCESS = '/apis/authorization.k8s.io/v1/subjectaccessreviews'

let api: StatusApi
let clock: ManualClock
let gate: Gate

beforeEach(() => {
  api = new StatusApi()
  clock = new ManualClock()
  gate = new Gate(api, clock, '/metrics')
  api.answers.set(REVIEW, ({ body }) => {
    const { token } = (body as { spec: { token: string } }).spec
    const user = { username: `user-${token}`, uid: 'u', groups: ['g'], extra: { x: ['y'] } }
    return { status: token.startsWith('bad') ? {} : { authenticated: true, user } }
  })
  api.answers.set(ACCESS, ({ body }) => ({
    status: { allowed: (body as { spec: { user: string } }).spec.user === 'user-good' },
  }))
})

describe('the gate of the metrics', () => {
  it('asks whose token it is, and whether that user may', async () => {
    expect(await gate.admit('Bearer good')).toEqual({ allowed: true })
    expect(api.requests.map(({ path, body }) => [path, body])).toEqual([
      [REVIEW, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'good' } }],
      [
        ACCESS,
        {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SubjectAccessReview',
          spec: {
            user: 'user-good',
            uid: 'u',
            groups: ['g'],
            extra: { x: ['y'] },
            nonResourceAttributes: { path: '/metrics', verb: 'get' },
          },
        },
      ],
    ])
  })

  it.each([undefined, '', 'good', 'Basic Z29vZA==', 'Bearer', 'Bearer a b', 'Bearer "x"'])(
    'wants a bearer token, not %s',
    async (header) => {
      expect(await gate.admit(header)).toMatchObject({ allowed: false, status: 401 })
      expect(api.requests).toEqual([])
    },
  )

  it('refuses who is unknown, and who may not, with the rule that is missing', async () => {
    expect(await gate.admit('Bearer bad')).toMatchObject({ status: 401 })
    expect(await gate.admit('Bearer other')).toMatchObject({
      status: 403,
      message: expect.stringContaining('user-other may not get the nonResourceURL /metrics'),
    })
  })

  it('remembers both answers for a minute', async () => {
    for (const token of ['good', 'other', 'bad']) {
      await gate.admit(`Bearer ${token}`)
      api.forget()
      clock.advance(59_000)
      await gate.admit(`Bearer ${token}`)
      expect(api.requests).toEqual([])
      clock.advance(2_000)
      await gate.admit(`Bearer ${token}`)
      expect(api.requests).not.toEqual([])
    }
  })

  it('asks once when many ask at once', async () => {
    await Promise.all(Array.from({ length: 50 }, () => gate.admit('Bearer good')))
    expect(api.requests).toHaveLength(2)
  })

  it('does not let a flood of tokens through to the API server', async () => {
    const verdicts = await Promise.all(Array.from({ length: 500 }, (_, at) => gate.admit(`Bearer bad${at}`)))
    expect(api.requests.length).toBeLessThanOrEqual(20)
    expect(verdicts.at(-1)).toMatchObject({ status: 503 })
  })

  it('still lets in whom it knew while the API server is away, for ten minutes', async () => {
    await gate.admit('Bearer good')
    api.failure = new KubeError('unreachable', 'nobody answers')
    clock.advance(599_000)
    expect(await gate.admit('Bearer good')).toEqual({ allowed: true })
    expect(await gate.admit('Bearer new')).toMatchObject({ status: 503 })
    clock.advance(2_000)
    expect(await gate.admit('Bearer good')).toMatchObject({ status: 503 })
  })
})
