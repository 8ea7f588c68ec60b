import { type Addon, checked } from './addon.ts'
import { domainOf } from './sockaddr.ts'

const SOCK_STREAM = 1
const IPPROTO_TCP = 6

/** The descriptor of a TCP socket for this kind of address, once `prepare` is done with it. */
export function tcpDescriptor(addon: Addon, address: string, prepare: (fd: number) => void): number {
  const fd = checked(addon.socket(domainOf(address), SOCK_STREAM, IPPROTO_TCP), 'socket')
  try {
    prepare(fd)
    return fd
  } catch (error) {
    addon.close(fd)
    throw error
  }
}
