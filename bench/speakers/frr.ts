import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CHANGED,
  type Contender,
  type Load,
  medOf,
  RECEIVER,
  type Running,
  routeAddress,
  SPEAKER,
} from '../contender.ts'
import { ControlSocket, daemon, eventually, stopped } from '../daemon.ts'
import { monotonicNs } from '../usage.ts'

const BGPD = '/usr/lib/frr/bgpd'

/**
 * FRR's bgpd alone (no zebra: nothing is installed), routes from `network` statements. Announcing or withdrawing the
 * whole table in one order has no counterpart there, so those two are not measured.
 */
export function frr(directory: string): Contender {
  return {
    name: 'FRR',
    version: () => execFileSync(BGPD, ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? '',
    start: (load) => start(directory, load),
  }
}

async function start(directory: string, load: Load): Promise<Running> {
  const file = join(directory, 'bgpd.conf')
  writeFileSync(file, configuration(load))
  // bgpd insists on its own user and group.
  execFileSync('chown', ['-R', 'frr:frr', directory])
  const args = ['-Z', '-n', '-p', '0', '-f', file]
  const child = daemon(BGPD, [
    ...args,
    '-i',
    join(directory, 'bgpd.pid'),
    '--vty_socket',
    directory,
    '-A',
    '127.0.0.1',
    '-P',
    '0',
  ])
  const socket = await eventually(() => ControlSocket.open(join(directory, 'bgpd.vty'), isComplete))
  const vty = async (...lines: string[]) => {
    const at = monotonicNs()
    for (const line of lines) await socket.ask(`${line}\0`)
    return at
  }
  await vty('enable')
  await eventually(() => loaded(socket, load.routes), 600_000)
  await vty('configure terminal', `router bgp ${SPEAKER.asn}`)
  return {
    pid: child.pid as number,
    connect: () => vty(`no neighbor ${RECEIVER.address} shutdown`),
    change: (announce) =>
      vty('address-family ipv4 unicast').then(() => vty(`${announce ? '' : 'no '}network ${CHANGED}/32`)),
    stop: async () => {
      socket.close()
      await stopped(child)
    },
  }
}

async function loaded(socket: ControlSocket, routes: number): Promise<void> {
  const answer = await socket.ask('show bgp ipv4 unicast statistics\0')
  const count = /Total Prefixes\s*:\s*(\d+)/.exec(answer)?.[1]
  if (Number(count) !== routes) throw new Error(`FRR holds ${count} prefixes of ${routes}`)
}

/** A reply ends with three zero octets and a status octet. */
function isComplete(answer: string): boolean {
  return answer.length >= 4 && answer.slice(-4, -1) === '\0\0\0'
}

function configuration({ routes, sets }: Load): string {
  const maps =
    sets === 1
      ? []
      : Array.from({ length: sets }, (_, i) => `route-map SET${i + 1} permit 1\n set metric ${i + 1}\nexit`)
  const networks = Array.from({ length: routes }, (_, index) => {
    const med = medOf(index, sets)
    return `  network ${routeAddress(index)}/32${med === undefined ? '' : ` route-map SET${med}`}`
  })
  return `${maps.join('\n')}
router bgp ${SPEAKER.asn}
 bgp router-id ${SPEAKER.address}
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor ${RECEIVER.address} remote-as ${RECEIVER.asn}
 neighbor ${RECEIVER.address} port ${RECEIVER.port}
 neighbor ${RECEIVER.address} ebgp-multihop
 neighbor ${RECEIVER.address} update-source ${SPEAKER.address}
 neighbor ${RECEIVER.address} timers connect 1
 neighbor ${RECEIVER.address} shutdown
 address-family ipv4 unicast
${networks.join('\n')}
 exit-address-family
`
}
