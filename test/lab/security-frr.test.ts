import { frrRouter } from './support/frr-router.ts'
import { securitySuite } from './support/security-suite.ts'

securitySuite(frrRouter)
