import { describe, expect, it } from 'vitest'
import { afterWrite, statusPatch } from '../../../src/controller/status-patch.ts'
import { service as rawService, snapshotOf } from '../../support/raw-objects.ts'

const serviceOf = (addresses: readonly string[] = [], conditions?: readonly object[]) => {
  const raw = rawService('web', addresses)
  const status = { ...(raw.status as object), ...(conditions && { conditions }) }
  const found = snapshotOf([{ ...raw, status }]).services.get('default/web')
  if (found === undefined) throw new Error('no service')
  return found
}

const NOW = new Date('2030-01-02T03:04:05.678Z')
const UNHEARD = { status: 'False', reason: 'NoEndpoints', message: 'no pod' } as const

describe('the patch of a status', () => {
  it('carries address, annotation, condition and version at once', () => {
    const write = {
      addresses: { addresses: ['192.0.2.1', '2001:db8::1'], pool: 'first' },
      condition: UNHEARD,
    }
    expect(statusPatch(serviceOf(), write, '42', NOW)).toEqual({
      metadata: { resourceVersion: '42', annotations: { 'metallb.io/ip-allocated-from-pool': 'first' } },
      status: {
        loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }] },
        conditions: [{ type: 'oyez.io/Announced', ...UNHEARD, lastTransitionTime: '2030-01-02T03:04:05Z' }],
      },
    })
  })

  it('takes out what is to go', () => {
    expect(
      statusPatch(serviceOf(['192.0.2.1']), { addresses: { addresses: [] }, condition: 'none' }, '42', NOW),
    ).toEqual({
      metadata: { resourceVersion: '42', annotations: { 'metallb.io/ip-allocated-from-pool': null } },
      status: {
        loadBalancer: { ingress: null },
        conditions: [{ $patch: 'delete', type: 'oyez.io/Announced' }],
      },
    })
  })

  it('touches neither address nor annotation for a condition alone, and dates it when it turns', () => {
    const silent = serviceOf(['192.0.2.1'], [{ type: 'oyez.io/Announced', ...UNHEARD }])
    const other = { ...UNHEARD, reason: 'NoPeers' }
    expect(statusPatch(silent, { condition: other }, '42', NOW)).toEqual({
      metadata: { resourceVersion: '42' },
      status: { conditions: [{ type: 'oyez.io/Announced', ...other }] },
    })
    const heard = statusPatch(silent, { condition: { ...other, status: 'True' } }, '42', NOW)
    expect(heard.status.conditions?.[0]).toMatchObject({ lastTransitionTime: '2030-01-02T03:04:05Z' })
  })

  it('is what decisions then see', () => {
    const before = serviceOf(['192.0.2.9'])
    const after = afterWrite(before, {
      addresses: { addresses: ['192.0.2.1'], pool: 'first' },
      condition: UNHEARD,
    })
    expect(after).toEqual({
      ...before,
      addresses: ['192.0.2.1'],
      annotations: { 'metallb.io/ip-allocated-from-pool': 'first' },
      announcedCondition: UNHEARD,
    })
    expect(afterWrite(after, { addresses: { addresses: [] }, condition: 'none' })).toEqual({
      ...before,
      addresses: [],
    })
  })
})
