import { spawnSync } from 'node:child_process'
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

/** Another BIRD than the one in PATH, to compare with its newest release. */
const BIRD = process.env.OYEZ_BENCH_BIRD ?? 'bird'

/** BIRD with static routes; protocols are switched on and off over its control socket. */
export function bird(directory: string): Contender {
  return {
    name: 'BIRD',
    version: () => spawnSync(BIRD, ['--version'], { encoding: 'utf8' }).stderr.trim(),
    start: (load) => start(directory, load),
  }
}

async function start(directory: string, load: Load): Promise<Running> {
  const file = join(directory, 'bird.conf')
  const control = join(directory, 'bird.ctl')
  writeFileSync(file, configuration(load))
  const child = daemon(BIRD, ['-f', '-c', file, '-s', control, '-P', join(directory, 'bird.pid')])
  const socket = await eventually(() => ControlSocket.open(control, isComplete))
  await socket.greeting()
  await eventually(() => loaded(socket, load.routes))
  const order = async (text: string) => {
    const at = monotonicNs()
    await socket.ask(`${text}\n`)
    return at
  }
  return {
    pid: child.pid as number,
    connect: () => order('enable receiver'),
    change: (announce) => order(`${announce ? 'enable' : 'disable'} one`),
    withdrawAll: () => order('disable all_routes'),
    announceAll: () => order('enable all_routes'),
    stop: async () => {
      socket.close()
      await stopped(child)
    },
  }
}

async function loaded(socket: ControlSocket, routes: number): Promise<void> {
  const answer = await socket.ask('show route count\n')
  if (!answer.includes(`${routes} of ${routes} routes`)) throw new Error(`BIRD holds: ${answer}`)
}

/** A reply ends with a line of four digits and a space. */
function isComplete(answer: string): boolean {
  return /^\d{4} [^\n]*\n$/m.test(answer.slice(answer.lastIndexOf('\n', answer.length - 2) + 1))
}

function configuration({ routes, sets }: Load): string {
  const lines = Array.from({ length: routes }, (_, index) => {
    const med = medOf(index, sets)
    return `  route ${routeAddress(index)}/32 blackhole${med === undefined ? '' : ` { bgp_med = ${med}; }`};`
  })
  return `router id ${SPEAKER.address};
protocol device { }
protocol static all_routes {
  ipv4;
${lines.join('\n')}
}
protocol static one {
  disabled;
  ipv4;
  route ${CHANGED}/32 blackhole;
}
protocol bgp receiver {
  disabled;
  local ${SPEAKER.address} as ${SPEAKER.asn};
  neighbor ${RECEIVER.address} port ${RECEIVER.port} as ${RECEIVER.asn};
  multihop;
  connect delay time 1;
  ipv4 { import none; export all; next hop self; };
}
`
}
