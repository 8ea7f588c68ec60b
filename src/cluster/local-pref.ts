/** LOCAL_PREF of advertisements: towards one peer, a route has one only. */
import { DEFAULT_LOCAL_PREF } from '../../bgp/wire/index.ts'
import type { BgpAdvertisement } from './types.ts'

const preferenceOf = ({ localPref = DEFAULT_LOCAL_PREF }: BgpAdvertisement): number => localPref

const sharePeer = (a: BgpAdvertisement, b: BgpAdvertisement): boolean =>
  a.peers.length === 0 || b.peers.length === 0 || a.peers.some((peer) => b.peers.includes(peer))

/** They cannot both announce one route: some peer would hear it with two local preferences. */
export const contradict = (a: BgpAdvertisement, b: BgpAdvertisement): boolean =>
  preferenceOf(a) !== preferenceOf(b) && sharePeer(a, b)
