/** The other thread of threaded-text.ts: one text in, one result out. */
import { parentPort, workerData } from 'node:worker_threads'
import { parseText } from './text.ts'

parentPort?.postMessage(parseText(String(workerData)))
