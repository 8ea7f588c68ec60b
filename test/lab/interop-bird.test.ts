import { birdRouter } from './support/bird-router.ts'
import { interopSuite } from './support/interop-suite.ts'

interopSuite(birdRouter)
