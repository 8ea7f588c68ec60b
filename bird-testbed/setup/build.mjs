// Builds dist/ when a source has changed since the last build: a stamp there holds name, size and time of each source.

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, runQuietly, SetupError } from './run.mjs'

const SOURCES = [
  'bgp',
  'peers',
  'src',
  'native',
  'build',
  'package-lock.json',
  'package.json',
  'tsconfig.json',
]
const STAMP = join(ROOT, 'dist/.built-from')

export async function buildIfNeeded() {
  const wanted = fingerprint()
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return
  const { code, output } = await runQuietly('build: npm run build', ['npm', 'run', 'build'])
  // The addon's absence is no failure, but its message has to be seen.
  const aboutAddon = output.split('\n').filter((line) => /addon|^ {2}/.test(line))
  if (code !== 0) throw new SetupError(`${output}\nThe build failed, see above.`)
  if (aboutAddon.length > 0) console.log(aboutAddon.join('\n'))
  else writeFileSync(STAMP, wanted)
}

function fingerprint() {
  const hash = createHash('sha256')
  for (const file of SOURCES.flatMap((name) => filesBelow(join(ROOT, name)))) {
    const { size, mtimeMs } = statSync(file)
    hash.update(`${file} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex')
}

function filesBelow(path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)))
}
