/**
 * Objects with something wrong, and who has to say so. `schema`: the API server by itself, from the CRD. `webhook`: it
 * takes the webhook. `warning`: the object is let in, and its author is warned. `oyez lint` and the webhook's own rules
 * have to say all of it.
 */
import type { KubeObject } from '../../../bird-testbed/index.ts'

export interface BadObject {
  readonly title: string
  readonly by: 'schema' | 'webhook' | 'warning'
  readonly object: KubeObject
  /** What is there already. */
  readonly beside?: readonly KubeObject[]
  /** In what `oyez lint` and the webhook say. */
  readonly says: RegExp
  /** In what the API server says, for people. */
  readonly schemaSays?: RegExp
}

type Fields = Readonly<Record<string, unknown>>

export const HOME = 'oyez-system'

const object =
  (kind: string, version = 'v1beta1') =>
  (spec: Fields, name = 'bad'): KubeObject => ({
    apiVersion: `metallb.io/${version}`,
    kind,
    metadata: { name, namespace: HOME },
    spec,
  })

export const poolObject = object('IPAddressPool')
export const bgpAdObject = object('BGPAdvertisement')
export const l2AdObject = object('L2Advertisement')
export const communityObject = object('Community')
export const bfdObject = object('BFDProfile')
export const oldPeerObject = object('BGPPeer', 'v1beta1')
const newPeer = object('BGPPeer', 'v1beta2')
const PEER = { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1' }
export const peerObject = (spec: Fields = {}, name = 'bad'): KubeObject => newPeer({ ...PEER, ...spec }, name)

const without = (field: keyof typeof PEER, spec: Fields = {}): KubeObject => {
  const { [field]: _, ...rest } = PEER
  return newPeer({ ...rest, ...spec })
}

const range = (title: string, text: string, says: RegExp, schemaSays: RegExp): BadObject => ({
  title: `${title}: ${text}`,
  by: 'schema',
  object: poolObject({ addresses: [text] }),
  says,
  schemaSays,
})

const FORMS = /neither a prefix such as 192\.0\.2\.0\/24 nor a range/

const RANGES: readonly BadObject[] = [
  range('no prefix length', '192.0.2.1', /has no prefix length/, FORMS),
  range('no address', 'hello', /neither a prefix nor a range/, FORMS),
  range('empty', '', /neither a prefix nor a range/, FORMS),
  range('octet over 255', '192.0.2.300/24', /not an IP address/, /four numbers from 0 to 255/),
  range('leading zero', '192.0.02.0/24', /not an IP address/, /four numbers from 0 to 255/),
  range('prefix too long', '192.0.2.0/33', /not a number from 0 to 32/, /prefix lengths go from 0 to 32/),
  range(
    'IPv6 prefix too long',
    '2001:db8::/129',
    /not a number from 0 to 128/,
    /prefix lengths go from 0 to 128/,
  ),
  range('two gaps', '2001::db8::/64', /not an IP address/, /up to eight groups/),
  range('upside down', '192.0.2.20-192.0.2.10', /ends before it starts/, /ends before it starts/),
  range('upside down far away', '10.1.0.0-9.255.255.255', /ends before it starts/, /ends before it starts/),
  range('two families', '192.0.2.1-2001:db8::1', /one address family/, /one address family/),
  range('two families', '2001:db8::1-192.0.2.1', /one address family/, /one address family/),
  range('three ends', '192.0.2.1-192.0.2.2-192.0.2.3', /is not a range/, FORMS),
  range('far too long', '1'.repeat(500), /neither a prefix nor a range/, /100/),
]

const POOLS: readonly BadObject[] = [
  ...RANGES,
  {
    title: 'IPv6 upside down',
    by: 'webhook',
    object: poolObject({ addresses: ['2001:db8::9-2001:db8::1'] }),
    says: /ends before it starts/,
  },
  {
    title: 'no addresses',
    by: 'schema',
    object: poolObject({ addresses: [] }),
    says: /without addresses/,
    schemaSays: /at least 1 items/,
  },
  {
    title: 'addresses missing',
    by: 'schema',
    object: poolObject({}),
    says: /is required/,
    schemaSays: /Required value/,
  },
  {
    title: 'a field that is misspelt',
    by: 'schema',
    object: poolObject({ addresses: ['192.0.2.0/24'], autoassign: true }),
    says: /did you mean "autoAssign"/,
    schemaSays: /unknown field "spec.autoassign"/,
  },
  {
    title: 'text in place of a flag',
    by: 'schema',
    object: poolObject({ addresses: ['192.0.2.0/24'], autoAssign: 'yes' }),
    says: /must be true or false/,
    schemaSays: /must be of type boolean/,
  },
  {
    title: 'a namespace twice',
    by: 'schema',
    object: poolObject({ addresses: ['192.0.2.0/24'], serviceAllocation: { namespaces: ['a', 'a'] } }),
    says: /in the list twice/,
    schemaSays: /Duplicate value/,
  },
  {
    title: 'an operator that is none',
    by: 'schema',
    object: poolObject({
      addresses: ['192.0.2.0/24'],
      serviceAllocation: {
        serviceSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Is', values: ['b'] }] }],
      },
    }),
    says: /"Is" is not a known value/,
    schemaSays: /supported values: "In"/,
  },
  {
    title: 'In without values',
    by: 'schema',
    object: poolObject({
      addresses: ['192.0.2.0/24'],
      serviceAllocation: { serviceSelectors: [{ matchExpressions: [{ key: 'a', operator: 'In' }] }] },
    }),
    says: /needs at least one value/,
    schemaSays: /In and NotIn need values/,
  },
  {
    title: 'a selector twice',
    by: 'webhook',
    object: poolObject({
      addresses: ['192.0.2.0/24'],
      serviceAllocation: { serviceSelectors: [{ matchLabels: { a: 'b' } }, { matchLabels: { a: 'b' } }] },
    }),
    says: /same selector/,
  },
  {
    title: 'a label that is none',
    by: 'webhook',
    object: poolObject({
      addresses: ['192.0.2.0/24'],
      serviceAllocation: { serviceSelectors: [{ matchLabels: { 'a b': 'c' } }] },
    }),
    says: /not a label key/,
  },
  {
    title: 'overlap in itself',
    by: 'webhook',
    object: poolObject({ addresses: ['192.0.2.0/24', '192.0.2.255-192.0.3.1'] }),
    says: /overlaps 192\.0\.2\.0\/24 of this pool/,
  },
  {
    title: 'overlap with another pool',
    by: 'webhook',
    beside: [poolObject({ addresses: ['2001:db8::/64'] }, 'first')],
    object: poolObject({ addresses: ['2001:db8::ff/128'] }),
    says: /overlaps 2001:db8::\/64 of IPAddressPool first/,
  },
  {
    title: 'host bits',
    by: 'warning',
    object: poolObject({ addresses: ['192.0.2.9/24'] }),
    says: /stands for all of 192\.0\.2\.0\/24/,
  },
  {
    title: 'a list that restricts nothing',
    by: 'warning',
    object: poolObject({ addresses: ['192.0.2.0/24'], serviceAllocation: { namespaces: [] } }),
    says: /restricts nothing/,
  },
  {
    title: 'the whole of IPv4',
    by: 'warning',
    object: poolObject({ addresses: ['0.0.0.0/0'] }),
    says: /no service can have/,
  },
]

const PEERS: readonly BadObject[] = [
  {
    title: 'no AS number of the router',
    by: 'schema',
    object: without('peerASN'),
    says: /spec\.peerASN: is required/,
    schemaSays: /AS number of the router is missing/,
  },
  {
    title: 'both AS numbers',
    by: 'schema',
    object: peerObject({ dynamicASN: 'external' }),
    says: /exclude each other/,
    schemaSays: /peerASN and dynamicASN exclude each other/,
  },
  {
    title: 'a dynamicASN that is none',
    by: 'schema',
    object: without('peerASN', { dynamicASN: 'extern' }),
    says: /"extern" is not a known value/,
    schemaSays: /supported values: "internal", "external"/,
  },
  {
    title: 'AS number 0',
    by: 'schema',
    object: peerObject({ myASN: 0 }),
    says: /AS number 0 is reserved/,
    schemaSays: /AS number 0 is reserved/,
  },
  {
    title: 'an AS number that is too large',
    by: 'schema',
    object: peerObject({ peerASN: 4_294_967_296 }),
    says: /from 0 to 4294967295/,
    schemaSays: /less than or equal to 4294967295/,
  },
  {
    title: 'AS_TRANS',
    by: 'webhook',
    object: peerObject({ peerASN: 23_456 }),
    says: /AS_TRANS/,
  },
  {
    title: 'no router',
    by: 'schema',
    object: without('peerAddress'),
    says: /the IP address of the router/,
    schemaSays: /router is missing/,
  },
  {
    title: 'address and interface',
    by: 'schema',
    object: peerObject({ interface: 'eth0' }),
    says: /peerAddress and interface exclude each other/,
    schemaSays: /peerAddress and interface exclude each other/,
  },
  {
    title: 'a name in place of an address',
    by: 'schema',
    object: peerObject({ peerAddress: 'router.example' }),
    says: /not an IP address/,
    schemaSays: /must be an IP address/,
  },
  {
    title: 'a prefix in place of an address',
    by: 'schema',
    object: peerObject({ peerAddress: '192.0.2.1/24' }),
    says: /"192\.0\.2\.1\/24" is not an IP address/,
    schemaSays: /must be an IP address/,
  },
  {
    title: 'a multicast address',
    by: 'webhook',
    object: peerObject({ peerAddress: '224.0.0.5' }),
    says: /not a unicast address/,
  },
  {
    title: 'addresses of two families',
    by: 'schema',
    object: peerObject({ sourceAddress: '2001:db8::1' }),
    says: /different address families/,
    schemaSays: /different address families/,
  },
  {
    title: 'port 0',
    by: 'schema',
    object: peerObject({ peerPort: 0 }),
    says: /from 1 to 65535/,
    schemaSays: /greater than or equal to 1/,
  },
  {
    title: 'a hold time of one second',
    by: 'schema',
    object: peerObject({ holdTime: '1s' }),
    says: /neither 0s nor at least 3s/,
    schemaSays: /0s or at least 3s/,
  },
  {
    title: 'a hold time without unit',
    by: 'schema',
    object: peerObject({ holdTime: '90' }),
    says: /did you mean "90s"/,
    schemaSays: /duration with its unit/,
  },
  {
    title: 'a hold time of a day',
    by: 'webhook',
    object: peerObject({ holdTime: '24h' }),
    says: /not from 0s to 65535s/,
  },
  {
    title: 'keepalive above hold time',
    by: 'schema',
    object: peerObject({ holdTime: '9s', keepaliveTime: '10s' }),
    says: /longer than holdTime/,
    schemaSays: /longer than holdTime/,
  },
  {
    title: 'a connect time of half a second',
    by: 'schema',
    object: peerObject({ connectTime: '500ms' }),
    says: /whole number of seconds/,
    schemaSays: /between 1 seconds to 65535/,
  },
  {
    title: 'an IPv6 router ID',
    by: 'schema',
    object: peerObject({ routerID: '2001:db8::1' }),
    says: /four octets like an IPv4 address/,
    schemaSays: /must look like an IPv4 address/,
  },
  {
    title: 'router ID 0.0.0.0',
    by: 'schema',
    object: peerObject({ routerID: '0.0.0.0' }),
    says: /other than 0\.0\.0\.0/,
    schemaSays: /must look like an IPv4 address/,
  },
  {
    title: 'two passwords',
    by: 'schema',
    object: peerObject({ password: 'x', passwordSecret: { name: 'y' } }),
    says: /password and passwordSecret exclude each other/,
    schemaSays: /password and passwordSecret exclude each other/,
  },
  {
    title: 'a password that TCP cannot take',
    by: 'webhook',
    object: peerObject({ password: 'x'.repeat(81) }),
    says: /81 octets/,
  },
  {
    title: 'multihop inside the AS',
    by: 'schema',
    object: peerObject({ peerASN: 64_512, ebgpMultiHop: true }),
    says: /ebgpMultiHop is for eBGP/,
    schemaSays: /ebgpMultiHop is for eBGP/,
  },
  {
    title: 'the router of another peer',
    by: 'webhook',
    beside: [peerObject({}, 'first')],
    object: peerObject({ peerPort: 1790 }),
    says: /also the router of BGPPeer first/,
  },
  {
    title: 'what is not built',
    by: 'webhook',
    object: peerObject({ vrf: 'red' }),
    says: /vrf is not supported yet/,
  },
  {
    title: 'timers off',
    by: 'warning',
    object: peerObject({ holdTime: '0s' }),
    says: /a dead router is never noticed/,
  },
  {
    title: 'v1beta1: a hold time of one second',
    by: 'schema',
    object: oldPeerObject({ ...PEER, holdTime: '1s' }),
    says: /neither 0s nor at least 3s/,
    schemaSays: /0s or at least 3s/,
  },
  {
    title: 'v1beta1: a field that it lacks',
    by: 'schema',
    object: oldPeerObject({ ...PEER, passwordSecret: { name: 'x' } }),
    says: /change apiVersion to metallb\.io\/v1beta2/,
    schemaSays: /unknown field "spec.passwordSecret"/,
  },
  {
    title: 'v1beta1: the router of another peer',
    by: 'webhook',
    beside: [peerObject({}, 'first')],
    object: oldPeerObject(PEER),
    says: /also the router of BGPPeer first/,
  },
]

const FIRST = poolObject({ addresses: ['192.0.2.0/28'] }, 'first')

const ADVERTISEMENTS: readonly BadObject[] = [
  {
    title: 'aggregation length 0',
    by: 'schema',
    object: bgpAdObject({ aggregationLength: 0 }),
    says: /from 1 to 32/,
    schemaSays: /greater than or equal to 1/,
  },
  {
    title: 'aggregation length 33',
    by: 'schema',
    object: bgpAdObject({ aggregationLength: 33 }),
    says: /from 1 to 32/,
    schemaSays: /less than or equal to 32/,
  },
  {
    title: 'aggregates of some services',
    by: 'schema',
    object: bgpAdObject({ aggregationLength: 24, serviceSelectors: [{ matchLabels: { a: 'b' } }] }),
    says: /can only be used with aggregationLength 32/,
    schemaSays: /can only be used with aggregationLength 32/,
  },
  {
    title: 'an aggregate wider than its pool',
    by: 'webhook',
    beside: [FIRST],
    object: bgpAdObject({ aggregationLength: 24 }),
    says: /reaches past 192\.0\.2\.0\/28 of IPAddressPool first/,
  },
  {
    title: 'a community out of range',
    by: 'schema',
    object: bgpAdObject({ communities: ['64512:65536'] }),
    says: /"64512:65536" is not a community/,
    schemaSays: /go up to 65535/,
  },
  {
    title: 'three numbers',
    by: 'schema',
    object: bgpAdObject({ communities: ['1:2:3'] }),
    says: /for a large community write "large:1:2:3"/,
    schemaSays: /large:64512:1:100/,
  },
  {
    title: 'a large community out of range',
    by: 'schema',
    object: bgpAdObject({ communities: ['large:1:2:4294967296'] }),
    says: /is not a community/,
    schemaSays: /large community up to 4294967295/,
  },
  {
    title: 'too many communities',
    by: 'schema',
    object: bgpAdObject({ communities: Array.from({ length: 64 }, (_, at) => `64512:${at}`) }),
    says: /at most 63/,
    schemaSays: /at most 63 items/,
  },
  {
    title: 'a peer twice',
    by: 'schema',
    object: bgpAdObject({ peers: ['a', 'a'] }),
    says: /in the list twice/,
    schemaSays: /Duplicate value/,
  },
  {
    title: 'two local preferences for one route',
    by: 'webhook',
    beside: [FIRST, bgpAdObject({ localPref: 200 }, 'first')],
    object: bgpAdObject({ localPref: 300 }),
    says: /are for the same routes/,
  },
  {
    title: 'a pool that is not there',
    by: 'warning',
    beside: [FIRST],
    object: bgpAdObject({ ipAddressPools: ['frist'] }),
    says: /did you mean "first"/,
  },
  {
    title: 'a peer that is not there',
    by: 'warning',
    beside: [FIRST],
    object: bgpAdObject({ peers: ['tor'] }),
    says: /there is no BGPPeer "tor"/,
  },
  {
    title: 'an alias that is not there yet',
    by: 'warning',
    beside: [FIRST],
    object: bgpAdObject({ communities: ['no-export'] }),
    says: /there is no community alias "no-export"/,
  },
  {
    title: 'an interface twice',
    by: 'schema',
    object: l2AdObject({ interfaces: ['eth0', 'eth0'] }),
    says: /in the list twice/,
    schemaSays: /Duplicate value/,
  },
  {
    title: 'a weight of 101',
    by: 'schema',
    object: l2AdObject({ preferredNodeSelectors: [{ weight: 101, preference: {} }] }),
    says: /from 1 to 100/,
    schemaSays: /less than or equal to 100/,
  },
  {
    title: 'a preference without weight',
    by: 'schema',
    object: l2AdObject({ preferredNodeSelectors: [{ preference: {} }] }),
    says: /weight: is required/,
    schemaSays: /Required value/,
  },
  {
    title: 'a preference for nothing',
    by: 'schema',
    object: l2AdObject({ preferredNodeSelectors: [{ weight: 1 }] }),
    says: /preference: is required/,
    schemaSays: /Required value/,
  },
]

const OTHERS: readonly BadObject[] = [
  {
    title: 'an alias without value',
    by: 'schema',
    object: communityObject({ communities: [{ name: 'a' }] }),
    says: /value: is required/,
    schemaSays: /a name and a value/,
  },
  {
    title: 'an alias for no community',
    by: 'schema',
    object: communityObject({ communities: [{ name: 'a', value: '64512' }] }),
    says: /is not a community/,
    schemaSays: /must be a community/,
  },
  {
    title: 'an alias twice',
    by: 'webhook',
    beside: [communityObject({ communities: [{ name: 'a', value: '1:2' }] }, 'first')],
    object: communityObject({ communities: [{ name: 'a', value: '1:3' }] }),
    says: /the alias "a" is also defined/,
  },
  {
    title: 'an alias that nobody can name',
    by: 'warning',
    object: communityObject({ communities: [{ name: 'a:b', value: '1:2' }] }),
    says: /never as this name/,
  },
  {
    title: 'a BFD interval that is too short',
    by: 'schema',
    object: bfdObject({ receiveInterval: 9 }),
    says: /from 10 to 60000/,
    schemaSays: /greater than or equal to 10/,
  },
  {
    title: 'a BFD multiplier of 1',
    by: 'schema',
    object: bfdObject({ detectMultiplier: 1 }),
    says: /from 2 to 255/,
    schemaSays: /greater than or equal to 2/,
  },
]

export const BAD_OBJECTS: readonly BadObject[] = [...POOLS, ...PEERS, ...ADVERTISEMENTS, ...OTHERS]
