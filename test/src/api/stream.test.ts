import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonPieces } from '../../../src/api/stream.ts'

async function collect(pieces: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const piece of pieces) all.push(piece)
  return all
}

describe('jsonPieces', () => {
  it('is the JSON of the whole, whatever the rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 50 }), async (rows) => {
        const text = (await collect(jsonPieces({ node: 'n"1' }, 'rows', rows))).join('')
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ node: 'n"1', rows })))
      }),
    )
    expect((await collect(jsonPieces({}, 'rows', []))).join('')).toBe('{"rows":[]}')
  })

  it('comes in pieces of bounded size, and other work has its turn between them', async () => {
    const rows = Array.from({ length: 100 }, () => 'x'.repeat(10_000))
    let turns = 0
    let ended = false
    const count = () => {
      turns++
      if (!ended) setImmediate(count)
    }
    setImmediate(count)
    const pieces = await collect(jsonPieces({}, 'rows', rows))
    ended = true
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(80_000)
    expect(turns).toBeGreaterThanOrEqual(pieces.length - 1)
    expect(pieces.length).toBeGreaterThan(10)
  })

  it('pulls no further than its reader', async () => {
    let pulled = 0
    function* rows() {
      for (;;) {
        pulled++
        yield 'x'.repeat(70_000)
      }
    }
    const pieces = jsonPieces({}, 'rows', rows())
    await pieces.next()
    expect(pulled).toBe(1)
    await pieces.return(undefined)
  })
})
