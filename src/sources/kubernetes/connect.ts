/** The way to an API server. Nothing is asked of it yet: it may be down now, and that must not end anybody. */
import { type Clock, systemClock } from '../../../bgp/index.ts'
import { packageVersion } from '../../version.ts'
import { HttpKubeApi } from './api.ts'
import { Credentials } from './credentials.ts'
import { type Choice, SURROUNDINGS, type Surroundings } from './kubeconfig.ts'
import type { KubeApi } from './types.ts'

/**
 * With neither a kubeconfig nor a context: as the service account of this pod if there is one, else as kubectl would.
 * Rejects with a KubeError that says where credentials were looked for; never because the server does not answer.
 */
export async function connectKubernetes(
  choice: Choice = {},
  { clock = systemClock, ...around }: { readonly clock?: Clock } & Partial<Surroundings> = {},
): Promise<KubeApi> {
  const credentials = await Credentials.find(choice, { ...SURROUNDINGS, ...around }, clock)
  return new HttpKubeApi(credentials, `oyez/${packageVersion()}`, clock)
}
