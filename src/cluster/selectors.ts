/** metav1.LabelSelector, decided as Kubernetes decides it (apimachinery, labels.Requirement.Matches). */
import type { LabelRequirement, LabelSelector, Labels, Selectors } from './types.ts'

/** Whether any selector of the list matches; an empty list is no restriction. */
export function matches(selectors: Selectors, labels: Labels): boolean {
  return selectors.length === 0 || matchesAny(selectors, labels)
}

/** Whether any selector of the list matches; an empty list matches nothing. */
export function matchesAny(selectors: Selectors, labels: Labels): boolean {
  return selectors.some((selector) => matchesSelector(selector, labels))
}

/** All of matchLabels and all of matchExpressions; an empty selector matches everything. */
export function matchesSelector({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): boolean {
  // Asked of thousands of objects: no list is made of what is in a map already.
  for (const key in matchLabels) if (labelOf(labels, key) !== matchLabels[key]) return false
  return matchExpressions.every((requirement) => meets(requirement, labels))
}

function meets({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = labelOf(labels, key)
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    // A key that is absent is not in any set.
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
  }
}

/** Own properties only: `constructor` is a label key like any other. */
const labelOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined

export const isEmptySelector = ({ matchLabels, matchExpressions }: LabelSelector): boolean =>
  matchExpressions.length === 0 && Object.keys(matchLabels).length === 0
