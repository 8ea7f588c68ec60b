/** One answer in the format that was asked for: for people a text, for programs JSON or YAML of the same value. */
import { emit, type Io } from './io.ts'
import { detectStyle, type Style } from './style.ts'

export const FORMATS = ['table', 'wide', 'json', 'yaml'] as const
export type Format = (typeof FORMATS)[number]

export interface TextOptions {
  readonly style: Style
  readonly wide: boolean
}

export async function show<T>(
  io: Io,
  format: Format,
  value: T,
  text: (value: T, options: TextOptions) => string,
): Promise<void> {
  await emit(io.stdout, await render(io, format, value, text))
}

async function render<T>(
  io: Io,
  format: Format,
  value: T,
  text: (value: T, options: TextOptions) => string,
): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(value, null, 2)}\n`
    case 'yaml':
      return await yamlOf(value)
    case 'table':
    case 'wide':
      return text(value, { style: detectStyle(io), wide: format === 'wide' })
  }
}

/** The YAML library costs as much time as all else together: only those who want YAML wait for it. */
export async function yamlOf(value: unknown): Promise<string> {
  const { stringify } = await import('yaml')
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 })
}
