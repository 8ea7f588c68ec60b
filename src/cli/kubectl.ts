#!/usr/bin/env node
/** `kubectl oyez`: kubectl starts it by its file name, kubectl-oyez. The same program, asking all nodes. */
import { refuseOldNode } from './node-version.ts'

refuseOldNode(process)
const { runProcess } = await import('./process.ts')
await runProcess({ plugin: true })
