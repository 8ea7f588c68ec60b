import { describe, expect, it } from 'vitest'
import { type KubeApi, pagesOf } from '../../../../src/sources/index.ts'

/** Answers with these, one after the other, the last one for ever. */
function serverOf(...answers: unknown[]) {
  const asked: unknown[] = []
  const request = async ({ query }: { query?: { continue?: unknown } }) => {
    asked.push(query?.continue)
    return answers[Math.min(asked.length, answers.length) - 1]
  }
  return { asked, api: { request } as unknown as KubeApi }
}

async function all(api: KubeApi): Promise<object[]> {
  const found: object[] = []
  for await (const page of pagesOf(api, '/api/v1/pods')) found.push(...page)
  return found
}

describe('a list in pages', () => {
  it('is read to its end', async () => {
    const { api, asked } = serverOf(
      { items: [{ a: 1 }], metadata: { continue: 'x' } },
      { items: [{ b: 2 }], metadata: {} },
    )
    expect(await all(api)).toEqual([{ a: 1 }, { b: 2 }])
    expect(asked).toEqual([undefined, 'x'])
  })

  it('may be empty, as Go writes it, and hold what is no object', async () => {
    expect(await all(serverOf({ items: null, metadata: null }).api)).toEqual([])
    expect(await all(serverOf({ items: [null, 7, { a: 1 }] }).api)).toEqual([{ a: 1 }])
  })

  it.each([[null], ['text'], [{}], [{ items: 'many' }]])('%j is none', async (answer) => {
    await expect(all(serverOf(answer).api)).rejects.toMatchObject({
      kind: 'failed',
      message: 'the answer to /api/v1/pods is no list',
    })
  })

  it('that never ends is given up', async () => {
    const { api } = serverOf({ items: [], metadata: { continue: 'more' } })
    await expect(all(api)).rejects.toMatchObject({ message: 'the answer to /api/v1/pods never ends' })
  })
})
