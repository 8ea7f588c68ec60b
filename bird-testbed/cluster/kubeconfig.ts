/** Kubeconfig files as kubectl, kubelet and oyez read them; with everything inside, so that one file can be copied. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Credential } from './pki.ts'

export interface KubeconfigFacts {
  /** `https://192.168.200.1:6443` */
  readonly server: string
  /** PEM. */
  readonly ca: string
  readonly user: Credential | { readonly token: string } | { readonly tokenFile: string }
  readonly namespace?: string
}

export function writeKubeconfig(path: string, facts: KubeconfigFacts): string {
  writeFileSync(path, JSON.stringify(kubeconfig(facts), null, 2), { mode: 0o600 })
  return path
}

function kubeconfig({ server, ca, user, namespace = 'default' }: KubeconfigFacts): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'lab',
    clusters: [{ name: 'lab', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: 'user', user: credentials(user) }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'user', namespace } }],
  }
}

function credentials(user: KubeconfigFacts['user']): unknown {
  if (!('cert' in user)) return user
  return {
    'client-certificate-data': base64(readFileSync(user.cert, 'utf8')),
    'client-key-data': base64(readFileSync(user.key, 'utf8')),
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
