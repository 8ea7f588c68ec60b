/** A folder of manifests that a test edits as people and tools do: whole files, renamed into place. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { object } from '../../support/raw-objects.ts'

export class ClusterFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
    mkdirSync(path, { recursive: true })
  }

  /** Objects become the documents of `NAME.yaml`. */
  write(name: string, ...objects: readonly unknown[]): void {
    this.writeText(name, objects.map((one) => JSON.stringify(one, null, 2)).join('\n---\n'))
  }

  writeText(name: string, text: string): void {
    const file = join(this.path, `${name}.yaml`)
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }

  /** Same size, same date. */
  replaceUnnoticed(name: string, before: string, after: string): void {
    const file = join(this.path, `${name}.yaml`)
    const { atime, mtime } = statSync(file)
    writeFileSync(file, readFileSync(file, 'utf8').replace(before, after))
    utimesSync(file, atime, mtime)
  }

  remove(name: string): void {
    rmSync(join(this.path, `${name}.yaml`))
  }
}

/** Of `default/SERVICE`: one ready endpoint on each of the nodes. */
export function endpointSlice(service: string, ...nodeNames: readonly string[]): unknown {
  const endpoints = nodeNames.map((nodeName, at) => {
    return { nodeName, addresses: [`10.244.${at}.7`], conditions: { ready: true } }
  })
  const labels = { 'kubernetes.io/service-name': service }
  const metadata = { name: `${service}-x`, namespace: 'default', labels }
  return object('discovery.k8s.io/v1', 'EndpointSlice', metadata, { addressType: 'IPv4', endpoints })
}
