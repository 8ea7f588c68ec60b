/** A list of objects, page by page, for whoever looks once and does not follow. */
import { type KubeApi, KubeError, type KubeRequest } from './types.ts'

const PAGE = 500
/** A million objects; a server that always has another page is none. */
const MOST_PAGES = 2_000

/**
 * The objects of each page; none of their fields has been checked. Pages come one after the other, so a hundred
 * thousand objects never stand in memory at once. Rejects with a KubeError, also when the answer is no list.
 */
export async function* pagesOf(
  api: KubeApi,
  path: string,
  selectors: KubeRequest['query'] = {},
): AsyncGenerator<readonly object[]> {
  let more: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = { ...selectors, limit: PAGE, continue: more }
    const { items, metadata } = fieldsOf(await api.request<unknown>({ method: 'GET', path, query }))
    if (items !== null && !Array.isArray(items)) throw noList(path, 'is no list')
    yield (items ?? []).filter((item: unknown) => typeof item === 'object' && item !== null)
    const { continue: next } = fieldsOf(metadata)
    if (typeof next !== 'string' || next === '') return
    more = next
  }
  throw noList(path, 'never ends')
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

const noList = (path: string, what: string): KubeError =>
  new KubeError('failed', `the answer to ${path} ${what}`, {
    hint: 'check that the address is that of the API server, and not of a proxy',
  })
