import { gobgpRouter } from './support/gobgp-router.ts'
import { interopSuite } from './support/interop-suite.ts'

interopSuite(gobgpRouter)
