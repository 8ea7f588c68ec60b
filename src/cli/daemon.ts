/** How commands reach the running speaker, and what its failures mean for the exit code. */
import { type ApiClient, ApiError, type ApiFailure, connectApi } from '../api/index.ts'
import { CliError, ExitCode } from './io.ts'

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
