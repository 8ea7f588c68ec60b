/**
 * Asks a URL again and again, each time on a new connection, until SIGTERM; then prints how many requests were answered
 * and what failed: `node keep-asking.ts URL`.
 */
import { get } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

const [url = ''] = process.argv.slice(2)
const failures: string[] = []
let answered = 0
let asking = true

function request(): Promise<void> {
  return new Promise((resolve) => {
    const fail = (reason: string) => {
      failures.push(`${new Date().toISOString()} ${reason}`)
      resolve()
    }
    const sent = get(url, { agent: false, timeout: 2000 }, (response) => {
      response.resume()
      response.on('end', () => {
        answered += 1
        resolve()
      })
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer within 2 s')))
    sent.on('error', (error) => fail(error.message))
  })
}

process.on('SIGTERM', () => {
  asking = false
})
console.log('asking')
while (asking) {
  await request()
  await pause(10)
}
console.log(JSON.stringify({ answered, failures }))
