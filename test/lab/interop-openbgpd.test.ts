import { interopSuite } from './support/interop-suite.ts'
import { openbgpdRouter } from './support/openbgpd-router.ts'

interopSuite(openbgpdRouter)
