#!/usr/bin/env node
/** `oyez`: the program. */
import { refuseOldNode } from './node-version.ts'

refuseOldNode(process)
const { runProcess } = await import('./process.ts')
await runProcess()
