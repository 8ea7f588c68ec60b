/**
 * The tables of one speaker, for many: a column with the node's name before, and a row with the reason for each node
 * that did not answer. Pure.
 */
import { isFailure, type NodeFailure, type NodeResult } from '../kubectl/index.ts'
import { type Column, type TableOptions, table } from './table.ts'
import { count } from './words.ts'

type Row<T> = { readonly node: string; readonly row: T } | NodeFailure

/** `rowsOf` takes a node's view apart; `columns` are those of the table of one speaker. */
export function nodeTable<View, T>(
  results: readonly NodeResult<View>[],
  rowsOf: (view: View) => readonly T[],
  columns: readonly Column<T>[],
  options: TableOptions,
): string {
  const rows = results.flatMap((result): Row<T>[] =>
    isFailure(result) ? [result] : rowsOf(result.view).map((row) => ({ node: result.node, row })),
  )
  const shown = columns.filter(({ only }) => only !== (options.wide ? 'narrow' : 'wide'))
  const node: Column<Row<T>> = { title: 'NODE', cell: (row) => row.node }
  return table([node, ...shown.map((column, at) => forNodes(column, at === shown.length - 1))], rows, options)
}

/** The last column is the one with room for a reason. */
function forNodes<T>({ title, cell, align, paint }: Column<T>, last: boolean): Column<Row<T>> {
  return {
    title,
    cell: (row, style) => ('row' in row ? cell(row.row, style) : last ? `no answer: ${row.error}` : '-'),
    ...(align !== undefined && { align }),
    paint: (row, style) =>
      'row' in row ? (paint?.(row.row, style) ?? ((text) => text)) : last ? style.bad : style.quiet,
  }
}

/** Only those that did not answer. */
export const silentNodes = (results: readonly NodeResult<unknown>[], options: TableOptions): string =>
  nodeTable(results.filter(isFailure), () => [], [{ title: 'ANSWER', cell: () => '' }], options)

/** More names than this are counted instead. */
export const FEW = 3

export const nodesText = (nodes: readonly string[]): string =>
  nodes.length <= FEW ? nodes.join(', ') : count(nodes.length, 'node')
