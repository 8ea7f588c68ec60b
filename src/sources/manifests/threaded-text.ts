/**
 * Parsing that does not hold up the daemon: text beyond a few pages goes to a worker thread, which also keeps the
 * parser's appetite for memory (of YAML some 80 times the text, while it lasts) out of this thread's heap.
 */
import { Worker } from 'node:worker_threads'
import { looksLikeJson } from './json.ts'
import { parseText } from './text.ts'
import type { YamlText } from './yaml.ts'

/** About 20 ms of parsing. */
const MOST_YAML_INLINE = 32 * 1024
const MOST_JSON_INLINE = 512 * 1024

/** Compiled or not, the worker is the neighbour of this file. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './text-worker.ts' : './text-worker.js',
  import.meta.url,
)

/** Rejects only when the worker itself cannot go on, e.g. out of memory. */
export function parseTextAside(text: string): YamlText | Promise<YamlText> {
  const most = looksLikeJson(text) ? MOST_JSON_INLINE : MOST_YAML_INLINE
  return text.length <= most ? parseText(text) : inWorker(text)
}

/** Text made to be slow is given up at some time; the largest honest one takes some 10 s. */
const LONGEST_MS = 120_000

function inWorker(text: string): Promise<YamlText> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { workerData: text })
    const limit = setTimeout(() => void worker.terminate(), LONGEST_MS)
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => {
      clearTimeout(limit)
      reject(new Error('the parser ended without a result'))
    })
  })
}
