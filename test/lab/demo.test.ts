import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runCommand } from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'

const MAIN = fileURLToPath(new URL('../../bird-testbed/main.ts', import.meta.url))

describeLab('the demo', ['bird'], () => {
  test('holds all it claims', async () => {
    const { code, stdout, stderr } = await runCommand([process.execPath, MAIN, 'demo'], { anyCode: true })
    expect(stderr).toBe('')
    expect(stdout).toContain('Everything the demo claims was checked and holds.')
    expect(stdout.match(/did not flap/g)).toHaveLength(3)
    expect(code).toBe(0)
  })
})
