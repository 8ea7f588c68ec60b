import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AdjRibOut, exportAttributes, type RouteAttributes } from '../../../bgp/rib/index.ts'
import type { Family } from '../../../bgp/wire/index.ts'
import { ModelPeer } from './model-peer.ts'
import { BOTH, context } from './sessions.ts'

describe('whatever happens', () => {
  test('after any churn the peer knows what is wanted (U10)', () => {
    const at = fc.oneof(
      fc.integer({ min: 0, max: 1500 }).map((n) => `10.0.${n >> 8}.${n & 255}/32`),
      fc.integer({ min: 0, max: 20 }).map((n) => `10.0.${n}.0/24`),
      fc.integer({ min: 1, max: 300 }).map((n) => `2001:db8::${n.toString(16)}/128`),
    )
    const sets: readonly RouteAttributes[] = [
      {},
      { med: 1 },
      { localPref: 50 },
      { nextHop: '192.0.2.77' },
      { nextHop: '192.0.2.1' },
      { communities: Array.from({ length: 1100 }, (_, n) => `1:${n}`) },
    ]
    const edit = fc.tuple(at, fc.option(fc.integer({ min: 0, max: sets.length - 1 }), { freq: 3 }))
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ edits: fc.array(edit, { maxLength: 400, size: 'max' }) }) },
      { weight: 4, arbitrary: fc.record({ chunks: fc.integer({ min: 1, max: 5 }) }) },
      {
        weight: 1,
        arbitrary: fc.record({ refresh: fc.constantFrom<Family>('ipv4', 'ipv6'), enhanced: fc.boolean() }),
      },
      { weight: 1, arbitrary: fc.constant({ restart: true }) },
      { weight: 1, arbitrary: fc.constant({ everything: true }) },
    )
    const settings = fc.record({
      ebgp: fc.boolean(),
      families: fc.constantFrom<Family[]>(['ipv4'], ['ipv6'], ['ipv4', 'ipv6']),
      addPath: fc.constantFrom<Family[]>([], ['ipv4'], ['ipv4', 'ipv6']),
    })
    fc.assert(
      fc.property(settings, fc.array(step, { minLength: 5, maxLength: 25 }), (setting, steps) => {
        const ctx = context({
          ebgp: setting.ebgp,
          families: new Set(setting.families),
          addPath: new Set(setting.addPath),
        })
        const facts = { ...BOTH, ebgp: setting.ebgp }
        const rib = new AdjRibOut()
        let peer = new ModelPeer(ctx)
        const twin = new Map<string, RouteAttributes>()
        rib.start({ ctx, facts })
        for (const one of steps) {
          if ('edits' in one) {
            const editor = rib.wanted.edit()
            for (const [prefix, choice] of one.edits) {
              if (choice === null) editor.delete(prefix)
              else editor.put(prefix, sets[choice] as RouteAttributes)
              if (choice === null) twin.delete(prefix)
              else twin.set(prefix, sets[choice] as RouteAttributes)
            }
            rib.setWanted(editor.done())
          } else if ('chunks' in one) {
            for (let n = 0; n < one.chunks; n++) {
              const chunk = rib.next(4096)
              if (chunk !== undefined) peer.read(chunk)
            }
          } else if ('refresh' in one) rib.refresh(one.refresh, one.enhanced)
          else if ('everything' in one) peer.pull(rib)
          else {
            rib.stop()
            while (rib.work());
            rib.start({ ctx, facts })
            peer = new ModelPeer(ctx)
          }
        }
        peer.pull(rib)
        const expected = new Map<string, object>()
        const told = { ipv4: 0, ipv6: 0 }
        for (const [prefix, attributes] of twin) {
          const family = prefix.includes(':') ? 'ipv6' : 'ipv4'
          if (!ctx.families.has(family)) continue
          const path = exportAttributes(attributes, family, facts)
          if ('unsendable' in path || attributes.communities !== undefined) continue
          expected.set(prefix, path)
          told[family]++
        }
        expect(Object.fromEntries(peer.table)).toEqual(Object.fromEntries(expected))
        const { advertised, withheld, pending } = rib.status()
        expect(advertised).toEqual(told)
        expect(pending).toBe(0)
        expect(withheld.reduce((sum, { count }) => sum + count, 0)).toBe(twin.size - expected.size)
        for (const prefix of twin.keys()) expect(rib.standing(prefix).sent).toBe(expected.has(prefix))
      }),
      { numRuns: 60 },
    )
  })
})
