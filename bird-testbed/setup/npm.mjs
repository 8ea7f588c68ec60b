// npm packages, and the Node that the project pins among them. Whether they are there is read from the lists that
// package-lock.json and npm's own record of node_modules give, so it takes milliseconds and trusts no dates.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OUTER_PATH, ROOT, runQuietly, SetupError } from './run.mjs'

const PINNED = join(ROOT, 'node_modules/node/bin/node')

export async function installNpmPackages() {
  if (!packagesAreThere()) {
    const argv = ['npm', 'ci', '--no-audit', '--no-fund']
    const { code, output } = await runQuietly('npm packages: npm ci', argv, { env: { PATH: OUTER_PATH } })
    if (code !== 0) throw new SetupError(`${output}\nnpm ci failed, see above.`)
  }
  if (!runs(PINNED)) await installPinnedNode()
}

/** The Node that runs everything: the pinned one, or this process's own where that cannot be had. */
export function pinnedNode() {
  return runs(PINNED) ? PINNED : process.execPath
}

function packagesAreThere() {
  const wanted = packagesIn(join(ROOT, 'package-lock.json'))
  const there = packagesIn(join(ROOT, 'node_modules/.package-lock.json'))
  return Object.entries(wanted).every(([path, entry]) => {
    // Optional ones are for other platforms, where they are missing.
    return path === '' || entry.optional === true || there[path]?.version === entry.version
  })
}

function packagesIn(lockFile) {
  return existsSync(lockFile) ? JSON.parse(readFileSync(lockFile, 'utf8')).packages : {}
}

// The package `node` fetches its binary in an install script, which newer npm versions run only when allowed.
async function installPinnedNode() {
  const options = { cwd: join(ROOT, 'node_modules/node'), env: { PATH: OUTER_PATH } }
  const argv = ['node', 'installArchSpecificPackage.js']
  const { code, output } = await runQuietly('Node: the version that package.json pins', argv, options)
  if (runs(PINNED)) return
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const told = `${output}\nThe pinned Node could not be installed (${code}).`
  if (major < 22 || (major === 22 && minor < 19)) {
    throw new SetupError(
      `${told} This Node is ${process.version}; the project needs 22.19 or newer: install that.`,
    )
  }
  console.log(`${told} Going on with this one, ${process.version}.`)
}

function runs(node) {
  return existsSync(node) && spawnSync(node, ['--version']).status === 0
}
