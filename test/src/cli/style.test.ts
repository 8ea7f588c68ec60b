import { describe, expect, it } from 'vitest'
import { detectStyle } from '../../../src/cli/style.ts'

const seen = (isTTY: boolean, env: Record<string, string>) => {
  const { good, yes } = detectStyle({ stdout: { isTTY } as never, env })
  return { colour: good('x') !== 'x', yes }
}

describe('detectStyle', () => {
  it('colours terminals only, and not against NO_COLOR', () => {
    expect(seen(true, {}).colour).toBe(true)
    expect(seen(false, {}).colour).toBe(false)
    expect(seen(true, { NO_COLOR: '1' }).colour).toBe(false)
    expect(seen(true, { NO_COLOR: '' }).colour).toBe(true)
    expect(seen(true, { TERM: 'dumb' }).colour).toBe(false)
  })

  it('ticks where the locale has ticks', () => {
    expect(seen(false, { LANG: 'en_US.UTF-8' }).yes).toBe('✓')
    expect(seen(false, { LANG: 'de_DE.utf8' }).yes).toBe('✓')
    expect(seen(false, { LC_ALL: 'C', LANG: 'en_US.UTF-8' }).yes).toBe('ok')
    expect(seen(false, {}).yes).toBe('ok')
  })
})
