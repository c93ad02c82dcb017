import { refusal } from '../core/check.ts'
import { oneOf, type Read } from '../core/options.ts'
import type { Dialect } from '../core/window.ts'

/** How positions are counted. */
export function indexOrderOptions() {
  return {
    /** How positions are counted: 'row': the last axis runs fastest; 'column': the first does, as ONNX' storage_order 1 has it. */
    indexOrder: oneOf('row', 'column').default('row'),
  }
}

/** Refuses what PyTorch and Keras cannot say. */
export function checkIndexOrder(
  who: string,
  { indexOrder, dialect }: Read<ReturnType<typeof indexOrderOptions>> & { readonly dialect: Dialect | undefined },
): void {
  if (indexOrder === 'column' && dialect !== undefined && dialect !== 'onnx')
    throw refusal(who, `with dialect '${dialect}' indexOrder must be 'row'`, indexOrder)
}

/** A position counted row by row, counted column by column; by the lengths in reverse order the way back. */
export function byColumns(place: number, lengths: readonly number[]): number {
  let [rest, column] = [place, 0]
  for (const length of lengths.toReversed()) {
    column = column * length + (rest % length)
    rest = Math.floor(rest / length)
  }
  return column
}
