import { gobgpRouter } from './support/gobgp-router.ts'
import { securitySuite } from './support/security-suite.ts'

securitySuite(gobgpRouter)
