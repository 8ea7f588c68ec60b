import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Line, LineSplitter } from '../../../src/cli/lines.ts'

function split(chunks: readonly string[], longest: number): Line[] {
  const splitter = new LineSplitter(longest)
  return [...chunks.flatMap((chunk) => [...splitter.push(chunk)]), ...splitter.end()]
}

describe('LineSplitter', () => {
  it('cuts at line breaks of both kinds and keeps empty lines', () => {
    expect(split(['a\nb\r\n\nc'], 9)).toEqual([{ text: 'a' }, { text: 'b' }, { text: '' }, { text: 'c' }])
    expect(split(['a\n'], 9)).toEqual([{ text: 'a' }])
    expect(split([''], 9)).toEqual([])
  })

  it('finds the same lines however the input was cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r'), maxLength: 60 })
    fc.assert(
      fc.property(text, fc.array(fc.nat(60)), (whole, cuts) => {
        const places = [0, ...cuts.filter((at) => at < whole.length).sort((a, b) => a - b), whole.length]
        const chunks = places.slice(1).map((end, at) => whole.slice(places[at], end))
        expect(split(chunks, 5)).toEqual(split([whole], 5))
      }),
    )
  })

  it('says once that a line is too long, and goes on behind it', () => {
    const chunks = ['xxxx', 'xxxx', 'xx\nok\n12345\r\n123456\n']
    expect(split(chunks, 5)).toEqual([{ tooLong: 10 }, { text: 'ok' }, { text: '12345' }, { tooLong: 6 }])
  })

  it('holds no more than a line may be long', () => {
    const splitter = new LineSplitter(10)
    for (let chunk = 0; chunk < 1000; chunk++) expect([...splitter.push('x'.repeat(1000))]).toEqual([])
    expect([...splitter.end()]).toEqual([{ tooLong: 1_000_000 }])
  })
})
