import { birdRouter } from './support/bird-router.ts'
import { securitySuite } from './support/security-suite.ts'

securitySuite(birdRouter)
