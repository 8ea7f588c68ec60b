/**
 * `npm run bench:cluster`: oyez and MetalLB in turn, each in a cluster of its own with a real API server, etcd and
 * BIRD, on the same machine, with the same Services.
 *
 *   npm run bench:cluster                                   1,000 Services for both, 10,000 for oyez
 *   npm run bench:cluster -- --services 1000 --only oyez --samples 20
 *   npm run bench:cluster -- --whole                        10,000 for MetalLB, too: takes it long
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { machine, writeInto } from '../report.ts'
import type { Implementation } from './implementation.ts'
import { metallb } from './metallb.ts'
import { oyez } from './oyez.ts'
import { markdown } from './report.ts'
import { type ClusterResult, measure } from './scenario.ts'

const { values: options } = parseArgs({
  options: {
    services: { type: 'string', default: '1000,10000' },
    only: { type: 'string', default: 'oyez,MetalLB' },
    samples: { type: 'string', default: '100' },
    nodes: { type: 'string', default: '2' },
    whole: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})

/** MetalLB's work grows with the square of the Services: this many take it minutes. */
const LONG_FOR_METALLB = 5000

const results: ClusterResult[] = []
for (const services of options.services.split(',').map(Number)) {
  for (const implementation of contenders(services)) {
    console.log(`${implementation.name}, ${services} Services ...`)
    const effort = { services, nodes: Number(options.nodes), samples: Number(options.samples) }
    const result = await measure(implementation, { ...effort, patienceMs: 1_200_000 })
    console.log(JSON.stringify(result))
    results.push(result)
  }
}
const text = markdown(results, [oyez.version, metallb.version], machine(), {
  nodes: Number(options.nodes),
  samples: Number(options.samples),
})
console.log(`\n${text}`)
if (options.write) writeInto(join(import.meta.dirname, '../../docs/benchmarks.md'), text, 'cluster')

function contenders(services: number): readonly Implementation[] {
  const wanted = options.only.split(',')
  return [oyez, metallb].filter(
    ({ name }) =>
      wanted.includes(name) && (name !== metallb.name || services < LONG_FOR_METALLB || options.whole),
  )
}
