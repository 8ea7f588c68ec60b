/**
 * A long JSON answer in pieces. Sessions live in the same thread: rows are turned into text for a few milliseconds
 * at a time, then timers and sockets have their turn, and the reader's pace decides when the next slice is made.
 */
import { setImmediate as turn } from 'node:timers/promises'

const SLICE_MS = 4
const SLICE_OCTETS = 64 * 1024

/** `{...head, [name]: [...rows]}`, as text in pieces. */
export async function* jsonPieces(
  head: object,
  name: string,
  rows: Iterable<unknown>,
): AsyncGenerator<string> {
  const opening = JSON.stringify(head).slice(0, -1)
  let text = `${opening}${opening === '{' ? '' : ','}${JSON.stringify(name)}:[`
  let separator = ''
  let until = performance.now() + SLICE_MS
  for (const row of rows) {
    text += separator + JSON.stringify(row)
    separator = ','
    if (text.length < SLICE_OCTETS && performance.now() < until) continue
    yield text
    text = ''
    await turn()
    until = performance.now() + SLICE_MS
  }
  yield `${text}]}`
}
