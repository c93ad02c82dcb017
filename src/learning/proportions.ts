import type { OperatorFunction } from 'rxjs'
import { integer, type Json, listIn, refusal } from '../core/check.ts'
import type { Pooling, PoolingSpec } from '../core/pooling.ts'
import type { Stage } from '../core/stage.ts'
import { mixed } from '../poolings/index.ts'
import { tap } from '../poolings/learned/gated.ts'
import { type PoolingLike, poolingOf } from '../poolings/named.ts'
import type { Failure, Sequence } from '../streams/eachSequence.ts'
import { bestGate } from './gate.ts'
import { labelled } from './labelled.ts'
import { bestShares, scatters } from './scatter.ts'

/** A stage, but for its pooling: `(pooling) => globalPool(pooling)`. */
export type Pool = (pooling: Pooling) => Stage

// More parts have more subsets than anybody waits for.
const mostParts = 8

/**
 * Learns from labelled sequences in which proportions `mixed` tells their labels apart best: for each bin those ≥ 0, of sum 1, whose mixture varies most between labels for what it varies
 * within them (Fisher's ratio, in closed form). Every pooled frame is a vector with the label of its sequence.
 *
 * Shape: labelled sequences → one spec of `mixed` at the end, a list of proportions for each part, one number a bin and channel. A sequence without a label, or one that fails, comes out
 * as `{ id, error }`, and nothing of it counts. A bin that is always the same gets equal shares. Memory: all pooled frames, once for each part.
 *
 * @throws RangeError or TypeError at once for parts that `mixed` does not take, and more than 8; DataError (as an error of the stream) for fewer than two labels, and where no label has two vectors
 * @source Lee, Gallagher, Tu 2016 (mixed pooling per channel); Fisher 1936 (the ratio)
 * @example
 * import { manifest, toMixed } from 'poolwise/node'
 * manifest('words.csv').pipe(toMixed(['max', 'mean'], (pooling) => globalPool(pooling), logMel()))
 */
export function toMixed(parts: readonly PoolingLike[], pool: Pool, ...before: Stage[]): OperatorFunction<Sequence, PoolingSpec | Failure> {
  const list = listIn(parts, mostParts) as PoolingLike[] | undefined
  if (!list || list.length < 2) throw refusal('toMixed', `parts must be a list of 2 to ${mostParts} poolings`, parts)
  checkPool('toMixed', pool)
  const poolings = list.map((part) => poolingOf(part, 'toMixed'))
  // What it does not take is refused before any data flow.
  mixed(poolings.map((pooling) => [pooling, 1]))
  return labelled(
    before,
    poolings.map((pooling) => pool(pooling)),
    async (all) => {
      const shares = await Promise.all(scatters(all).map(bestShares))
      return { pooling: 'mixed', parts: poolings.map(({ spec }, k) => [spec, shares.map((bin) => rounded(bin[k]!))]) as Json }
    },
  )
}

/**
 * Learns from labelled sequences the gate and the bias of `gated`, by which maximum and mean are mixed according to what is in the region: up the gradient of
 * −ln Λ, Wilks' criterion, of each bin. Every pooled frame is a vector with the label of its sequence.
 *
 * Shape: labelled sequences → one spec of `gated` at the end. Failures as {@link toMixed}. Deterministic: the same sequences give the same numbers. Memory: all
 * pooled frames, once for each tap and twice more.
 *
 * @param taps values in a region: the size of the window
 * @throws RangeError for taps that are no number ≥ 1; in the stream as {@link toMixed}, and RangeError in failures of sequences whose regions have another number of taps
 * @source Lee, Gallagher, Tu 2016 (the gate); Wilks 1932 (the criterion: Λ is the scatter within labels in that of all)
 * @example
 * import { manifest, toGated } from 'poolwise/node'
 * manifest('words.csv').pipe(toGated(4, (pooling) => pool1d(pooling, { size: 4 }), logMel()))
 */
export function toGated(taps: number, pool: Pool, ...before: Stage[]): OperatorFunction<Sequence, PoolingSpec | Failure> {
  const count = integer('toGated', 'taps', taps, 1, 4096)
  checkPool('toGated', pool)
  const poolings = [poolingOf('max', 'toGated'), poolingOf('mean', 'toGated'), ...Array.from({ length: count }, (_, k) => tap(k, count))]
  return labelled(
    before,
    poolings.map((pooling) => pool(pooling)),
    (all) => {
      const { weights, bias } = bestGate(all)
      return { pooling: 'gated', gate: weights.map(rounded), bias: rounded(bias) }
    },
  )
}

function checkPool(who: string, pool: Pool): void {
  if (typeof pool !== 'function') throw refusal(who, 'expected a function such as (pooling) => globalPool(pooling)', pool)
}

/** Digits that matter, so that a file is short and the same on every machine. */
function rounded(x: number): number {
  return Number(x.toPrecision(6))
}
