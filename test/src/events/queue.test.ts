import { describe, expect, it } from 'vitest'
import { WishQueue } from '../../../src/events/queue.ts'
import type { EventWish } from '../../../src/events/types.ts'

const NOW = new Date(0)

const wish = (type: EventWish['type'], name: string): EventWish => ({
  regarding: { apiVersion: 'v1', kind: 'Service', namespace: 'default', name, uid: name },
  type,
  reason: 'Test',
  message: 'hello',
})

function taken(queue: WishQueue): string[] {
  const names: string[] = []
  for (let one = queue.take(); one !== undefined; one = queue.take()) names.push(one.wish.regarding.name)
  return names
}

describe('events that wait', () => {
  it('are told in their order, warnings before everything else', () => {
    const queue = new WishQueue(10)
    queue.add(wish('Normal', 'a'), NOW)
    queue.add(wish('Normal', 'b'), NOW)
    queue.add(wish('Warning', 'c'), NOW)
    queue.add(wish('Warning', 'd'), NOW)
    expect(taken(queue)).toEqual(['c', 'd', 'a', 'b'])
  })

  it('beyond the capacity lose the oldest that is no warning', () => {
    const queue = new WishQueue(3)
    for (const name of ['a', 'b']) queue.add(wish('Warning', name), NOW)
    for (const name of ['c', 'd', 'e']) queue.add(wish('Normal', name), NOW)
    expect(queue.dropped).toBe(2)
    expect(taken(queue)).toEqual(['a', 'b', 'e'])
  })

  it('that are put back are the oldest again, of their kind', () => {
    const queue = new WishQueue(3)
    for (const name of ['a', 'b']) queue.add(wish('Normal', name), NOW)
    const first = queue.take()
    queue.add(wish('Warning', 'c'), NOW)
    if (first !== undefined) queue.putBack(first)
    expect(taken(queue)).toEqual(['c', 'a', 'b'])
  })
})
