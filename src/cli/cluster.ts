/**
 * A question to all nodes: find the speakers, ask them at once, show one answer. What is shown of each node is made by
 * the commands that ask one speaker; here is only what is different with many: who did not answer, and what that
 * means for the exit code.
 */
import { type ApiClient, nearNames } from '../api/index.ts'
import { askSpeakers, findPods, hintFor, isFailure, type NodeResult, type OyezPod } from '../kubectl/index.ts'
import { connectKubernetes, type KubeApi, KubeError } from '../sources/index.ts'
import type { ClusterArgs, KubeArgs } from './cluster-options.ts'
import { type Format, show, type TextOptions } from './format.ts'
import { CliError, ExitCode, emit, type Io } from './io.ts'
import { printable } from './table.ts'
import { count } from './words.ts'

export interface Question<T> {
  readonly ask: (speaker: ApiClient) => Promise<T>
  readonly text: (results: readonly NodeResult<T>[], options: TextOptions) => string
  /** With `--check`: this view deserves exit code 1. */
  readonly finding?: ((view: T) => boolean) | undefined
}

interface Asked extends ClusterArgs {
  readonly output: Format
}

/** Exit 1 when a node does not answer, 3 when none does, 4 when none knows what was asked for. */
export async function askCluster<T>(args: Asked, io: Io, question: Question<T>): Promise<ExitCode> {
  const results = await withCluster(args, async (api) => {
    const speakers = speakersOf(await findPods(api, args.namespace), args)
    return askSpeakers(api, speakers, question.ask, { timeoutMs: args.timeout * 1000 })
  })
  refuseUnknown(results)
  await show(io, args.output, jsonOf(results), (_, options) => question.text(results, options))
  await sayHints(results, io)
  return exitCodeOf(results, question)
}

/** Connects, and tells what the API server refuses in our way. */
export async function withCluster<T>(args: KubeArgs, work: (api: KubeApi) => Promise<T>): Promise<T> {
  const { kubeconfig, context, namespace, timeout } = args
  if (!(timeout > 0)) throw new CliError(ExitCode.usage, '--timeout must be a number of seconds above 0')
  let api: KubeApi | undefined
  try {
    api = await connectKubernetes({
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(context !== undefined && { context }),
    })
    return await work(api)
  } catch (error) {
    if (!(error instanceof KubeError)) throw error
    throw new CliError(ExitCode.unreachable, error.message, hintFor(error, namespace ?? 'of oyez'))
  } finally {
    api?.close()
  }
}

/** By node name, as people count; during a roll the pod that stays speaks for its node. */
function speakersOf(pods: readonly OyezPod[], { namespace, node }: ClusterArgs): readonly OyezPod[] {
  const speakers = pods.filter(({ component }) => component === 'speaker').sort(byNode)
  if (speakers.length === 0) {
    const where = namespace === undefined ? '' : ` in the namespace ${namespace}`
    const hint =
      namespace === undefined
        ? 'is oyez installed? See `kubectl get pods -A -l app.kubernetes.io/name=oyez`'
        : ''
    throw new CliError(
      ExitCode.unreachable,
      `there is no speaker${where}`,
      hint || 'leave --namespace out to search all',
    )
  }
  const staying = speakers.filter(
    (pod) => pod.trouble === undefined || !speakers.some((other) => other !== pod && other.node === pod.node),
  )
  if (node === undefined) return staying
  const wanted = staying.filter((pod) => pod.node === node)
  if (wanted.length > 0) return wanted
  const near = nearNames(
    node,
    staying.flatMap((pod) => pod.node ?? []),
  )
  throw new CliError(
    ExitCode.notFound,
    `no speaker runs on a node called ${node}`,
    near.length > 0 ? `did you mean ${near.join(' or ')}?` : '`kubectl oyez status` lists the nodes',
  )
}

const byNode = (a: OyezPod, b: OyezPod): number =>
  (a.node ?? '').localeCompare(b.node ?? '', 'en', { numeric: true }) || (a.name < b.name ? -1 : 1)

/** Where every node that answers says that there is no such thing, the question was wrong. */
function refuseUnknown(results: readonly NodeResult<unknown>[]): void {
  const failures = results.filter(isFailure)
  const unknown = failures.find(({ notFound }) => notFound)
  if (unknown !== undefined && failures.length === results.length) {
    throw new CliError(ExitCode.notFound, unknown.error, unknown.hint)
  }
}

/** For programs: what each node said, or why it did not. */
const jsonOf = (results: readonly NodeResult<unknown>[]): readonly unknown[] =>
  results.map((result) => {
    if (!isFailure(result)) return result.view
    const { node, error, hint } = result
    return { node, error, ...(hint !== undefined && { hint }) }
  })

/** Each once, however many nodes it is about. */
async function sayHints(results: readonly NodeResult<unknown>[], io: Io): Promise<void> {
  const hints = new Set(results.flatMap((result) => (isFailure(result) ? (result.hint ?? []) : [])))
  const silent = results.filter(isFailure).length
  if (silent === 0) return
  const lines = [`${silent} of ${count(results.length, 'speaker')} did not answer.`, ...hints]
  await emit(io.stderr, lines.map((line) => `${printable(line)}\n`).join(''))
}

function exitCodeOf<T>(results: readonly NodeResult<T>[], { finding }: Question<T>): ExitCode {
  const silent = results.filter(isFailure).length
  if (silent === results.length) return ExitCode.unreachable
  const found = results.some((result) => !isFailure(result) && finding?.(result.view) === true)
  return silent > 0 || found ? ExitCode.finding : ExitCode.ok
}
