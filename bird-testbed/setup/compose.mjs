// podman-compose, for the test that plays docker-compose.yml: Debian's is too old, so a pinned one comes from PyPI and
// is kept outside the repository.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ROOT, runQuietly } from './run.mjs'

const PYTHON = '/usr/bin/python3'
const REQUIREMENTS = join(ROOT, 'bird-testbed/compose/requirements.txt')
const FOLDER = join(process.env.OYEZ_LAB_CACHE ?? join(homedir(), '.cache/oyez'), 'podman-compose')

/** Fetches it unless it is there. What remains missing is said here, and by the test that is skipped for it. */
export async function installCompose() {
  if (existsSync(join(FOLDER, 'podman_compose.py')) || !existsSync(PYTHON)) return
  const argv = [PYTHON, '-m', 'pip', 'install', '--no-deps', '--require-hashes', '--target', FOLDER]
  const { code, output } = await runQuietly('podman-compose: pip install', [...argv, '-r', REQUIREMENTS], {})
  if (code !== 0) console.log(output)
}
