import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findDoor } from '../../../../src/sources/kubernetes/kubeconfig.ts'
import { KubeError } from '../../../../src/sources/kubernetes/types.ts'
import { temporaryFolder, writeFiles } from '../../../support/temporary-folder.ts'

const TOKEN = 'tok-0123456789abcdef0123456789abcdef'

const config = (over: object = {}) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    clusters: [
      { name: 'c', cluster: { server: 'https://c.example:6443/', 'certificate-authority': 'pki/ca.crt' } },
      { name: 'd', cluster: { server: 'https://d.example' } },
    ],
    users: [
      { name: 'u', user: { 'client-certificate': '/abs/u.crt', 'client-key': 'u.key' } },
      { name: 't', user: { tokenFile: 'token' } },
    ],
    contexts: [
      { name: 'here', context: { cluster: 'c', user: 'u', namespace: 'oyez-system' } },
      { name: 'there', context: { cluster: 'd', user: 't' } },
      { name: 'nowhere', context: { cluster: 'x', user: 't' } },
    ],
    ...over,
  })

const around = (env: Record<string, string> = {}, serviceAccount = '/nonexistent') => ({
  env,
  serviceAccount,
})

async function refusal(work: Promise<unknown>): Promise<KubeError> {
  const error = await work.catch((one: unknown) => one)
  if (!(error instanceof KubeError)) throw new Error(`no KubeError: ${String(error)}`)
  return error
}

describe('a kubeconfig', () => {
  const root = () => temporaryFolder({ config: config() })

  it('is narrowed to its current context, with paths that are relative to it', async () => {
    const folder = root()
    const door = await findDoor({ kubeconfig: join(folder, 'config') }, around())
    expect(door).toMatchObject({ server: 'https://c.example:6443', namespace: 'oyez-system' })
    const { clusters, users } = JSON.parse(door.config)
    expect(clusters.length + users.length).toBe(2)
    expect(clusters[0].cluster['certificate-authority']).toBe(join(folder, 'pki/ca.crt'))
    expect(users[0].user).toEqual({ 'client-certificate': '/abs/u.crt', 'client-key': join(folder, 'u.key') })
  })

  it('gives another context when asked, and the token file of its user', async () => {
    const folder = root()
    const door = await findDoor({ kubeconfig: join(folder, 'config'), context: 'there' }, around())
    expect(door).toMatchObject({ server: 'https://d.example', tokenFile: join(folder, 'token') })
    expect(door.namespace).toBeUndefined()
  })

  it('is found as kubectl finds it: $KUBECONFIG, of several the first word holds, missing ones passed over', async () => {
    const folder = temporaryFolder({
      first: config({ 'current-context': 'there', contexts: [] }),
      second: config({ users: [{ name: 't', user: { token: 'other' } }] }),
    })
    const KUBECONFIG = ['missing', 'first', 'second'].map((name) => join(folder, name)).join(':')
    const door = await findDoor({}, around({ KUBECONFIG }))
    expect(door).toMatchObject({ server: 'https://d.example', tokenFile: join(folder, 'token') })
  })

  it('is found in the home folder when nothing else is said', async () => {
    const HOME = temporaryFolder({ '.kube/config': config() })
    expect((await findDoor({}, around({ HOME }))).server).toBe('https://c.example:6443')
  })

  it.each([
    ['is not there', {}, 'cannot be read (ENOENT)'],
    ['is not YAML', { config: `users:\n - {token: ${TOKEN}\n  x: ]` }, 'is not valid YAML (line'],
    ['is empty', { config: '' }, 'is empty'],
    ['has no contexts', { config: config({ contexts: [] }) }, 'has no contexts'],
    ['is a list', { config: '- a\n' }, 'is no kubeconfig'],
    ['is a sentence', { config: 'hello there\n' }, 'is no kubeconfig'],
    ['has aliases without end', { config: aliases() }, 'is no kubeconfig'],
    ['has no current context', { config: config({ 'current-context': '' }) }, 'has no current context'],
    [
      'names a cluster it does not have',
      { config: config({ 'current-context': 'nowhere' }) },
      'without a server address',
    ],
    ['has nonsense for its lists', { config: config({ contexts: 5, users: [null] }) }, 'has no contexts'],
  ])('that %s is told, with the file', async (_, files, message) => {
    const folder = temporaryFolder(files as Record<string, string>)
    const error = await refusal(findDoor({ kubeconfig: join(folder, 'config') }, around()))
    expect(error.message).toContain(message)
    expect(error.message).toContain(folder)
    expect(JSON.stringify([error.message, error.hint])).not.toContain(TOKEN)
  })

  it('without the context that was asked for tells which it has', async () => {
    const folder = root()
    const error = await refusal(findDoor({ kubeconfig: join(folder, 'config'), context: 'prod' }, around()))
    expect(error.message).toContain('no context "prod"')
    expect(error.hint).toBe('it has: here, there, nowhere')
  })
})

describe('in a pod', () => {
  const account = () => temporaryFolder({ token: TOKEN, 'ca.crt': 'x', namespace: 'oyez-system\n' })
  const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443', HOME: '/nonexistent' }

  it('the service account is taken, before any kubeconfig that lies about', async () => {
    const folder = account()
    const door = await findDoor({}, around(env, folder))
    expect(door).toMatchObject({
      server: 'https://10.96.0.1:443',
      namespace: 'oyez-system',
      tokenFile: join(folder, 'token'),
    })
    expect(door.config).not.toContain(TOKEN)
  })

  it('with an IPv6 address', async () => {
    const door = await findDoor({}, around({ ...env, KUBERNETES_SERVICE_HOST: 'fd00::1' }, account()))
    expect(door.server).toBe('https://[fd00::1]:443')
  })

  it('a kubeconfig that is named is taken before the service account', async () => {
    const folder = account()
    writeFiles(folder, { config: config() })
    const door = await findDoor({ kubeconfig: join(folder, 'config') }, around(env, folder))
    expect(door.server).toBe('https://c.example:6443')
  })

  it('without a token, what was looked for is told', async () => {
    const error = await refusal(findDoor({}, around(env, temporaryFolder())))
    expect(error.message).toContain('no cluster to talk to')
    expect(error.hint).toContain('--kubeconfig')
  })
})

/** Each line ten times the one before. */
function aliases(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let at = 1; at < 9; at++)
    lines.push(`a${at}: &a${at} [${Array.from({ length: 10 }, () => `*a${at - 1}`).join(', ')}]`)
  return `${lines.join('\n')}\n`
}
