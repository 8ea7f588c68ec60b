/** The other thread of threaded-yaml.ts: one text in, one result out. */
import { parentPort, workerData } from 'node:worker_threads'
import { parseYaml } from './yaml.ts'

parentPort?.postMessage(parseYaml(String(workerData)))
