import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { boundConnections } from '../../../src/api/index.ts'

let server: Server
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

it('lets the newest in, however many are held open', async () => {
  server = createServer((_, response) => response.end('here'))
  boundConnections(server, 4)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const silent = Array.from({ length: 20 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  await Promise.all(silent.map((one) => new Promise((resolve) => one.once('connect', resolve))))
  const answer = await fetch(`http://127.0.0.1:${port}/`)
  expect(await answer.text()).toBe('here')
  for (const one of silent) one.destroy()
})
