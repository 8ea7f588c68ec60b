/** What a change of a pool costs: services whose addresses are in it no more. They get others from the controller. */
import { listOf, type ObjectKey, type Parsed, type Pool, poolOf, type Service } from '../cluster/index.ts'

/** One sentence, or none. @param after undefined: the pool is deleted. */
export function lostAddresses(
  before: Parsed,
  after: Parsed | undefined,
  services: ReadonlyMap<ObjectKey, Service>,
): readonly string[] {
  const [old, now] = [poolsIn(before), after === undefined ? [] : poolsIn(after)]
  if (old.length === 0 || (after !== undefined && (now.length === 0 || sameRanges(old, now)))) return []
  const losing: string[] = []
  for (const [key, { addresses }] of services) {
    const lost = addresses.some(
      (address) => poolOf(old, address) !== undefined && poolOf(now, address) === undefined,
    )
    if (lost) losing.push(key)
  }
  if (losing.length === 0) return []
  const [who, whose] =
    losing.length === 1
      ? ['1 service has its', 'it loses it']
      : [`${losing.length} services have their`, 'they lose it']
  return [`${who} address from what is taken away; ${whose}: ${listOf(losing)}`]
}

const poolsIn = ({ objects }: Parsed): readonly Pool[] =>
  objects.flatMap((object) =>
    object.kind === 'IPAddressPool' && object.value !== undefined ? [object.value] : [],
  )

const textsOf = (pools: readonly Pool[]): string =>
  pools.flatMap(({ ranges }) => ranges.map(({ text }) => text)).join()

const sameRanges = (a: readonly Pool[], b: readonly Pool[]): boolean => textsOf(a) === textsOf(b)
