import { type Accumulators, addWeights } from '../core/accumulators.ts'
import { type Arena, arenaIfReady } from './arena.ts'

/** Rows of `width` values, one after the other from `offset` on; without weights all weigh 1. */
interface Rows {
  readonly data: Float32Array
  readonly offset: number
  readonly width: number
  readonly count: number
  readonly weights: Float32Array | undefined
}

// What is in the arena at a time, at most: a block of rows that stays in cache, of some lanes.
const values = 16384
const rows = 2048
const lanes = 4096
// Of fewer values the way into the kernel costs more than it saves.
const least = 256

const weightsAt = 16
const dataAt: number = weightsAt + 8 * rows
// Rows are read in eights, so there is room behind the last.
const sumAt: number = dataAt + 4 * (values + 8)
const shiftAt: number = sumAt + 8 * lanes
const squaresAt: number = shiftAt + 8 * lanes
const highAt: number = squaresAt + 8 * lanes
const lowAt: number = highAt + 4 * lanes
const magnitudeAt: number = lowAt + 4 * lanes
const energyAt: number = magnitudeAt + 4 * lanes
const zerosAt: number = energyAt + 8 * lanes
const spareAt: number = zerosAt + 8 * lanes

/** Whether so many values are enough for the kernel. */
export function pays(count: number): boolean {
  return count >= least
}

/**
 * Adds rows to accumulators: to the bit what `accumulate` adds row by row, but that a zero in `high` and `low` is +0,
 * as it is in their results.
 *
 * @param into accumulators of as many lanes as a row has values
 * @param data row after row from `offset` on
 * @param count rows
 * @param weights one a row, finite and ≥ 0; absent for 1. Rows of weight 0 are not looked at
 * @returns false where nothing was done: the kernels are not there, or so few rows do not pay
 */
export function addRows(into: Accumulators, data: Float32Array, offset: number, count: number, weights?: Float32Array): boolean {
  const arena = arenaIfReady()
  const width = Object.values(into)[0]?.length ?? 0
  if (!arena || !pays(count * width)) return false
  addWeights(into, count, weights)
  for (let from = 0; from < width; from += lanes) {
    addLanes(arena, into, { data, offset, width, count, weights }, from, Math.min(width, from + lanes))
  }
  return true
}

/** The lanes `from` (inclusive) to `to` (exclusive) of every row. */
function addLanes(arena: Arena, into: Accumulators, all: Rows, from: number, to: number): void {
  const { kernels, floats, doubles } = arena
  const { sum, shift, squares, energy, high, low, magnitude } = into
  const near = to - from
  const slots = [
    [sum, sumAt],
    [shift, shiftAt],
    [squares, squaresAt],
    [energy, energyAt],
  ] as const
  for (const [slot, at] of slots) {
    if (slot) doubles.set(slot.subarray(from, to), at / 8)
    doubles.fill(0, at / 8 + near, at / 8 + near + 7)
  }
  if (energy) doubles.fill(0, zerosAt / 8, zerosAt / 8 + near + 7)
  floats.fill(-Infinity, highAt / 4, highAt / 4 + near + 7)
  floats.fill(Infinity, lowAt / 4, lowAt / 4 + near + 7)
  floats.fill(0, magnitudeAt / 4, magnitudeAt / 4 + near + 7)
  const sums = squares ? 2 : sum ? 1 : 0
  const ends = high || low ? 1 : 0
  for (let row = 0; row < all.count; ) {
    const { held, next, even } = hold(arena, all, row, from, to)
    const at = even ? 0 : weightsAt
    if (held > 0 && sums + ends > 0) kernels.rows(sums, ends, dataAt, held, near, at, sumAt, shiftAt, squaresAt, highAt, lowAt)
    if (held > 0 && magnitude) kernels.rows(0, 2, dataAt, held, near, 0, 0, 0, 0, magnitudeAt, 0)
    // Squares about 0; the sums that come along are nobody's.
    if (held > 0 && energy) kernels.rows(2, 0, dataAt, held, near, at, spareAt, zerosAt, energyAt, 0, 0)
    row = next
  }
  for (const [slot, at] of slots) slot?.set(doubles.subarray(at / 8, at / 8 + near), from)
  for (let i = 0; i < near; i++) {
    if (high) high[from + i] = Math.max(high[from + i]!, floats[highAt / 4 + i]!) + 0
    if (low) low[from + i] = Math.min(low[from + i]!, floats[lowAt / 4 + i]!) + 0
    if (magnitude) magnitude[from + i] = Math.max(magnitude[from + i]!, floats[magnitudeAt / 4 + i]!)
  }
}

/** Copies what rows from `row` on are seen into the arena, as many as there is room for. `even`: all weigh 1. */
function hold(
  { floats, doubles }: Arena,
  { data, offset, width, count, weights }: Rows,
  row: number,
  from: number,
  to: number,
): { held: number; next: number; even: boolean } {
  const near = to - from
  const fits = Math.min(rows, Math.floor(values / near))
  let [held, next, even] = [0, row, true]
  while (next < count && held < fits) {
    // Seen rows that stand together.
    const start = next
    if (weights) {
      for (; next < count && held < fits && weights[next]! > 0; next++) {
        const weight = weights[next]!
        if (weight !== 1) even = false
        doubles[weightsAt / 8 + held++] = weight
      }
    } else {
      next = Math.min(count, row + fits)
      held = next - row
    }
    const at = dataAt / 4 + (held - (next - start)) * near
    if (near === width) floats.set(data.subarray(offset + start * width, offset + next * width), at)
    else
      for (let r = start; r < next; r++)
        floats.set(data.subarray(offset + r * width + from, offset + r * width + to), at + (r - start) * near)
    while (next < count && weights && weights[next] === 0) next++
  }
  floats.fill(0, dataAt / 4 + held * near, dataAt / 4 + held * near + 7)
  return { held, next, even }
}
