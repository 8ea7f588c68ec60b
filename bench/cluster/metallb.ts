/** MetalLB, as the lab runs it. */
import { Metallb } from '../../bird-testbed/index.ts'
import type { Implementation } from './implementation.ts'

let installed: Promise<Metallb>

export const metallb: Implementation = {
  name: 'MetalLB',
  version: `MetalLB ${Metallb.version}, native BGP`,
  namespace: Metallb.namespace,
  async install({ plane }) {
    installed = Metallb.install(plane)
    await installed
  },
  startController: async () => (await installed).startController(),
  startSpeaker: async (_, node) => (await installed).startSpeaker(node),
}
