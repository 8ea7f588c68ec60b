import { describe, expect, it } from 'vitest'
import { type Question, refused, refusedByEvent } from '../../../../src/sources/kubernetes/failures.ts'
import { targetOf } from '../../../../src/sources/kubernetes/target.ts'
import { BadAnswer, TimedOut, unanswered } from '../../../../src/sources/kubernetes/unreachable.ts'

const question = (path: string, more: Partial<Question> = {}): Question => ({
  server: 'https://10.96.0.1:443',
  method: 'GET',
  path,
  target: targetOf(path),
  watching: false,
  ...more,
})
const status = (message: string, more: object = {}) => JSON.stringify({ kind: 'Status', message, ...more })
const SERVICES = question('/api/v1/services')
const POOLS = question('/apis/metallb.io/v1beta1/namespaces/oyez-system/ipaddresspools')

describe('targetOf', () => {
  it.each([
    ['/api/v1/services', { group: '', version: 'v1', resource: 'services' }],
    ['/api/v1/namespaces', { group: '', version: 'v1', resource: 'namespaces' }],
    ['/api/v1/namespaces/a', { group: '', version: 'v1', resource: 'namespaces', name: 'a' }],
    [
      '/api/v1/namespaces/a/services/web/status',
      { group: '', version: 'v1', resource: 'services', namespace: 'a', name: 'web', subresource: 'status' },
    ],
    [
      '/apis/discovery.k8s.io/v1/endpointslices',
      { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' },
    ],
    ['/readyz', undefined],
    ['/api', undefined],
    ['/apis/metallb.io', undefined],
  ])('%s', (path, target) => {
    expect(targetOf(path)).toEqual(target)
  })
})

describe('a refusal', () => {
  it('403 names who, what and the rule, for our own account and the file that has it', () => {
    const user = 'system:serviceaccount:oyez-system:oyez-speaker'
    const said = `services is forbidden: User "${user}" cannot list resource "services" in API group ""`
    const error = refused(SERVICES, { status: 403, body: status(said, { reason: 'Forbidden' }) })
    expect(error.kind).toBe('forbidden')
    expect(error.message).toBe(`cannot list services at https://10.96.0.1:443: ${said} (HTTP 403)`)
    expect(error.hint).toBe(
      'the ServiceAccount oyez-system/oyez-speaker needs a ClusterRole with ' +
        '{apiGroups: [""], resources: ["services"], verbs: ["list", "watch"]}: apply deploy/ of this version again',
    )
  })

  it.each([
    ['PATCH', '/api/v1/namespaces/a/services/web/status', 'services/status', 'patch', ''],
    ['POST', '/api/v1/namespaces/a/events', 'events', 'create', ''],
    ['GET', '/api/v1/namespaces/a/pods/p/portforward', 'pods/portforward', 'get', ''],
    ['PUT', '/apis/coordination.k8s.io/v1/namespaces/a/leases/x', 'leases', 'update', 'coordination.k8s.io'],
  ] as const)('403 for somebody else asks for the Role: %s %s', (method, path, resource, verb, group) => {
    const body = status('User "jane" cannot do that')
    expect(refused(question(path, { method }), { status: 403, body }).hint).toBe(
      `ask for a Role in namespace a with {apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]}`,
    )
  })

  it('404 of a path that nobody serves names the CRD and how to install it', () => {
    const error = refused(POOLS, { status: 404, body: '404 page not found\n' })
    expect(error.kind).toBe('not-found')
    expect(error.message).toContain('the CRD ipaddresspools.metallb.io (v1beta1) is not installed')
    expect(error.hint).toContain('kubectl apply -k deploy/crds')
  })

  it('404 of an object is about that object', () => {
    const error = refused(question('/api/v1/namespaces/a/services/web'), {
      status: 404,
      body: status('services "web" not found', { reason: 'NotFound' }),
    })
    expect(error.message).toBe(
      'cannot get services a/web at https://10.96.0.1:443: services "web" not found (HTTP 404)',
    )
    expect(error.hint).toBeUndefined()
  })

  it.each([
    [400, 'BadRequest', 'invalid'],
    [401, 'Unauthorized', 'unauthorized'],
    [409, 'AlreadyExists', 'conflict'],
    [410, 'Expired', 'gone'],
    [422, 'Invalid', 'invalid'],
    [429, 'TooManyRequests', 'busy'],
    [500, 'InternalError', 'failed'],
    [503, 'ServiceUnavailable', 'busy'],
    [504, 'Timeout', 'busy'],
  ])('%i %s is %s', (code, reason, kind) => {
    const error = refused(SERVICES, { status: code, body: status('no', { reason }) })
    expect(error).toMatchObject({ kind, status: code, reason })
  })

  it('says how long to wait, as header or body have it, and never for ever', () => {
    const wait = (retryAfter: string | undefined, body: string) =>
      refused(SERVICES, { status: 429, retryAfter, body }).retryAfterMs
    expect(wait('7', '')).toBe(7000)
    expect(wait(undefined, status('x', { details: { retryAfterSeconds: 3 } }))).toBe(3000)
    expect(wait('999999', '')).toBe(30_000)
    expect(wait('Wed, 21 Oct 2015 07:28:00 GMT', '')).toBeUndefined()
    expect(wait(undefined, '')).toBeUndefined()
  })

  it('of something that is no Kubernetes API says so, and lets nothing of it through', () => {
    const error = refused(SERVICES, { status: 502, body: '<html>\u001b[31mBad gateway</html>' })
    expect(error.message).toBe(
      'cannot list services at https://10.96.0.1:443: the answer is not from a Kubernetes API (HTTP 502)',
    )
    expect(error.hint).toContain('address')
  })

  it('keeps to one line of bounded length, whatever the server says', () => {
    const { message } = refused(SERVICES, { status: 500, body: status(`a\r\n\u001b[2J${'x'.repeat(9000)}`) })
    expect(message).toMatch(/^[^\p{Cc}]*$/u)
    expect(message.length).toBeLessThan(600)
  })

  it('as an event of a watch is told by its code', () => {
    expect(refusedByEvent(SERVICES, { kind: 'Status', code: 410, message: 'old' }).kind).toBe('gone')
    expect(refusedByEvent(SERVICES, { kind: 'Status', code: 403, message: 'no' }).kind).toBe('forbidden')
    expect(refusedByEvent(SERVICES, 'nonsense').kind).toBe('failed')
    expect(refusedByEvent(SERVICES, undefined).kind).toBe('failed')
  })
})

describe('no answer', () => {
  const coded = (code: string) => Object.assign(new Error('secret detail'), { code })

  it.each([
    ['ECONNREFUSED', 'unreachable', 'connection refused'],
    ['ENOTFOUND', 'unreachable', 'the name of the server is not known'],
    ['ECONNRESET', 'unreachable', 'the connection was reset'],
    ['EHOSTUNREACH', 'unreachable', 'no route to the host'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'failed', 'not trusted'],
    ['CERT_HAS_EXPIRED', 'failed', 'has expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'failed', 'for other names'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'failed', 'TLS: the server refused us'],
    ['EPROTO', 'failed', 'does not speak TLS'],
    ['HPE_INVALID_CONSTANT', 'failed', 'not HTTP'],
    ['HPE_HEADER_OVERFLOW', 'failed', 'not HTTP'],
  ])('%s is %s: %s', (code, kind, says) => {
    const error = unanswered(SERVICES, coded(code))
    expect(error.kind).toBe(kind)
    expect(error.message).toContain(says)
    expect(error.message).toContain('https://10.96.0.1:443')
    expect(error.message).not.toContain('secret detail')
  })

  it('of all the addresses of a name is told by the first', () => {
    const error = new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')])
    expect(unanswered(SERVICES, error).message).toContain('connection refused')
  })

  it('in time is told with the time', () => {
    expect(unanswered(SERVICES, new TimedOut('no answer', 30_000)).message).toMatch(
      /: no answer within 30 s$/,
    )
    expect(unanswered(SERVICES, new TimedOut('no connection', 500)).message).toMatch(/within 500 ms$/)
    expect(unanswered(SERVICES, new TimedOut('no answer', 1)).kind).toBe('unreachable')
  })

  it('that can be worked with is a failure with its own hint', () => {
    expect(unanswered(SERVICES, new BadAnswer('not JSON', 'look'))).toMatchObject({
      kind: 'failed',
      hint: 'look',
    })
  })

  it('of another sort is still a KubeError in one line', () => {
    expect(unanswered(SERVICES, new Error('odd\nthing')).message).toMatch(/: odd thing$/)
    expect(unanswered(SERVICES, 'text').kind).toBe('unreachable')
    expect(unanswered(SERVICES, undefined).kind).toBe('unreachable')
  })
})
