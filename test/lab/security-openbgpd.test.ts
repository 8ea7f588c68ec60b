import { openbgpdRouter } from './support/openbgpd-router.ts'
import { securitySuite } from './support/security-suite.ts'

securitySuite(openbgpdRouter)
