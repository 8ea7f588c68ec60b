import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runCommand } from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'

const MAIN = fileURLToPath(new URL('../../bird-testbed/main.ts', import.meta.url))

describeLab('the demo in a cluster', ['bird', 'cluster', 'image'], () => {
  test('holds all it claims', { timeout: 300_000 }, async () => {
    const argv = [process.execPath, MAIN, 'demo', '--cluster']
    const { code, stdout, stderr } = await runCommand(argv, { anyCode: true })
    expect(stderr).toBe('')
    expect(stdout).toContain('Everything the demo claims was checked and holds.')
    expect(stdout.match(/none failed/g)).toHaveLength(2)
    expect(code).toBe(0)
  })
})
