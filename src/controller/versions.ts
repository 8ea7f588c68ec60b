/**
 * resourceVersions in their order. Those of one resource are decimal numbers of any length; no leading zeros.
 */
export const isAtLeast = (version: string, other: string): boolean =>
  version.length === other.length ? version >= other : version.length > other.length

export const newest = (a: string, b: string | undefined): string =>
  b === undefined || isAtLeast(a, b) ? a : b
