import { frrRouter } from './support/frr-router.ts'
import { interopSuite } from './support/interop-suite.ts'

interopSuite(frrRouter)
