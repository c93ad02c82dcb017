import { integer } from './check.ts'
import { checkBlock, type Frames, slice as sliceOf, spanOf as spanIn, type Values } from './frames.ts'

// What anybody may call checks what it is given; windows, which call the same for every frame, have it checked already.

/**
 * Start and end of frame `index` of a sequence (its absolute index), in clock units; `block` must hold it where the clock is irregular.
 *
 * @throws DataError for what is no block of frames; RangeError or TypeError for an index that is none
 * @example
 * spanOf(frames([1, 2, 3], { hop: 0.5 }), 2) // [1, 1.5]
 */
export function spanOf(block: Frames<Values>, index: number): [start: number, end: number] {
  checkBlock('spanOf', block)
  const held = block.spans !== undefined
  integer('spanOf', 'index', index, held ? block.start : 0, held ? block.start + block.length - 1 : undefined)
  return spanIn(block, index)
}

/**
 * Frames `from` (inclusive) to `to` (exclusive) of a block, counted within it, sharing its memory.
 *
 * @throws DataError for what is no block of frames; RangeError or TypeError for places outside it
 * @example
 * slice(frames([1, 2, 3]), 1, 3).data // [2, 3]
 */
export function slice<Data extends Values>(block: Frames<Data>, from: number, to: number): Frames<Data> {
  checkBlock('slice', block)
  integer('slice', 'to', to, integer('slice', 'from', from, 0, block.length), block.length)
  return sliceOf(block, from, to)
}
