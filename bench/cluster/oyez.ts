/** Oyez as its image runs it, its controller beside the API server and a speaker on each node. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OYEZ } from '../../bird-testbed/index.ts'
import type { Implementation } from './implementation.ts'

const ROOT = join(import.meta.dirname, '../..')
const NAMESPACE = 'oyez-system'
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }

export const oyez: Implementation = {
  name: 'oyez',
  version: `oyez ${version}`,
  namespace: NAMESPACE,
  async install({ plane }) {
    await plane.kubectl(['apply', '--server-side', '-k', join(ROOT, 'deploy/crds')])
  },
  async startController({ plane }) {
    const { kubeconfig } = await plane.powerfulAccount(NAMESPACE, 'oyez')
    const argv = [process.execPath, OYEZ, 'controller', '--kubeconfig', kubeconfig, '--namespace', NAMESPACE]
    return plane.host.spawn('oyez-controller', argv, imageEnvironment())
  },
  async startSpeaker({ plane }, node) {
    const { kubeconfig } = await plane.powerfulAccount(NAMESPACE, 'oyez')
    const argv = [process.execPath, OYEZ, 'speaker', '--node', node.name, '--kubeconfig', kubeconfig]
    const own = ['--namespace', NAMESPACE, '--socket', node.file('oyez.sock')]
    return node.spawn('oyez-speaker', [...argv, ...own], imageEnvironment())
  },
}

/** What the Dockerfile says by ENV. */
function imageEnvironment(): Record<string, string> {
  const dockerfile = readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8')
  const [, variables = ''] = /^ENV (.*)$/m.exec(dockerfile) ?? []
  return Object.fromEntries([...variables.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]))
}
