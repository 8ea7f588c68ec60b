/**
 * A relay that runs inside a machine of the lab and takes commands, one line each, on a Unix socket.
 *
 *     relay-program.ts CONTROL-SOCKET LISTEN TARGET
 *
 * Commands: cut, hang, mend, refuse, open, `slow MILLISECONDS`. Each is answered with `done`.
 */
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { type Endpoint, Relay } from './relay.ts'

const [control = '', listen = '', target = ''] = process.argv.slice(2)
const relay = new Relay(listen as Endpoint, target as Endpoint)

async function obey(line: string): Promise<void> {
  const [word, operand] = line.split(' ')
  if (word === 'cut') relay.cut()
  else if (word === 'hang') relay.hang()
  else if (word === 'mend') relay.mend()
  else if (word === 'slow') relay.slow(Number(operand))
  else if (word === 'refuse') await relay.refuse()
  else if (word === 'open') await relay.open()
}

await relay.open()
createServer((socket) => {
  socket.on('error', () => socket.destroy())
  createInterface(socket).on('line', async (line) => {
    await obey(line)
    socket.write('done\n')
  })
}).listen(control, () => console.log('listening'))
