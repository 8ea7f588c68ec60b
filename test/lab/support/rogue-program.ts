/**
 * Peers that are no BGP speakers, one per address: accepts connections on port 179 and misbehaves as told. Prints what
 * it hears as `ADDRESS HEX`, so that a test can see our last words.
 *
 *     node rogue-program.ts ADDRESS=MANNER ...
 */
import { createServer, type Socket } from 'node:net'
import { MANNERS, type Manner } from './rogue-manners.ts'

for (const argument of process.argv.slice(2)) {
  const [address = '', manner = ''] = argument.split('=')
  createServer((socket) => behave(socket, address, manner as Manner)).listen(179, address, () => {
    console.log(`${address} listening`)
  })
}

function behave(socket: Socket, address: string, manner: Manner): void {
  socket.on('error', () => {})
  socket.on('data', (chunk) => console.log(`${address} ${chunk.toString('hex')}`))
  for (const hex of MANNERS[manner]) socket.write(Buffer.from(hex, 'hex'))
  if (manner === 'closes at once') socket.end()
}
