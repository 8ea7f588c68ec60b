/** The results of a run as the table of docs/benchmarks.md. */
import type { ClusterResult, Latency, Usage } from './scenario.ts'

const seconds = (ms: number): string => (ms / 1000).toFixed(1)
const latency = ({ p50, p99 }: Latency): string => `${p50.toFixed(0)} / ${p99.toFixed(0)}`
const usage = ({ cpuMs, peakMiB }: Usage): string => `${seconds(cpuMs)} s, ${peakMiB.toFixed(0)} MiB`

const ROWS: readonly (readonly [title: string, cell: (result: ClusterResult) => string])[] = [
  ['cold start: all addressed (s)', ({ addressedMs }) => seconds(addressedMs)],
  ['cold start: all routes of all nodes in BIRD (s)', ({ routedMs }) => seconds(routedMs)],
  ['controller then: CPU, peak memory', ({ controller }) => usage(controller)],
  ['busiest speaker then: CPU, peak memory', ({ speaker }) => usage(speaker)],
  ['created -> address in status, p50 / p99 (ms)', ({ createdToAddress }) => latency(createdToAddress)],
  ['created -> route in BIRD, p50 / p99 (ms)', ({ createdToRoute }) => latency(createdToRoute)],
  ['endpoints unready -> withdrawn, p50 / p99 (ms)', ({ unreadyToGone }) => latency(unreadyToGone)],
  ['created right after a deletion -> route, p50 / p99 (ms)', ({ afterDeletion }) => latency(afterDeletion)],
  ['API server back after 20 s -> new route (s)', ({ afterOutageMs }) => seconds(afterOutageMs)],
  ['speaker restarted: routes of its node missing (s)', ({ restartGapMs }) => seconds(restartGapMs)],
]

export function markdown(
  results: readonly ClusterResult[],
  versions: readonly string[],
  where: string,
  { nodes, samples }: { readonly nodes: number; readonly samples: number },
): string {
  const day = new Date().toISOString().slice(0, 10)
  const intro = `Measured ${day} on ${where}; ${nodes} nodes, BIRD, kube-apiserver and etcd on the same machine; ${samples} samples, a fifth of that after deletions.\n${versions.map((version) => `- ${version}`).join('\n')}`
  const loads = Map.groupBy(results, ({ services }) => services)
  return [intro, ...[...loads].map(([services, of]) => table(services, of))].join('\n\n')
}

function table(services: number, results: readonly ClusterResult[]): string {
  const head = `| | ${results.map(({ implementation }) => implementation).join(' | ')} |\n|---|${results.map(() => '---|').join('')}`
  const rows = ROWS.map(([title, cell]) => `| ${title} | ${results.map(cell).join(' | ')} |`)
  return [`### ${services.toLocaleString('en')} Services`, '', head, ...rows].join('\n')
}
