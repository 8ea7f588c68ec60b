// The one way in: `npm run demo`, `npm test`, `npm run bench`. Plain JavaScript for any Node >= 18 with nothing
// installed, because it is what installs everything: npm packages, the pinned Node, Debian's routers, the build.
// Every step looks first whether it has anything to do, so the second run starts at once.
import { buildIfNeeded } from './setup/build.mjs'
import { installDebianPackages } from './setup/debian.mjs'
import { labPrefix } from './setup/namespaces.mjs'
import { installNpmPackages, pinnedNode } from './setup/npm.mjs'
import { endingBySignal, run, SetupError } from './setup/run.mjs'
import { runSuite } from './setup/suite.mjs'

const COMMANDS = {
  async demo(args) {
    const lacking = await prepare('demo')
    if (lacking.includes('bird2') || lacking.includes('iproute2')) return 1
    const prefix = labPrefix()
    if (prefix === undefined) return 1
    return run([...prefix, pinnedNode(), 'bird-testbed/main.ts', 'demo', ...args])
  },
  async test(args) {
    await prepare('test')
    return runSuite(labPrefix() ?? [], args)
  },
  async bench(args) {
    await prepare('bench')
    return run([pinnedNode(), 'bench/main.ts', ...args])
  },
}

/** Sets everything up; returns the Debian packages that are still missing, which it has told. */
async function prepare(purpose) {
  await installNpmPackages()
  const lacking = await installDebianPackages(purpose)
  await buildIfNeeded()
  return lacking
}

const [name = '', ...args] = process.argv.slice(2)
if (!Object.hasOwn(COMMANDS, name)) {
  console.error(`usage: node bird-testbed/setup.mjs ${Object.keys(COMMANDS).join('|')}`)
  process.exit(2)
}
try {
  process.exitCode = await COMMANDS[name](args)
} catch (error) {
  process.exitCode = endingBySignal() ?? 1
  if (endingBySignal() === undefined) console.error(error instanceof SetupError ? error.message : error)
}
