/** The versions of the routers on this machine, as they tell them. */
import { runCommand } from '../../../bird-testbed/index.ts'
import type { RouterName } from './router.ts'

const COMMANDS: Readonly<Record<RouterName, readonly string[]>> = {
  BIRD: ['bird', '--version'],
  FRR: ['/usr/lib/frr/bgpd', '--version'],
  GoBGP: ['gobgpd', '--version'],
  OpenBGPD: ['/usr/sbin/bgpd', '-V'],
}

export async function routerVersions(): Promise<Record<RouterName, string>> {
  const names = Object.keys(COMMANDS) as RouterName[]
  const versions = await Promise.all(
    names.map(async (name) => [name, await versionOf(COMMANDS[name])] as const),
  )
  return Object.fromEntries(versions) as Record<RouterName, string>
}

async function versionOf(command: readonly string[]): Promise<string> {
  const said = await runCommand(command, { anyCode: true }).catch(() => ({ stdout: '', stderr: '' }))
  return /\d+(\.\d+)+/.exec(said.stdout + said.stderr)?.[0] ?? ''
}
