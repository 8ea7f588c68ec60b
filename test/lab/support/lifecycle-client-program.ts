/**
 * Asks a URL again and again, one request at a time, each on a new connection, until SIGTERM; then prints how many were
 * answered and what failed, with the time: `node lifecycle-client-program.ts URL`. An answer that is cut off is a failure.
 */
import { get } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

const [url = ''] = process.argv.slice(2)
const failures: string[] = []
let answered = 0
let asking = true

function answer(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: 2000 }, (response) => {
      response.on('end', resolve).on('error', reject).resume()
    })
    request.on('timeout', () => request.destroy(new Error('no answer within 2 s')))
    request.on('error', reject)
  })
}

process.on('SIGTERM', () => {
  asking = false
})
console.log('asking')
while (asking) {
  try {
    await answer()
    answered += 1
  } catch (error) {
    failures.push(`${new Date().toISOString()} ${error instanceof Error ? error.message : String(error)}`)
  }
  await pause(10)
}
console.log(JSON.stringify({ answered, failures }))
