/** The small programs that run on the demo's machines. */
import { fileURLToPath } from 'node:url'

/** `answer.ts NAME PORT`: what stands in for kube-proxy and a broker on a node. */
export const ANSWER = fileURLToPath(new URL('./answer.ts', import.meta.url))

/** `ask.ts URL COUNT`: the client. */
export const ASK = fileURLToPath(new URL('./ask.ts', import.meta.url))

/** `keep-asking.ts URL`: a client that does not stop. */
export const KEEP_ASKING = fileURLToPath(new URL('./keep-asking.ts', import.meta.url))
