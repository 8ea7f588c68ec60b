// Makes what the image adds to its base, as a tree of files: node build/image-root.mjs DIRECTORY. The Dockerfile and
// the lab both make it here, so that what the lab tries is what is shipped.
//
//   usr/local/bin/node              the Node that runs this script, without its symbols
//   usr/local/bin/oyez              -> the program
//   opt/oyez                        package.json, LICENSE, dist/program, dist/native
//
// There is no npm, no node_modules and no shell in it.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const PROGRAM = 'opt/oyez/dist/program/cli/main.js'

const [, , given] = process.argv
if (given === undefined) throw new Error('usage: node build/image-root.mjs DIRECTORY')
const target = resolve(given)
const inside = (path) => {
  mkdirSync(dirname(join(target, path)), { recursive: true })
  return join(target, path)
}

function addProgram() {
  for (const path of ['package.json', 'LICENSE']) copyFileSync(join(ROOT, path), inside(`opt/oyez/${path}`))
  for (const path of ['dist/program', 'dist/native']) {
    if (!existsSync(join(ROOT, path))) throw new Error(`there is no ${path}: run \`npm run build\` first`)
    cpSync(join(ROOT, path), inside(`opt/oyez/${path}`), { recursive: true })
  }
}

/** A base without a shell has no `env` either, so the program names its Node by path. */
function nameItsNode() {
  const text = readFileSync(inside(PROGRAM), 'utf8').replace(/^#!.*/, '#!/usr/local/bin/node')
  writeFileSync(inside(PROGRAM), text)
  chmodSync(inside(PROGRAM), 0o755)
  symlinkSync(`/${PROGRAM}`, inside('usr/local/bin/oyez'))
}

/** The symbols are a fifth of its size. */
function addNode() {
  const node = inside('usr/local/bin/node')
  copyFileSync(process.execPath, node)
  chmodSync(node, 0o755)
  if (spawnSync('strip', ['--strip-unneeded', node]).status !== 0)
    console.error('strip is missing: Node keeps its symbols')
}

rmSync(target, { recursive: true, force: true })
addProgram()
nameItsNode()
addNode()
console.log(`${target} is made`)
