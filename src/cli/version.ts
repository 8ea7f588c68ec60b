/** `oyez version`. */
import { createRequire } from 'node:module'
import { type Format, show } from './format.ts'
import { ExitCode, type Io } from './io.ts'

/** Of the package this file belongs to, run from sources or compiled. */
export const packageVersion = (): string =>
  (createRequire(import.meta.url)('oyez/package.json') as { version: string }).version

export async function version({ output }: { readonly output: Format }, io: Io): Promise<ExitCode> {
  const view = {
    oyez: packageVersion(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  }
  await show(io, output, view, ({ oyez, node, platform }) => `oyez ${oyez} (Node ${node}, ${platform})\n`)
  return ExitCode.ok
}
