/** `oyez speaker`: checks what was typed and hands over to the speaker, which runs until it is told to stop. */
import { isAbsolute, resolve } from 'node:path'
import { parseAddress } from '../../bgp/wire/index.ts'
import { SocketError } from '../api/index.ts'
import type { SpeakerOptions } from '../speaker-options.ts'
import { CliError, ExitCode, type Io } from './io.ts'

export interface SpeakerArgs {
  readonly node: string
  readonly manifests: string
  readonly socket: string
  readonly listen?: readonly string[] | undefined
  readonly logLevel: SpeakerOptions['logLevel']
  readonly logFormat: SpeakerOptions['logFormat']
  readonly lbClass?: string | undefined
  readonly ignoreExcludeLb: boolean
}

export async function speaker(args: SpeakerArgs, _io: Io): Promise<ExitCode> {
  const options = speakerOptions(args)
  const { runSpeaker } = await import('../speaker.ts')
  await runSpeaker(options).catch((error: unknown) => {
    throw error instanceof SocketError ? new CliError(ExitCode.finding, error.message) : error
  })
  return ExitCode.ok
}

export function speakerOptions(args: SpeakerArgs): SpeakerOptions {
  const { node, manifests, socket, listen, logLevel, logFormat, lbClass, ignoreExcludeLb } = args
  if (node === '')
    throw new CliError(ExitCode.usage, '--node is empty', 'give the name of the Node object of this machine')
  return {
    node,
    manifests: isAbsolute(manifests) ? manifests : resolve(manifests),
    socket,
    ...(listen !== undefined && { listen: listenOption(listen) }),
    logLevel,
    logFormat,
    ...(lbClass !== undefined && { lbClass }),
    ignoreExcludeLb,
  }
}

type Listen = NonNullable<SpeakerOptions['listen']>

function listenOption(given: readonly string[]): Listen {
  if (!given.includes('none')) return given.map(endpointOf)
  if (given.length === 1) return []
  throw new CliError(ExitCode.usage, '--listen none and --listen ADDR:PORT exclude each other')
}

/** `192.0.2.1:179`, `[2001:db8::1]:179`. */
function endpointOf(text: string): Listen[number] {
  const [, v6, v4, digits = ''] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const address = v6 ?? v4 ?? ''
  const port = Number(digits)
  const octets = parseAddress(address)
  if (octets?.length === (v6 === undefined ? 4 : 16) && port >= 1 && port <= 65_535) return { address, port }
  const hint = 'write 192.0.2.1:179, [2001:db8::1]:179 or none'
  throw new CliError(ExitCode.usage, `--listen ${text} is not an address with a port`, hint)
}
