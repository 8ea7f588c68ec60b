/**
 * Pools that exist and could not be read, and of which no good version is known. Their addresses look as if they were
 * in no pool, but taking them away because of a typing error made while the controller was down would be the worst
 * reading of it: Services that hold them are left alone until the pool is mended or deleted.
 */
import { type Diagnostic, type Pool, poolOf, type Service } from '../cluster/index.ts'

const POOL = /^IPAddressPool \S+\/(\S+)$/

export function unreadPools(diagnostics: readonly Diagnostic[], pools: readonly Pool[]): readonly string[] {
  const known = new Set(pools.map(({ name }) => name))
  const named = diagnostics.flatMap(({ severity, location }) =>
    severity === 'error' ? (POOL.exec(location.object ?? '')?.[1] ?? []) : [],
  )
  return [...new Set(named)].filter((name) => !known.has(name))
}

/** It holds an address that may be from a pool we cannot read. */
export const mayBeFrom = (pools: readonly Pool[], { addresses }: Service): boolean =>
  addresses.some((address) => poolOf(pools, address) === undefined)
