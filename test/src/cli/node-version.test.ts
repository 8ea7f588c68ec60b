import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isTooOld } from '../../../src/cli/node-version.ts'

describe('isTooOld', () => {
  it.each(['18.20.8', '20.20.2', '22.9.0', '22.18.0'])('refuses %s', (version) => {
    expect(isTooOld(version)).toBe(true)
  })

  it.each(['22.19.0', '22.20.1', '24.0.0', '26.1.0-nightly'])('takes %s', (version) => {
    expect(isTooOld(version)).toBe(false)
  })

  it('asks for what package.json says', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } }
    const oldest = engines.node.replace('>=', '')
    expect(isTooOld(`${oldest}.0`)).toBe(false)
    expect(isTooOld(`${oldest.replace(/\d+$/, (minor) => String(Number(minor) - 1))}.9`)).toBe(true)
  })
})
