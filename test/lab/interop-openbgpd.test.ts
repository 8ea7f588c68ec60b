import { openbgpdRouter } from './support/openbgpd-router.ts'
import { interopSuite } from './support/interop-suite.ts'

interopSuite(openbgpdRouter)
