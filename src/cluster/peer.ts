/**
 * metallb.io BGPPeer. What can be decided about one peer alone is decided here; its Secret and its relation to other
 * peers come later. A field that asks for something that is not built is refused by name: a peer that silently runs
 * without BFD or in the wrong VRF is worse than none.
 */
import { quote } from './diagnostics.ts'
import type { Path, PeerDraft } from './objects.ts'
import { readPeerAddress, readRouterId, readSourceAddress } from './peer-addresses.ts'
import { readPassword } from './peer-password.ts'
import { type PeerSpec, peerSchemas, v1beta1Hints } from './peer-schema.ts'
import { readTimers } from './peer-timers.ts'
import type { Report } from './report.ts'
import { readSelectors } from './selector-rules.ts'
import { readStructure } from './structure.ts'
import type { BgpPeer } from './types.ts'

export type PeerVersion = keyof typeof peerSchemas

export const parsePeer =
  (version: PeerVersion) =>
  (value: unknown, report: Report, { name }: { readonly name: string }): PeerDraft | undefined => {
    if (version === 'v1beta1') warnVersion(report)
    const hints = version === 'v1beta1' ? v1beta1Hints : undefined
    const raw = readStructure(peerSchemas[version], value, report, hints)
    if (raw === undefined) return undefined
    const spec: PeerSpec = raw.spec ?? {}
    refuseUnbuilt(spec, report)
    const peer: BgpPeer = {
      name,
      ...readAsns(spec, report),
      ...readPeerAddress(spec, report),
      ...readSourceAddress(spec, report),
      peerPort: readPort(spec, version, report),
      ...readTimers(spec, report),
      ...readRouterId(spec, report),
      nodeSelectors: readSelectors(spec.nodeSelectors, ['spec', 'nodeSelectors'], report),
      ebgpMultiHop: spec.ebgpMultiHop ?? false,
      dualStackAddressFamily: spec.dualStackAddressFamily ?? false,
      disableMP: spec.disableMP ?? false,
    }
    return withPassword(peer, spec, report)
  }

function withPassword(peer: BgpPeer, spec: PeerSpec, report: Report): PeerDraft {
  const { password, passwordSecret } = readPassword(spec, report)
  return {
    peer: password === undefined ? peer : { ...peer, password },
    ...(passwordSecret !== undefined && { passwordSecret }),
  }
}

function warnVersion(report: Report): void {
  const message = 'metallb.io/v1beta1 BGPPeer is deprecated'
  report.warning('DeprecatedVersion', ['apiVersion'], message, 'write apiVersion: metallb.io/v1beta2')
}

const UNBUILT: readonly (keyof PeerSpec & string)[] = [
  'dynamicASN',
  'localASN',
  'interface',
  'bfdProfile',
  'enableGracefulRestart',
  'vrf',
]

const INSTEAD: Readonly<Record<string, string>> = {
  dynamicASN: 'give the number in peerASN',
  interface: 'give the router in peerAddress',
  localASN: 'give the number in myASN',
}

/** Empty text, false and 0 ask for nothing. */
function refuseUnbuilt(spec: PeerSpec, report: Report): void {
  for (const field of UNBUILT) {
    if (!spec[field]) continue
    const hint = INSTEAD[field] ?? `remove ${field} from this peer`
    report.error('NotSupportedYet', ['spec', field], `${field} is not supported yet`, hint)
  }
  if (!spec.disableMP) return
  const message =
    'disableMP is deprecated and has no effect: only the families that the peer carries are negotiated'
  report.warning('NoEffect', ['spec', 'disableMP'], message, 'remove it')
}

const AS_TRANS = 23456

function readAsns(spec: PeerSpec, report: Report): Pick<BgpPeer, 'myAsn' | 'peerAsn'> {
  const myAsn = readAsn(spec.myASN, ['spec', 'myASN'], report)
  // dynamicASN stands in for it, and has been refused by its own name.
  const peerAsn = spec.dynamicASN ? 0 : readAsn(spec.peerASN, ['spec', 'peerASN'], report)
  if (spec.dynamicASN && spec.peerASN)
    report.error(
      'Contradiction',
      ['spec', 'peerASN'],
      'peerASN and dynamicASN exclude each other',
      'keep peerASN',
    )
  if (spec.ebgpMultiHop && myAsn === peerAsn && myAsn !== 0) {
    const message = `ebgpMultiHop is for eBGP, but myASN and peerASN are both ${myAsn}`
    report.error(
      'Contradiction',
      ['spec', 'ebgpMultiHop'],
      message,
      'remove ebgpMultiHop, or correct the AS numbers',
    )
  }
  return { myAsn, peerAsn }
}

function readAsn(value: number | null | undefined, path: Path, report: Report): number {
  if (value === undefined || value === null)
    report.error('MissingField', path, 'is required', 'the AS number, 1 to 4294967295')
  // RFC 7607: AS 0 is nobody's; RFC 6793 section 9: 23456 stands for numbers a 2-octet speaker cannot carry.
  else if (value === 0) report.error('OutOfRange', path, 'AS number 0 is reserved (RFC 7607)')
  else if (value === AS_TRANS)
    report.error('OutOfRange', path, 'AS number 23456 is reserved (AS_TRANS, RFC 6793)')
  return value ?? 0
}

const BGP_PORT = 179

/** v1beta1 allows 0 for the default. */
function readPort({ peerPort }: PeerSpec, version: PeerVersion, report: Report): number {
  if (peerPort === 0 && version === 'v1beta2')
    report.error(
      'OutOfRange',
      ['spec', 'peerPort'],
      `must be a whole number from 1 to 65535, not ${quote('0')}`,
    )
  return peerPort || BGP_PORT
}
