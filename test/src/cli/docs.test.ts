import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { oyez } from '../../support/fake-io.ts'

/** docs/cli.md shows what the program prints: whatever needs no speaker is printed here again. */
const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8')
const fixtures = new URL('../../fixtures/cli/', import.meta.url).pathname
const folders = { manifests: `${fixtures}shop`, broken: `${fixtures}broken` }

const examples = [...page.matchAll(/^```console\n\$ oyez (plan|pools|lint|decode|--help)(.*)\n([^`]*)```$/gm)]

describe('docs/cli.md', () => {
  it.each(examples.map(([, command, rest, shown]) => ({ line: `${command}${rest}`, shown })))(
    '$line',
    async ({ line, shown }) => {
      const real = line.replace(
        / (manifests|broken)(?=\s|$)/,
        (_, name: keyof typeof folders) => ` ${folders[name]}`,
      )
      const { out, err } = await oyez(real)
      const printed = Object.entries(folders).reduce(
        (text, [name, path]) => text.replaceAll(path, name),
        out + err,
      )
      expect(printed.trimEnd()).toBe(shown?.trimEnd())
    },
  )

  it('has such examples, and names every command', () => {
    expect(examples.length).toBeGreaterThanOrEqual(8)
    const [, listed = ''] = /^Commands:\n([\s\S]*?)\n\n/m.exec(page) ?? []
    const commands = [...listed.matchAll(/^ {2}oyez (\w+)/gm)].map(([, name]) => name)
    expect(commands).toContain('shadow')
    for (const command of commands) expect(page).toContain(`## oyez ${command}\n`)
  })
})
