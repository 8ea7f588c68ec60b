/** Loaded with `node --import`: lets `oyez/bgp` mean the sources, so that examples run without a build. */
import { registerHooks } from 'node:module'

const face = new URL('../../bgp/index.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) => next(specifier === 'oyez/bgp' ? face : specifier, context),
})
