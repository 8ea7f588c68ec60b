/** What did not change. Snapshots share structure, so identity tells. */

/** The same elements in the same order, by identity: a list that was only wrapped anew has not changed. */
export const sameElements = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a === b || (a.length === b.length && a.every((item, at) => item === b[at]))
