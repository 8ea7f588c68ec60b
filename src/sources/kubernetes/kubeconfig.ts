/**
 * Which cluster, and as whom: a kubeconfig that is named, else the service account of this pod, else the kubeconfig
 * that kubectl would take. What is found is narrowed to one cluster, one user and one context before the library sees
 * it, because a file holds other people's doors too, and its own merging differs from kubectl's. What is wrong with a
 * file is told by place, never by quoting it: it holds tokens.
 */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import type { Document } from 'yaml'
import { KubeError } from './types.ts'

export interface Choice {
  /** A file; several joined like a path, as in $KUBECONFIG. */
  readonly kubeconfig?: string
  readonly context?: string
}

/** Of the process, passed in for tests. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where pods find their service account. */
  readonly serviceAccount: string
}

export const SURROUNDINGS: Surroundings = {
  env: process.env,
  serviceAccount: '/var/run/secrets/kubernetes.io/serviceaccount',
}

type Entry = Readonly<Record<string, unknown>>

/** One door: a kubeconfig of one cluster, one user and one context, in JSON. */
export interface Door {
  readonly server: string
  readonly namespace?: string
  /** For the library's own reader. Holds secrets. */
  readonly config: string
  /** Read again and again: it is replaced long before the token in it expires. */
  readonly tokenFile?: string
  /** Where this was found, for messages. */
  readonly origin: string
}

export async function findDoor(choice: Choice, surroundings: Surroundings): Promise<Door> {
  const { env } = surroundings
  if (choice.kubeconfig === undefined && choice.context === undefined) {
    const own = await ownAccount(surroundings)
    if (own !== undefined) return own
  }
  const named = choice.kubeconfig ?? env.KUBECONFIG
  const files = named ? named.split(delimiter).filter((file) => file !== '') : [defaultFile(env)]
  const found = await Promise.all(files.map((file) => readKubeconfig(file, choice.kubeconfig !== undefined)))
  const read = found.filter((one) => one !== undefined)
  if (read.length === 0)
    throw unusable(
      `no cluster to talk to: this is no pod with a service account, and no kubeconfig is at ${files.join(delimiter)}`,
      'name one with --kubeconfig FILE or $KUBECONFIG',
    )
  return narrow(merge(read), choice.context, files.join(delimiter))
}

const defaultFile = (env: Surroundings['env']): string => join(env.HOME ?? homedir(), '.kube', 'config')

/** The API server's address and the account's token, as every pod has them. */
async function ownAccount({ env, serviceAccount }: Surroundings): Promise<Door | undefined> {
  const host = env.KUBERNETES_SERVICE_HOST
  const tokenFile = join(serviceAccount, 'token')
  if (!host || !(await isReadable(tokenFile))) return undefined
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT ?? '443'}`
  const namespace = await readFile(join(serviceAccount, 'namespace'), 'utf8').catch(() => '')
  const cluster = { server, 'certificate-authority': join(serviceAccount, 'ca.crt') }
  return {
    server,
    ...(namespace.trim() !== '' && { namespace: namespace.trim() }),
    config: configOf(cluster, {}),
    tokenFile,
    origin: `the service account in ${serviceAccount}`,
  }
}

const isReadable = (file: string): Promise<boolean> =>
  readFile(file).then(
    () => true,
    () => false,
  )

interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, Entry>
  readonly users: ReadonlyMap<string, Entry>
  readonly contexts: ReadonlyMap<string, Entry>
  readonly current?: string
}

/** A file of $KUBECONFIG that is not there is passed over, as kubectl does. */
async function readKubeconfig(file: string, mustExist: boolean): Promise<Kubeconfig | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'ENOENT' && !mustExist) return undefined
    throw unusable(
      `the kubeconfig ${file} cannot be read (${code ?? 'unknown error'})`,
      'name another: --kubeconfig',
    )
  }
  return kubeconfigOf(await parse(text, file), dirname(file))
}

async function parse(text: string, file: string): Promise<Entry> {
  const { parseDocument } = await import('yaml')
  const document = parseDocument(text, { prettyErrors: true, merge: true })
  const [fault] = document.errors
  const line = fault?.linePos?.[0].line
  if (fault !== undefined)
    throw unusable(`the kubeconfig ${file} is not valid YAML${line === undefined ? '' : ` (line ${line})`}`)
  const value = contentsOf(document)
  if (value === null) throw unusable(`the kubeconfig ${file} is empty`)
  if (typeof value !== 'object' || Array.isArray(value))
    throw unusable(`${file} is no kubeconfig`, 'name another: --kubeconfig')
  return value as Entry
}

/** Undefined: its aliases would make it endless. */
function contentsOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch {
    return undefined
  }
}

function kubeconfigOf(value: Entry, folder: string): Kubeconfig {
  const current = value['current-context']
  return {
    clusters: named(value.clusters, 'cluster', folder),
    users: named(value.users, 'user', folder),
    contexts: named(value.contexts, 'context', folder),
    ...(typeof current === 'string' && current !== '' && { current }),
  }
}

const PATHS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile']

/** Paths in a file are relative to it. */
function named(list: unknown, field: string, folder: string): Map<string, Entry> {
  const entries = new Map<string, Entry>()
  for (const item of Array.isArray(list) ? (list as (Entry | null)[]) : []) {
    const name = item?.name
    const entry = (item?.[field] ?? {}) as Entry
    if (typeof name !== 'string' || typeof entry !== 'object' || entries.has(name)) continue
    const moved = PATHS.flatMap((path) => absolute(path, entry[path], folder))
    entries.set(name, { ...entry, ...Object.fromEntries(moved) })
  }
  return entries
}

const absolute = (field: string, path: unknown, folder: string): [string, string][] =>
  typeof path === 'string' && path !== '' && !isAbsolute(path) ? [[field, join(folder, path)]] : []

/** What an earlier file says holds. */
function merge(all: readonly Kubeconfig[]): Kubeconfig {
  const of = (field: 'clusters' | 'users' | 'contexts') =>
    new Map([...all].reverse().flatMap((one) => [...one[field]]))
  const current = all.find((one) => one.current !== undefined)?.current
  return {
    clusters: of('clusters'),
    users: of('users'),
    contexts: of('contexts'),
    ...(current !== undefined && { current }),
  }
}

function narrow(all: Kubeconfig, wanted: string | undefined, origin: string): Door {
  const context = contextOf(all, wanted, origin)
  const cluster = all.clusters.get(String(context.cluster))
  const server = cluster?.server
  if (typeof server !== 'string' || !URL.canParse(server))
    throw unusable(`the context in ${origin} names a cluster without a server address`, 'kubectl config view')
  const { tokenFile, ...user } = all.users.get(String(context.user)) ?? {}
  const { namespace } = context
  return {
    server: server.replace(/\/+$/, ''),
    ...(typeof namespace === 'string' && namespace !== '' && { namespace }),
    config: configOf(cluster as Entry, user),
    ...(typeof tokenFile === 'string' && tokenFile !== '' && { tokenFile }),
    origin,
  }
}

function contextOf({ contexts, current }: Kubeconfig, wanted: string | undefined, origin: string): Entry {
  if (contexts.size === 0) throw unusable(`${origin} has no contexts`, 'name another: --kubeconfig')
  const name = wanted ?? current
  const context = name === undefined ? undefined : contexts.get(name)
  if (context !== undefined) return context
  const problem = name === undefined ? 'no current context' : `no context ${JSON.stringify(name)}`
  throw unusable(`${origin} has ${problem}`, `it has: ${[...contexts.keys()].slice(0, 8).join(', ')}`)
}

/** Without TLS there is nothing to verify; the library wants to be told. */
function configOf(cluster: Entry, user: Entry): string {
  const plain = String(cluster.server).startsWith('http:')
  return JSON.stringify({
    clusters: [{ name: 'it', cluster: { ...cluster, ...(plain && { 'insecure-skip-tls-verify': true }) } }],
    users: [{ name: 'it', user }],
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
    'current-context': 'it',
  })
}

const unusable = (message: string, hint?: string): KubeError =>
  new KubeError('failed', message, { ...(hint !== undefined && { hint }) })
