/**
 * Asks a URL again and again, each time on a new connection, until SIGTERM; then prints how many requests were answered,
 * how many of them at the second try, and what failed: `node keep-asking.ts URL`.
 *
 * A router that loses or gains a next hop spreads its connections anew, and one that is open at that moment may be led to
 * a node that knows nothing of it: it is reset. Clients of every load balancer without memory of connections try again.
 */
import { get } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

const [url = ''] = process.argv.slice(2)
const failures: string[] = []
let answered = 0
let again = 0
let asking = true

/** Undefined: it was answered. Else what happened to the connection. */
function request(): Promise<(Error & { readonly code?: string }) | undefined> {
  return new Promise((resolve) => {
    const sent = get(url, { agent: false, timeout: 2000 }, (response) => {
      response.resume()
      response.on('end', () => resolve(undefined))
      response.on('error', resolve)
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer within 2 s')))
    sent.on('error', resolve)
  })
}

async function ask(): Promise<void> {
  let error = await request()
  if (error?.code === 'ECONNRESET') {
    again += 1
    error = await request()
  }
  if (error === undefined) answered += 1
  else failures.push(`${new Date().toISOString()} ${error.message}`)
}

process.on('SIGTERM', () => {
  asking = false
})
console.log('asking')
while (asking) {
  await ask()
  await pause(10)
}
console.log(JSON.stringify({ answered, again, failures }))
