/**
 * Answers every HTTP request with this node's name: `node answer.ts NAME PORT`. It stands in for kube-proxy and the
 * broker behind it, so that a client sees which node its packets went to.
 */
import { createServer } from 'node:http'

const [name = 'node', port = '9092'] = process.argv.slice(2)

const server = createServer((_request, response) => {
  // One connection per request: the router spreads connections, not requests.
  response.setHeader('connection', 'close')
  response.end(`${name}\n`)
})
server.listen(Number(port), '0.0.0.0', () => console.log(`listening on port ${port}`))
