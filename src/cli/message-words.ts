/** A decoded BGP message in words: label and text, in the order people look for things. Pure. */
import {
  type AsPathSegment,
  type Capability,
  capabilityCode,
  capabilityDetail,
  capabilityName,
  type ExaminedMessage,
  familyName,
  type Nlri,
  type PathAttributes,
  type UpdateMessage,
} from '../../bgp/wire/index.ts'

export type Words = readonly (readonly [label: string, text: string])[]

/** So many prefixes of a list are shown; octet by octet all of them are. */
const SHOWN_PREFIXES = 8

export function messageWords(message: ExaminedMessage): Words {
  switch (message.type) {
    case 'OPEN':
      return [
        [
          'AS',
          message.asn === message.myAs ? `${message.asn}` : `${message.asn} (2-octet field: ${message.myAs})`,
        ],
        ['router id', message.routerId],
        ['hold time', message.holdTime === 0 ? 'off' : `${message.holdTime} s`],
        ...message.capabilities.map((capability) => ['offers', capabilityText(capability)] as const),
      ]
    case 'UPDATE':
      return updateWords(message)
    case 'NOTIFICATION':
      return [
        ['error', `${message.name} (${message.code}/${message.subcode})`],
        ...(message.text === undefined ? [] : [['says', message.text] as const]),
      ]
    case 'ROUTE-REFRESH':
      return [
        ['family', familyName(message)],
        ['meaning', REFRESH[message.subtype]],
      ]
    case 'KEEPALIVE':
      return []
  }
}

const REFRESH = {
  request: 'send all your routes again',
  begin: 'all routes follow again (BoRR)',
  end: 'all routes have been sent again (EoRR)',
  unknown: 'unknown',
} as const

function capabilityText(capability: Capability): string {
  const name = capabilityName(capabilityCode(capability))
  const detail = capabilityDetail(capability)
  return detail === '' ? name : `${name}: ${detail}`
}

function updateWords(update: UpdateMessage): Words {
  const { withdrawn, unreach, nlri, reach, attributes, endOfRib } = update
  const lists: readonly (readonly [string, Iterable<Nlri>, number])[] = [
    ['withdrawn', withdrawn, withdrawn.count],
    ['withdrawn', unreach?.nlri ?? [], unreach?.nlri.count ?? 0],
    ['announced', nlri, nlri.count],
    ['announced', reach?.nlri ?? [], reach?.nlri.count ?? 0],
  ]
  return [
    ...(endOfRib === undefined ? [] : [['end of RIB', endOfRib] as const]),
    ...lists.flatMap(([label, list, count]) =>
      count === 0 ? [] : [[label, prefixesText(list, count)] as const],
    ),
    ...(reach?.nextHop === undefined
      ? []
      : [['next hop', [reach.nextHop, reach.linkLocalNextHop].filter(Boolean).join(', ')] as const]),
    ...attributeWords(attributes),
  ]
}

function prefixesText(list: Iterable<Nlri>, count: number): string {
  const shown: string[] = []
  for (const { prefix, pathId } of list) {
    if (shown.length === SHOWN_PREFIXES) return `${shown.join(', ')} and ${count - shown.length} more`
    shown.push(pathId === undefined ? prefix : `${prefix} path ${pathId}`)
  }
  return shown.join(', ')
}

function attributeWords(given: PathAttributes): Words {
  const words: (readonly [string, string | undefined])[] = [
    ['next hop', given.nextHop],
    ['origin', given.origin],
    ['AS path', given.asPath && asPathText(given.asPath)],
    ['MED', given.med?.toString()],
    ['local pref', given.localPref?.toString()],
    ['aggregate', given.atomicAggregate ? 'atomic' : undefined],
    ['aggregator', given.aggregator && `AS ${given.aggregator.asn}, ${given.aggregator.address}`],
    ['communities', given.communities?.map(communityText).join(' ')],
    ['large', given.largeCommunities?.join(' ')],
    ['extended', given.extendedCommunities?.join(' ')],
    ['originator', given.originatorId],
    ['clusters', given.clusterList?.join(' ')],
    ['AS4 path', given.as4Path && asPathText(given.as4Path)],
    [
      'AS4 aggregator',
      given.as4Aggregator && `AS ${given.as4Aggregator.asn}, ${given.as4Aggregator.address}`,
    ],
    ['only to customer', given.otc?.toString()],
    ...(given.unknown ?? []).map(({ type, value }) => [`attribute ${type}`, value || 'empty'] as const),
  ]
  return words.flatMap(([label, text]) => (text === undefined ? [] : [[label, text] as const]))
}

/** As routers print it: sets in braces, confederation segments in parentheses. */
const asPathText = (segments: readonly AsPathSegment[]): string =>
  segments.map(segmentText).join(' ') || 'empty'

function segmentText({ type, asns }: AsPathSegment): string {
  switch (type) {
    case 'sequence':
      return asns.join(' ')
    case 'set':
      return `{${asns.join(' ')}}`
    case 'confed-sequence':
      return `(${asns.join(' ')})`
    case 'confed-set':
      return `[${asns.join(' ')}]`
  }
}

/** RFC 1997, RFC 3765, RFC 7999, RFC 8326, RFC 9494. */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  '65535:0': 'graceful-shutdown',
  '65535:6': 'llgr-stale',
  '65535:7': 'no-llgr',
  '65535:666': 'blackhole',
  '65535:65281': 'no-export',
  '65535:65282': 'no-advertise',
  '65535:65283': 'no-export-subconfed',
  '65535:65284': 'no-peer',
}

function communityText(community: string): string {
  const name = WELL_KNOWN[community]
  return name === undefined ? community : `${community} (${name})`
}
