// The one way in: `npm run demo`, `npm test`, `npm run bench`. Plain JavaScript for any Node >= 18 with nothing
// installed, because it is what installs everything: npm packages, the pinned Node, Debian's routers, the build.
// Every step looks first whether it has anything to do, so the second run starts at once.
import { buildIfNeeded } from './setup/build.mjs'
import { installCompose } from './setup/compose.mjs'
import { installDebianPackages } from './setup/debian.mjs'
import { buildKubernetes } from './setup/kubernetes.mjs'
import { labPrefix } from './setup/namespaces.mjs'
import { installNpmPackages, pinnedNode } from './setup/npm.mjs'
import { endingBySignal, run, SetupError } from './setup/run.mjs'
import { runSuite } from './setup/suite.mjs'

const COMMANDS = {
  async demo(args) {
    const inCluster = args.includes('--cluster')
    await installNpmPackages()
    const lacking = await installDebianPackages(inCluster ? 'cluster demo' : 'demo')
    if (lacking.some((name) => DEMO_NEEDS.includes(name))) {
      console.log(`The demo needs ${DEMO_NEEDS.join(' and ')}.`)
      return 1
    }
    if (inCluster) await buildKubernetes(['kubernetes'])
    await buildIfNeeded()
    const prefix = labPrefix()
    return prefix === undefined ? 1 : run([...prefix, pinnedNode(), 'bird-testbed/main.ts', 'demo', ...args])
  },
  async test(args) {
    await prepare('test')
    await installCompose()
    return runSuite(labPrefix() ?? [], args)
  },
  async bench(args) {
    await prepare('bench')
    return run([pinnedNode(), 'bench/main.ts', ...args])
  },
}

const DEMO_NEEDS = ['bird2', 'iproute2']

async function prepare(purpose) {
  await installNpmPackages()
  await installDebianPackages(purpose)
  await buildKubernetes()
  await buildIfNeeded()
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
