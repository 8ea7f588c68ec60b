/** `oyez version`. */
import { packageVersion } from '../version.ts'
import { type Format, show } from './format.ts'
import { ExitCode, type Io } from './io.ts'

export async function version({ output }: { readonly output: Format }, io: Io): Promise<ExitCode> {
  const view = {
    oyez: packageVersion(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  }
  await show(io, output, view, ({ oyez, node, platform }) => `oyez ${oyez} (Node ${node}, ${platform})\n`)
  return ExitCode.ok
}
