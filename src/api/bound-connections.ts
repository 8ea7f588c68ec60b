/** A bound on connections that nobody can use to keep the others out. */
import type { Server, Socket } from 'node:net'

/**
 * At most so many connections: for one more, the oldest is ended. Refusing the newest, as `maxConnections` does, would
 * let whoever holds that many keep the kubelet's probes out, and a speaker be restarted for it.
 */
export function boundConnections(server: Server, most: number): void {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    const [oldest] = open
    if (open.size > most) oldest?.destroy()
  })
}
