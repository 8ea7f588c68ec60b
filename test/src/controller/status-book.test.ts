import { describe, expect, it } from 'vitest'
import { type Draft, StatusBook, type StatusWish } from '../../../src/controller/status-book.ts'
import { service, snapshotOf } from '../../support/raw-objects.ts'

const wish = (...addresses: readonly string[]): StatusWish => ({
  addresses,
  ...(addresses.length > 0 && { pool: 'first' }),
  code: 'AddressAssigned',
  message: '',
  events: [],
  since: 0,
})

const services = (all: Readonly<Record<string, readonly string[]>>) =>
  snapshotOf(Object.entries(all).map(([name, addresses]) => service(name, addresses))).services

function setUp(all: Readonly<Record<string, readonly string[]>>) {
  const freed: string[] = []
  const book = new StatusBook((key) => freed.push(key))
  book.show(services(all))
  return { book, freed }
}

function draftOf(book: StatusBook, key: string, now = 0): Draft {
  const next = book.next(key, now)
  if (next.do !== 'write') throw new Error(`nothing to write for ${key}: ${next.do}`)
  return next.draft
}

const A = 'default/a'
const B = 'default/b'

describe('the book of statuses', () => {
  it('has one write for address and condition, and nothing left when both are taken', () => {
    const { book } = setUp({ a: [] })
    const condition = { status: 'False', reason: 'NoPeers', message: '' } as const
    book.wishStatus(A, wish('192.0.2.1'))
    book.wishCondition(A, { condition })
    const draft = draftOf(book, A)
    expect(draft.write).toMatchObject({ addresses: { addresses: ['192.0.2.1'] }, condition })
    book.wrote(A, draft, '7')
    expect(book.next(A, 0)).toEqual({ do: 'nothing' })
    expect(book.service(A)).toMatchObject({ addresses: ['192.0.2.1'], announcedCondition: condition })
    expect(book.writtenVersion(A)).toBe('7')
    book.seen(A)
    expect(book.size).toBe(0)
  })

  it('keeps a wish that came while another one was under way', () => {
    const { book } = setUp({ a: [] })
    book.wishStatus(A, wish('192.0.2.1'))
    const draft = draftOf(book, A)
    book.wishStatus(A, wish('192.0.2.2'))
    book.wrote(A, draft, '7')
    expect(draftOf(book, A).write.addresses?.addresses).toEqual(['192.0.2.2'])
  })

  it('lets nobody have an address before its holder has let go of it', () => {
    const { book, freed } = setUp({ a: ['192.0.2.1'], b: [] })
    book.wishStatus(A, wish('192.0.2.9'))
    book.wishStatus(B, wish('192.0.2.1'))
    expect(book.next(B, 0)).toEqual({ do: 'wait' })
    book.wrote(A, draftOf(book, A), '7')
    expect(freed).toEqual([B])
    expect(draftOf(book, B).write.addresses?.addresses).toEqual(['192.0.2.1'])
  })

  it('frees the address of a Service that is gone, or that keeps it after all', () => {
    const { book, freed } = setUp({ a: ['192.0.2.1'], b: [] })
    book.wishStatus(A, wish())
    book.wishStatus(B, wish('192.0.2.1'))
    expect(book.next(B, 0)).toEqual({ do: 'wait' })
    book.forget(A)
    expect(freed).toEqual([B])
    book.wishStatus(A, wish())
    expect(book.next(B, 0)).toEqual({ do: 'wait' })
    book.wishStatus(A, undefined)
    expect(freed).toEqual([B, B])
  })

  it('has whoever waits let go of his own first, so that two can swap', () => {
    const { book, freed } = setUp({ a: ['192.0.2.1'], b: ['192.0.2.2'] })
    book.wishStatus(A, wish('192.0.2.2'))
    book.wishStatus(B, wish('192.0.2.1'))
    const half = draftOf(book, A)
    expect(half.write).toEqual({ addresses: { addresses: [] } })
    expect(half.status).toBeUndefined()
    book.wrote(A, half, '7')
    expect(book.next(A, 0)).toEqual({ do: 'wait' })
    book.wrote(B, draftOf(book, B), '8')
    expect(freed).toEqual([A])
    expect(draftOf(book, A).write.addresses?.addresses).toEqual(['192.0.2.2'])
  })

  it('lets two share an address that neither gives up', () => {
    const { book } = setUp({ a: ['192.0.2.1'], b: [] })
    book.wishStatus(B, wish('192.0.2.1'))
    expect(draftOf(book, B).write.addresses?.addresses).toEqual(['192.0.2.1'])
  })

  it('puts an address off, and not the condition', () => {
    const { book } = setUp({ a: ['192.0.2.1'] })
    book.wishStatus(A, { ...wish('192.0.2.2'), notBefore: 5_000 })
    expect(book.next(A, 1_000)).toEqual({ do: 'later', ms: 4_000 })
    book.wishCondition(A, { condition: 'none' })
    expect(draftOf(book, A, 1_000).write).toEqual({ condition: 'none' })
    expect(draftOf(book, A, 5_000).write).toMatchObject({ addresses: { addresses: ['192.0.2.2'] } })
  })

  it('forgets answers to what it has forgotten', () => {
    const { book } = setUp({ a: [] })
    book.wishStatus(A, wish('192.0.2.1'))
    const draft = draftOf(book, A)
    book.clear()
    book.wrote(A, draft, '7')
    expect(book.size).toBe(0)
    expect(book.service(A)?.addresses).toEqual([])
  })
})
