// Compiles native/oyez.c to dist/native/oyez.node. It needs a C compiler and the npm package node-api-headers, and
// neither node-gyp, Node's own headers nor the network. The addon is needed only for TCP MD5, TTL security, binding
// to a device and traffic marking, so a missing compiler is said clearly and is no failure.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const source = join(here, 'oyez.c')
const target = join(here, '..', 'dist', 'native', 'oyez.node')

function newerThanSource(file) {
  return existsSync(file) && statSync(file).mtimeMs >= statSync(source).mtimeMs
}

function without(what, hint) {
  console.error(`native addon: not built: ${what}.`)
  console.error('  Without it oyez runs, but refuses peers that need a password (TCP MD5) or TTL security.')
  console.error(`  To have it: ${hint}, then: npm run build`)
  process.exit(0)
}

function headers() {
  try {
    return createRequire(import.meta.url)('node-api-headers').include_dir
  } catch {
    return without('the npm package node-api-headers is not installed', 'npm ci')
  }
}

function compile(compiler, include) {
  mkdirSync(dirname(target), { recursive: true })
  const flags = [
    '-std=gnu11',
    '-O2',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-Wno-unused-parameter',
    '-shared',
    '-fPIC',
  ]
  // Written beside and renamed, so a running daemon never maps a half-written file.
  const made = spawnSync(compiler, [...flags, '-I', include, '-o', `${target}.new`, source], {
    encoding: 'utf8',
  })
  if (made.error?.code === 'ENOENT') {
    without(`no C compiler (\`${compiler}\` is not in PATH)`, 'apt-get install gcc libc6-dev')
  }
  if (made.status !== 0) {
    console.error(made.stderr)
    without(`\`${compiler}\` failed, see above`, 'install the C library headers (apt-get install libc6-dev)')
  }
  renameSync(`${target}.new`, target)
}

if (process.platform !== 'linux') without(`it is for Linux and this is ${process.platform}`, 'use Linux')
if (!newerThanSource(target)) compile(process.env.CC ?? 'cc', headers())
