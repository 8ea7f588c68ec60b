import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distance, nearNames } from '../../../src/api/near.ts'

describe('nearNames', () => {
  const services = ['default/kafka-0', 'default/kafka-1', 'shop/web', 'shop/web-admin', 'ops/grafana']

  it.each([
    ['default/kafka-0', ['default/kafka-0']],
    ['kafka-0', ['default/kafka-0', 'default/kafka-1']],
    ['web', ['shop/web', 'shop/web-admin']],
    ['default/web', ['shop/web', 'shop/web-admin']],
    ['ops/grafnaa', ['ops/grafana']],
    ['OPS/Grafana', ['ops/grafana']],
    ['graf', ['ops/grafana']],
  ])('%s is near to %j', (wanted, near) => {
    expect(nearNames(wanted, services).slice(0, near.length)).toEqual(near)
  })

  it.each(['', '/', 'x', 'completely/else'])('finds nothing near %j', (wanted) => {
    expect(nearNames(wanted, services)).toEqual([])
  })

  it('names three at most', () => {
    expect(
      nearNames(
        'web',
        Array.from({ length: 50 }, (_, at) => `ns${at}/web`),
      ),
    ).toHaveLength(3)
  })
})

describe('distance', () => {
  const word = fc.string({ maxLength: 8 })

  it('is that of Levenshtein up to the bound, and nothing beyond it', () => {
    fc.assert(
      fc.property(word, word, fc.nat(4), (a, b, most) => {
        const exact = naive(a, b)
        expect(distance(a, b, most)).toBe(exact > most ? undefined : exact)
      }),
    )
  })

  function naive(a: string, b: string): number {
    if (a === '' || b === '') return a.length + b.length
    const [front, back] = [a.slice(1), b.slice(1)]
    if (a.charAt(0) === b.charAt(0)) return naive(front, back)
    return 1 + Math.min(naive(front, b), naive(a, back), naive(front, back))
  }
})
