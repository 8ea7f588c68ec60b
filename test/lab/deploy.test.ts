import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { awaitUntil, type CommandResult, program } from '../../bird-testbed/index.ts'
import { describeLab } from './describe-lab.ts'
import { askWeb } from './support/in-cluster.ts'
import { ADDRESS, OyezCluster, WEBHOOKS } from './support/oyez-cluster.ts'
import { HOME, isOperators, kustomized, nameOf } from './support/shipped.ts'

/** oyez as `kubectl apply -k deploy` installs it: in the shipped image, with the shipped rights and nothing more. */

// Rolling updates on a machine that does other things as well.
const PATIENCE = { timeout: 240_000 }

const PLUGIN = fileURLToPath(new URL('../../dist/program/cli/kubectl.js', import.meta.url))

describeLab('oyez, installed by kustomize', ['bird', 'cluster', 'image'], () => {
  let oyez: OyezCluster

  beforeAll(async () => {
    oyez = await OyezCluster.start('deploy')
  }, PATIENCE.timeout)
  afterAll(() => oyez?.[Symbol.asyncDispose]())

  test.each(['', 'overlays/prometheus'])('the API server takes every object of deploy/%s', async (folder) => {
    const objects = (await kustomized(folder)).filter((object) => !isOperators(object))
    await oyez.kubectl('create', 'namespace', HOME, '--dry-run=client', '-o', 'name')
    await oyez.cluster.plane.api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: HOME } })
    const stdin = objects.map((object) => JSON.stringify(object)).join('\n---\n')
    const dryRun = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-']
    const { stdout, stderr } = await oyez.cluster.kubectl(dryRun, { stdin })
    expect(stdout.match(/serverside-applied \(server dry run\)/g)).toHaveLength(objects.length)
    expect(stderr).toBe('')
  })

  test('it comes up, and announces a service', PATIENCE, async () => {
    await oyez.kubectl('apply', '-k', oyez.overlay('install', ''))
    await oyez.rolledOut()
    await oyez.configure()
    await oyez.announcedBy('node0', 'node1')
    expect(await oyez.address()).toBe(ADDRESS)
    await awaitUntil(async () => await askWeb(oyez.client, ADDRESS), 'a client reaches the service')
  })

  test('applying it again changes nothing', async () => {
    const before = await generations()
    await oyez.kubectl('apply', '-k', join(oyez.lab.directory, 'install'))
    expect(await generations()).toEqual(before)
    expect(JSON.stringify(await oyez.cluster.plane.api.list(...WEBHOOKS))).toContain('"caBundle":"')
  })

  test('speakers have two capabilities and nothing else, in a file system that nobody can write', async () => {
    const status = await inPod('daemonset/oyez-speaker', `fs.readFileSync('/proc/1/status', 'utf8')`)
    expect(facts(status)).toMatchObject({
      Uid: '0',
      CapEff: '0000000000002400',
      NoNewPrivs: '1',
      Seccomp: '2',
    })
    expect(await inPod('daemonset/oyez-speaker', WRITING)).toMatch(/EROFS/)
    expect(await inPod('daemonset/oyez-speaker', `fs.readdirSync('/run/oyez')`)).toContain('oyez.sock')
  })

  test('controllers have no capability and are nobody', async () => {
    const status = await inPod('deployment/oyez-controller', `fs.readFileSync('/proc/1/status', 'utf8')`)
    expect(facts(status)).toMatchObject({
      Uid: '65532',
      CapEff: '0000000000000000',
      NoNewPrivs: '1',
      Seccomp: '2',
    })
    expect(await inPod('deployment/oyez-controller', WRITING)).toMatch(/EROFS/)
  })

  test('the program is in the pod for whoever looks from there', async () => {
    expect(await oyez.kubectl('-n', HOME, 'exec', 'daemonset/oyez-speaker', '--', 'oyez', 'peers')).toMatch(
      /^router +192\.168\.200\.10 .* Established /m,
    )
  })

  test('its replicas are on different nodes', async () => {
    const pods = await oyez.cluster.plane.api.list('v1', 'Pod', HOME)
    const controllers = pods.filter(({ metadata }) => metadata.name.startsWith('oyez-controller-'))
    expect(new Set(controllers.map(({ spec }) => (spec as { nodeName: string }).nodeName)).size).toBe(2)
  })

  describe('kubectl oyez', () => {
    let viewer: string
    let stranger: string

    beforeAll(async () => {
      const { plane } = oyez.cluster
      viewer = await plane.kubeconfig({ user: 'viewer' })
      stranger = await plane.kubeconfig({ user: 'stranger' })
      const whom = ['--clusterrole=oyez-viewer', '--user=viewer']
      await oyez.kubectl('-n', HOME, 'create', 'rolebinding', 'viewers', ...whom)
    })

    test('shows the sessions of every node, to somebody with the shipped role', async () => {
      const { code, stdout, stderr } = await plugin(viewer, 'peers', '--check')
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(/^node0 +router +192\.168\.200\.10 .* Established /m)
      expect(stdout).toMatch(/^node1 +router +192\.168\.200\.10 .* Established /m)
    })

    test('shows routes, services, reasons, speakers and pools', async () => {
      const shown = async (...args: readonly string[]) => (await plugin(viewer, ...args)).stdout
      expect((await shown('routes')).match(new RegExp(`^node[01] +${ADDRESS}/32`, 'gm'))).toHaveLength(2)
      expect(await shown('services')).toMatch(/^default\/web +198\.51\.100\.0 +Cluster +node0, node1 +-$/m)
      expect((await shown('explain', 'default/web')).match(/^node[01] +yes +\S+ router/gm)).toHaveLength(2)
      expect(await shown('explain', 'default/web', '--node', 'node1')).toContain('node1 announces')
      expect((await shown('status')).match(/^node[01] +yes /gm)).toHaveLength(2)
      expect(await shown('pools')).toMatch(/^first +yes +1 of 8 \(12 %\)/m)
      expect(JSON.parse(await shown('peers', '-o', 'json'))).toMatchObject([
        { node: 'node0' },
        { node: 'node1' },
      ])
    })

    test('tells a stranger which right is missing, and where it comes from', async () => {
      const { code, stderr } = await plugin(stranger, 'peers')
      expect(code).toBe(3)
      expect(stderr).toContain('cannot list pods oyez-system')
      expect(stderr).toContain('resources: ["pods"], verbs: ["list"]')
      expect(stderr).toContain('ClusterRole oyez-viewer')
    })

    test('has a row for the node that does not answer', async () => {
      await oyez.cluster.node('node1').setCable('down')
      try {
        const { code, stdout, stderr } = await plugin(viewer, 'peers', '--timeout', '2')
        expect(stdout).toMatch(/^node1 +- .*no answer: /m)
        expect(stdout).toMatch(/^node0 +router /m)
        expect(stderr).toContain('1 of 2 speakers did not answer.')
        expect(code).toBe(1)
      } finally {
        await oyez.cluster.node('node1').setCable('up')
      }
      await oyez.cluster.ready()
      await oyez.announcedBy('node0', 'node1')
    })
  })

  test('a restart of everything leaves the address and brings both routes back', PATIENCE, async () => {
    await oyez.kubectl(
      '-n',
      HOME,
      'rollout',
      'restart',
      'deployment/oyez-controller',
      'daemonset/oyez-speaker',
    )
    const seen = new Set<number>()
    const rolling = oyez.rolledOut()
    let over = false
    void rolling.then(
      () => (over = true),
      () => (over = true),
    )
    while (!over) {
      seen.add((await oyez.announcers()).length)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await rolling
    await oyez.announcedBy('node0', 'node1')
    expect(await oyez.address()).toBe(ADDRESS)
    // One node at a time: never was there no route.
    expect(seen.has(0)).toBe(false)
  })

  test('nothing it asked for was refused', () => {
    const ours = /^system:serviceaccount:oyez-system:oyez-(controller|speaker)$/
    const refused = oyez.cluster.plane.audit
      .events()
      .filter(({ user, code }) => ours.test(user) && (code === 401 || code === 403))
    expect(refused.map(({ user, verb, resource, name }) => `${user} ${verb} ${resource} ${name}`)).toEqual([])
  })

  test('removing it takes all of it, and nothing of the users', PATIENCE, async () => {
    await oyez.kubectl('delete', '-k', oyez.overlay('remove', 'base'), '--timeout=60s')
    expect(await oyez.leftovers()).toEqual([
      'BGPAdvertisement oyez-system/all',
      'BGPPeer oyez-system/router',
      'IPAddressPool oyez-system/first',
      'RoleBinding oyez-system/viewers',
    ])
    expect(await oyez.address()).toBe(ADDRESS)
  })

  /** They count the changes of what an object wants. */
  async function generations(): Promise<Readonly<Record<string, unknown>>> {
    const ours = (await oyez.objects()).filter(
      ({ kind, metadata }) => kind !== 'Lease' && metadata.generation !== undefined,
    )
    return Object.fromEntries(ours.map((each) => [nameOf(each), each.metadata.generation]))
  }

  async function inPod(pod: string, expression: string): Promise<string> {
    return oyez.kubectl('-n', HOME, 'exec', pod, '--', 'node', '-p', expression)
  }

  /** `kubectl oyez ...` as kubectl finds it: by its name in PATH. */
  async function plugin(kubeconfig: string, ...args: readonly string[]): Promise<CommandResult> {
    const bin = join(oyez.lab.directory, 'bin')
    mkdirSync(bin, { recursive: true })
    const link = join(bin, 'kubectl-oyez')
    try {
      symlinkSync(PLUGIN, link)
    } catch {
      // It is there from the last time.
    }
    const path = [bin, dirname(process.execPath), process.env.PATH].join(':')
    const argv = ['env', `PATH=${path}`, 'LANG=C.UTF-8', program('kubectl'), 'oyez', ...args]
    const env = { ...oyez.cluster.plane.environment, KUBECONFIG: kubeconfig }
    return oyez.cluster.plane.host.exec(argv, { anyCode: true, env })
  }
})

const WRITING = `try { fs.writeFileSync('/opt/oyez/x', ''); 'written' } catch (error) { error.code }`

/** Of /proc/PID/status. */
const facts = (status: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...status.matchAll(/^(\w+):\t(\S+)/gm)].map(([, name, value]) => [name, value]))
