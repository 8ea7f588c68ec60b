import { expect, test } from 'vitest'
import { formatDiagnostic } from '../../../src/cluster/index.ts'
import {
  brief,
  build,
  findingsOf,
  node,
  peer,
  peerV1,
  secret,
  snapshotOf,
} from '../../support/raw-objects.ts'

const peerOf = (...values: unknown[]) => snapshotOf(values).config.peers[0]

test('every supported field', () => {
  const full = peer('router', {
    peerAddress: '2001:DB8::1',
    sourceAddress: '2001:db8::2',
    peerPort: 1179,
    holdTime: '1m30s',
    keepaliveTime: '10s',
    connectTime: '5s',
    routerID: '192.0.2.9',
    nodeSelectors: [{ matchLabels: { rack: 'a' } }],
    password: 'hunter2',
    dualStackAddressFamily: true,
    ebgpMultiHop: true,
  })
  expect(peerOf(full)).toEqual({
    name: 'router',
    myAsn: 64512,
    peerAsn: 64513,
    peerAddress: '2001:db8::1',
    sourceAddress: '2001:db8::2',
    peerPort: 1179,
    holdTime: 90,
    keepaliveTime: 10,
    connectTime: 5,
    routerId: '192.0.2.9',
    nodeSelectors: [{ matchLabels: { rack: 'a' }, matchExpressions: [] }],
    password: 'hunter2',
    ebgpMultiHop: true,
    dualStackAddressFamily: true,
    disableMP: false,
  })
})

test('the least', () => {
  expect(peerOf(peer('router'))).toEqual({
    name: 'router',
    myAsn: 64512,
    peerAsn: 64513,
    peerAddress: '192.0.2.1',
    peerPort: 179,
    nodeSelectors: [],
    ebgpMultiHop: false,
    dualStackAddressFamily: false,
    disableMP: false,
  })
})

test('what MetalLB prints for unset fields asks for nothing', () => {
  const printed = {
    passwordSecret: {},
    password: '',
    vrf: '',
    interface: '',
    bfdProfile: '',
    routerID: '',
    keepaliveTime: '0s',
    enableGracefulRestart: false,
  }
  expect(peerOf(peer('router', printed))).toEqual(peerOf(peer('router')))
})

test.each([
  [{ myASN: undefined }, 'error MissingField spec.myASN'],
  [{ myASN: 0 }, 'error OutOfRange spec.myASN'],
  [{ myASN: 4294967296 }, 'error OutOfRange spec.myASN'],
  [{ myASN: 64512.5 }, 'error OutOfRange spec.myASN'],
  [{ myASN: '64512' }, 'error WrongType spec.myASN'],
  [{ peerASN: undefined }, 'error MissingField spec.peerASN'],
  [{ peerASN: 23456 }, 'error OutOfRange spec.peerASN'],
  [{ peerAddress: undefined }, 'error MissingField spec.peerAddress'],
  [{ peerAddress: '192.0.2.1/24' }, 'error InvalidAddress spec.peerAddress'],
  [{ peerAddress: 'router.example.com' }, 'error InvalidAddress spec.peerAddress'],
  [{ peerAddress: '0.0.0.0' }, 'error InvalidAddress spec.peerAddress'],
  [{ peerAddress: '224.0.0.1' }, 'error InvalidAddress spec.peerAddress'],
  [{ peerAddress: 'fe80::1' }, 'error InvalidAddress spec.peerAddress'],
  [{ sourceAddress: 'x' }, 'error InvalidAddress spec.sourceAddress'],
  [{ sourceAddress: '2001:db8::1' }, 'error MixedFamilies spec.sourceAddress'],
  [{ peerPort: 0 }, 'error OutOfRange spec.peerPort'],
  [{ peerPort: 65536 }, 'error OutOfRange spec.peerPort'],
  [{ holdTime: 90 }, 'error WrongType spec.holdTime'],
  [{ holdTime: '90' }, 'error InvalidDuration spec.holdTime'],
  [{ holdTime: '2s' }, 'error OutOfRange spec.holdTime'],
  [{ holdTime: '2999ms' }, 'error OutOfRange spec.holdTime'],
  [{ holdTime: '-3s' }, 'error InvalidDuration spec.holdTime'],
  [{ holdTime: '19h' }, 'error InvalidDuration spec.holdTime'],
  [{ holdTime: '9s', keepaliveTime: '10s' }, 'error OutOfRange spec.keepaliveTime'],
  [{ keepaliveTime: '500ms' }, 'error OutOfRange spec.keepaliveTime'],
  [{ connectTime: '0s' }, 'error OutOfRange spec.connectTime'],
  [{ connectTime: '1500ms' }, 'error OutOfRange spec.connectTime'],
  [{ routerID: '2001:db8::1' }, 'error InvalidAddress spec.routerID'],
  [{ routerID: '0.0.0.0' }, 'error InvalidAddress spec.routerID'],
  [{ ebgpMultiHop: true, peerASN: 64512 }, 'error Contradiction spec.ebgpMultiHop'],
  [{ password: 'a', passwordSecret: { name: 'b' } }, 'error Contradiction spec.passwordSecret'],
  [{ password: 'é'.repeat(41) }, 'error InvalidPassword spec.password'],
  [{ passwordSecret: { namespace: 'b' } }, 'error MissingField spec.passwordSecret.name'],
  [{ bfdProfile: 'fast' }, 'error NotSupportedYet spec.bfdProfile'],
  [{ vrf: 'red' }, 'error NotSupportedYet spec.vrf'],
  [{ localASN: 64999 }, 'error NotSupportedYet spec.localASN'],
  [{ enableGracefulRestart: true }, 'error NotSupportedYet spec.enableGracefulRestart'],
  [{ interface: 'eth0', peerAddress: undefined }, 'error NotSupportedYet spec.interface'],
  [{ dynamicASN: 'external', peerASN: undefined }, 'error NotSupportedYet spec.dynamicASN'],
  [{ dynamicASN: 'outside', peerASN: undefined }, 'error UnknownValue spec.dynamicASN'],
])('refuses %j', (spec, expected) => {
  expect(findingsOf(peer('router', spec))).toContain(expected)
})

test('the message about a field that is not built names the field', () => {
  const { diagnostics } = build([peer('router', { bfdProfile: 'fast', vrf: 'red' })])
  expect(diagnostics.map(({ message }) => message)).toEqual([
    'bfdProfile is not supported yet',
    'vrf is not supported yet',
  ])
})

test('a fraction of a second is cut off', () => {
  expect(peerOf(peer('router', { holdTime: '3900ms' }))?.holdTime).toBe(3)
})

test('doubtful, but possible', () => {
  expect(findingsOf(peer('router', { holdTime: '0s' }))).toEqual(['warning TimersOff spec.holdTime'])
  expect(findingsOf(peer('router', { disableMP: true }))).toEqual(['warning NoEffect spec.disableMP'])
})

test('v1beta1 is read with a warning, and an absent holdTime stays absent', () => {
  const { snapshot, diagnostics } = build([
    peerV1('router', { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1', peerPort: 0 }),
  ])
  expect(brief(diagnostics)).toEqual(['1 warning DeprecatedVersion apiVersion'])
  expect(snapshot?.config.peers).toEqual([peerOf(peer('router'))])
})

const FROM_SECRET = peer('router', { passwordSecret: { name: 'tcp' } })
const data = (text: string) => ({ data: { password: btoa(text) } })

test('the password comes from the Secret', () => {
  expect(peerOf(FROM_SECRET, secret('tcp', data('hunter2')))?.password).toBe('hunter2')
  expect(peerOf(FROM_SECRET, secret('tcp', { stringData: { password: 'hunter3' } }))?.password).toBe(
    'hunter3',
  )
})

test.each([
  ['missing', [], 'SecretNotFound'],
  [
    'elsewhere',
    [{ ...secret('tcp', data('x')), metadata: { name: 'tcp', namespace: 'other' } }],
    'SecretNotFound',
  ],
  ['of another type', [secret('tcp', { ...data('hunter2'), type: 'Opaque' })], 'WrongSecretType'],
  ['without the key', [secret('tcp', { data: { pasword: btoa('hunter2') } })], 'SecretWithoutPassword'],
  ['not base64', [secret('tcp', { data: { password: 'hunter2!' } })], 'SecretUnreadable'],
  ['not text', [secret('tcp', { data: { password: btoa('hunter2\xff') } })], 'SecretUnreadable'],
  ['a number', [secret('tcp', { data: { password: 74565 } })], 'SecretUnreadable'],
  ['empty', [secret('tcp', data(''))], 'InvalidPassword'],
  ['too long', [secret('tcp', data('hunter2'.repeat(12)))], 'InvalidPassword'],
])('a Secret that is %s is an error at the peer, which shows no value', (_, secrets, code) => {
  const { snapshot, diagnostics } = build([FROM_SECRET, ...secrets])
  expect(snapshot).toBeUndefined()
  expect(brief(diagnostics)).toContain(`1 error ${code} spec.passwordSecret.name`)
  const text = diagnostics.map(formatDiagnostic).join('\n')
  expect(text).toMatch(/BGPPeer metallb-system\/router/)
  expect(text).toMatch(/tcp/)
  expect(text).not.toMatch(/hunter2|aHVudGVy|74565/)
})

test('a line break at the end of a password is told', () => {
  const { snapshot, diagnostics } = build([FROM_SECRET, secret('tcp', data('hunter2\n'))])
  expect(snapshot?.config.peers[0]?.password).toBe('hunter2\n')
  expect(brief(diagnostics)).toEqual(['1 warning PasswordEndsWithNewline spec.passwordSecret.name'])
})

test('a faulty Secret that no peer names is nobody’s business', () => {
  expect(build([secret('tcp', { data: 'x', type: 'Opaque' })]).diagnostics).toEqual([])
})

test('two peers with one router on one node', () => {
  const rack = (name: string) => ({ nodeSelectors: [{ matchLabels: { rack: name } }] })
  const nodes = [node('n1', { rack: 'a' }), node('n2', { rack: 'b' })]
  const twins = [peer('one'), peer('two')]
  expect(brief(build(twins).diagnostics)).toEqual(['2 error DuplicatePeer spec.peerAddress'])
  expect(build(twins).diagnostics[0]?.message).toContain('BGPPeer one (all.yaml:1)')
  expect(build([...nodes, peer('one', rack('a')), peer('two', rack('b'))]).diagnostics).toEqual([])
  expect(brief(build([peer('one'), peer('two', { peerPort: 1179 })]).diagnostics)).toEqual([
    '2 error DuplicatePeer spec.peerAddress',
  ])
})

test('a peer for nodes that are not there', () => {
  const { diagnostics } = build([
    node('n1'),
    peer('one', { nodeSelectors: [{ matchLabels: { rack: 'a' } }] }),
  ])
  expect(brief(diagnostics)).toEqual(['2 warning SelectsNothing spec.nodeSelectors'])
})
