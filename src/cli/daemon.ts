/** How commands reach the running speaker, and what its failures mean for the exit code. */
import { type ApiClient, ApiError, type ApiFailure, connectApi, type StatusView } from '../api/index.ts'
import type { Format } from './format.ts'
import { CliError, ExitCode, emit, type Io } from './io.ts'

const EXIT: Readonly<Record<ApiFailure, ExitCode>> = {
  unreachable: ExitCode.unreachable,
  denied: ExitCode.unreachable,
  'not-found': ExitCode.notFound,
  failed: ExitCode.finding,
}

/** Asks the speaker; an ApiError becomes the command's failure. */
export async function askSpeaker<T>(socket: string, question: (api: ApiClient) => Promise<T>): Promise<T> {
  try {
    return await question(connectApi({ socket }))
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    throw new CliError(EXIT[error.kind], error.message, error.hint)
  }
}

/** A table that is empty or old because the folder cannot be read would mislead: said on stderr, to people only. */
export async function sayIfStale(socket: string, output: Format, io: Io): Promise<void> {
  if (isText(output)) await emit(io.stderr, stale(await askSpeaker(socket, (api) => api.status())))
}

/** Likewise, and that what a table calls announced has not reached every router. */
export async function sayWhatMisleads(socket: string, output: Format, io: Io): Promise<void> {
  if (!isText(output)) return
  const status = await askSpeaker(socket, (api) => api.status())
  await emit(io.stderr, stale(status) + sessionsDown(status))
}

const isText = (output: Format): boolean => output === 'table' || output === 'wide'

function stale({ ready, source }: StatusView): string {
  if (!ready) return 'No configuration is in force yet: `oyez status` says more.\n'
  return source.diagnostics.some(({ severity }) => severity === 'error')
    ? 'The newest configuration has errors; this is by the one before it: see `oyez status`.\n'
    : ''
}

const sessionsDown = ({ peers: { selected, established } }: StatusView): string =>
  established < selected
    ? `Sessions down: ${selected - established} of ${selected}; see \`oyez peers\`.\n`
    : ''
