import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { formatDiagnostic } from '../../../../src/cluster/index.ts'
import { loadManifests } from '../../../../src/sources/index.ts'
import { MOST_YAML } from '../../../../src/sources/manifests/text.ts'
import { temporaryFolder, writeFiles } from '../../../support/temporary-folder.ts'

const node = (name: string) => `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}}\n`

async function nodesIn(root: string): Promise<string[]> {
  const { snapshot, diagnostics } = await loadManifests(root)
  if (snapshot === undefined) throw new Error(diagnostics.map(formatDiagnostic).join('\n'))
  return [...snapshot.nodes.keys()]
}

/** Findings as `lint` prints them, with paths from the root. */
async function linesOf(root: string): Promise<string[]> {
  const { diagnostics } = await loadManifests(root)
  return diagnostics.map(({ location, ...finding }) => {
    const file = location.file === undefined ? undefined : relative(root, location.file) || '.'
    return formatDiagnostic({ ...finding, location: { ...location, ...(file !== undefined && { file }) } })
  })
}

test('reads yaml, yml and json, in folders too, and nothing else', async () => {
  const root = temporaryFolder({
    'a.yaml': `${node('a1')}---\n${node('a2')}`,
    'b.yml': node('b'),
    'c.json': JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'c' } }),
    'deep/er/d.YAML': node('d'),
    'e.txt': node('e'),
    'f.yaml~': node('f'),
    '.g.yaml': node('g'),
    '.git/h.yaml': node('h'),
    'README.md': '# hello',
    'empty.yaml': '',
    'comment.yaml': '# nothing here\n',
  })
  expect(await nodesIn(root)).toEqual(['a1', 'a2', 'b', 'c', 'd'])
})

test('a single file, whatever its name', async () => {
  expect(await nodesIn(join(temporaryFolder({ 'objects.txt': node('a') }), 'objects.txt'))).toEqual(['a'])
})

test('a ConfigMap mount: each file once', async () => {
  const root = temporaryFolder({ '..2026_11_21/nodes.yaml': node('a'), '..2026_11_21/more.yaml': node('b') })
  symlinkSync('..2026_11_21', join(root, '..data'))
  symlinkSync('..data/nodes.yaml', join(root, 'nodes.yaml'))
  symlinkSync('..data/more.yaml', join(root, 'more.yaml'))
  expect(await nodesIn(root)).toEqual(['a', 'b'])
})

test('links: to a folder, to the same file twice, in a circle', async () => {
  const outside = temporaryFolder({ 'a.yaml': node('a') })
  const root = temporaryFolder({ 'own/b.yaml': node('b') })
  symlinkSync(outside, join(root, 'linked'))
  symlinkSync(outside, join(root, 'linked-again'))
  symlinkSync(root, join(root, 'own', 'circle'))
  linkSync(join(root, 'own', 'b.yaml'), join(root, 'own', 'same.yaml'))
  expect(await nodesIn(root)).toEqual(['a', 'b'])
})

test('all faults of all files at once, in reading order, each with its place and way out', async () => {
  const root = temporaryFolder({
    'pools.yaml': [
      'apiVersion: metallb.io/v1beta1',
      'kind: IPAddressPool',
      'metadata:',
      '  name: first',
      '  namespace: metallb-system',
      'spec:',
      '  addresses:',
      '  - 192.0.2.0/24',
      '  - 192.0.2.300/24',
      '  autoAsign: true',
      '---',
      'a: [',
    ].join('\n'),
    'peers.yaml': [
      'apiVersion: v1',
      'kind: List',
      'items:',
      '- apiVersion: metallb.io/v1beta2',
      '  kind: BGPPeer',
      '  metadata: {name: router, namespace: metallb-system}',
      '  spec: {myASN: 64512, peerASN: 64513, peerAddress: 192.0.2.1, bfdProfile: fast}',
    ].join('\n'),
  })
  expect(await linesOf(root)).toEqual([
    'peers.yaml:7:64: error: BGPPeer metallb-system/router: spec.bfdProfile: bfdProfile is not supported yet ' +
      '(hint: remove bfdProfile from this peer)',
    'pools.yaml:9:5: error: IPAddressPool metallb-system/first: spec.addresses[1]: "192.0.2.300" is not an IP address ' +
      '(hint: write a prefix such as 192.0.2.0/24 or a range such as 192.0.2.10-192.0.2.20)',
    'pools.yaml:10:3: error: IPAddressPool metallb-system/first: spec.autoAsign: unknown field "autoAsign" ' +
      '(hint: did you mean "autoAssign"?)',
    'pools.yaml:12:5: error: not valid YAML: Flow sequence in block collection must be sufficiently indented and ' +
      'end with a ] (hint: check the indentation of this line, and put text that contains ": " in quotes)',
  ])
})

test('the same object in two files names both places', async () => {
  const root = temporaryFolder({ 'a.yaml': node('n'), 'b.yaml': `${node('m')}---\n${node('n')}` })
  expect(await linesOf(root)).toEqual([
    `b.yaml:7:12: error: Node n: metadata.name: the same object is also at ${root}/a.yaml:3:12 (hint: remove one of the two)`,
  ])
})

test('files that cannot be manifests', async () => {
  const root = temporaryFolder({
    'latin1.yaml': Uint8Array.of(0x61, 0x3a, 0x20, 0xe9),
    'large.yaml': `#${'x'.repeat(MOST_YAML)}`,
    'values.yaml': 'replicas: 3\n',
  })
  symlinkSync('nowhere.yaml', join(root, 'lost.yaml'))
  symlinkSync('self.yaml', join(root, 'self.yaml'))
  expect(
    (await loadManifests(root)).diagnostics.map(({ code, location }) => [
      relative(root, location.file ?? ''),
      code,
    ]),
  ).toEqual([
    ['large.yaml', 'FileTooLarge'],
    ['latin1.yaml', 'NotUtf8'],
    ['lost.yaml', 'Unreadable'],
    ['self.yaml', 'Unreadable'],
    ['values.yaml', 'NotAnObject'],
    ['values.yaml', 'NotAnObject'],
  ])
})

test('a pipe is not waited for, and named', async () => {
  const root = temporaryFolder({ 'a.yaml': node('a') })
  execFileSync('mkfifo', [join(root, 'pipe.yaml')])
  expect((await loadManifests(root)).diagnostics).toMatchObject([{ code: 'Unreadable' }])
  expect((await loadManifests(join(root, 'pipe.yaml'))).diagnostics).toMatchObject([{ code: 'Unreadable' }])
})

test('a folder that is not there, or has nothing', async () => {
  const root = temporaryFolder()
  expect(await loadManifests(join(root, 'x'))).toMatchObject({
    diagnostics: [{ severity: 'error', code: 'Unreadable' }],
  })
  expect((await loadManifests(root)).diagnostics).toMatchObject([
    { severity: 'warning', code: 'NoManifests' },
  ])
  mkdirSync(join(root, 'sub'))
  writeFiles(root, { 'sub/a.yaml': node('a') })
  renameSync(join(root, 'sub'), join(root, 'other'))
  expect(await nodesIn(root)).toEqual(['a'])
})
