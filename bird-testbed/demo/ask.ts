/**
 * Sends COUNT requests to a URL, each on a connection of its own, and prints how many each node answered as JSON:
 * `node ask.ts URL COUNT`. A request without an answer counts under its error.
 */
import { get } from 'node:http'

const [url = '', count = '1'] = process.argv.slice(2)

function request(): Promise<string> {
  return new Promise((resolve) => {
    const sent = get(url, { agent: false, timeout: 3000 }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () => resolve(text.trim()))
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer')))
    sent.on('error', (error) => resolve(error.message))
  })
}

const answers = await Promise.all(Array.from({ length: Number(count) }, request))
const tally: Record<string, number> = {}
for (const answer of answers) tally[answer] = (tally[answer] ?? 0) + 1
console.log(JSON.stringify(tally))
