/** What to try while a lab stays up. */
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Lab } from '../index.ts'
import { KAFKA_PORT } from './kafka-network.ts'

export function hints(lab: Lab, ending: string): string {
  return [
    `\nThe lab ${lab.id} stays up; ${ending}`,
    on('router', 'ip route show proto bird'),
    on('router', 'birdc show protocols'),
    on('node0', 'oyez peers'),
    on('node0', 'oyez routes'),
    on('node0', 'oyez explain kafka/kafka-0'),
    on('client', `ask http://192.168.200.240:${KAFKA_PORT}/ 30`),
    `Or edit ${join(lab.directory, 'manifests', 'services.yaml')}\n(externalTrafficPolicy, say) and look again.`,
  ].join('\n')
}

export function clusterHints(lab: Lab, ending: string): string {
  return [
    `\nThe lab ${lab.id} stays up; ${ending}`,
    on('control-plane', 'kubectl get services,pods -A -o wide'),
    on('control-plane', 'kubectl oyez routes'),
    on('control-plane', 'kubectl oyez explain kafka/kafka-0'),
    on('control-plane', 'kubectl edit service -n kafka kafka-0'),
    on('router', 'birdc show route'),
    on('client', `ask http://192.168.200.243:${KAFKA_PORT}/ 30`),
  ].join('\n')
}

function on(machine: string, command: string): string {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  return `  ${[process.execPath, main].map(fromHere).join(' ')} exec ${machine} -- ${command}`
}

/** The shorter of a path from here and the full one. */
function fromHere(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}
