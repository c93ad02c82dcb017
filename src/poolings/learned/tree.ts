import { refusal } from '../../core/check.ts'
import { list, number, type Read, taking } from '../../core/options.ts'
import type { Pooling } from '../../core/pooling.ts'
import { type Kept, keeping } from '../kept.ts'
import { dot, oneTapEach, sigmoid } from './gated.ts'

const vectors = (min: number) => list(list(number(), { like: '[0.5, 0.5]' }), { min, like: '[[0.5, 0.5], [1, 0]]' })

const treeOptions = {
  /** 1, 2, 4, 8 … vectors v from left to right, of one number for each tap of the region, in order (in 2-D row by row, frames × bins). */
  leaves: vectors(1),
  /** One vector ω of as many numbers for each inner node, level by level from the root, each level from left to right: one fewer than the leaves. */
  gates: vectors(0),
}

function make({ leaves, gates }: Read<typeof treeOptions>): Pooling<Kept> {
  if (!Number.isInteger(Math.log2(leaves.length))) throw refusal('tree', 'leaves must be 1, 2, 4, 8 … vectors', leaves.length)
  if (gates.length !== leaves.length - 1) throw refusal('tree', `gates must be one fewer than the ${leaves.length} leaves`, gates.length)
  const taps = leaves[0]!.length
  const odd = [...leaves, ...gates].find(({ length }) => length !== taps)
  if (odd) throw refusal('tree', `leaves and gates must all have ${taps} numbers, one for each tap`, odd.length)
  // Node m has the children 2m + 1 and 2m + 2; the leaves follow the gates.
  const nodes = [...gates, ...leaves]
  const value = (values: Float64Array) => {
    const results = new Float64Array(nodes.length)
    for (let m = nodes.length - 1; m >= 0; m--) {
      const own = dot(nodes[m]!, values)
      const share = sigmoid(own)
      results[m] = m < gates.length ? share * results[2 * m + 1]! + (1 - share) * results[2 * m + 2]! : own
    }
    return results[0]!
  }
  const input = leaves[0]!.map((_, k) => k + 1)
  return keeping({
    name: 'tree',
    options: { leaves, gates },
    output: 'tree',
    ordered: true,
    fits: oneTapEach('tree', taps),
    about: {
      formula: 'leaves vᵀx; nodes σ(ωᵀx)·left + (1 − σ(ωᵀx))·right',
      source: 'Lee, Gallagher, Tu 2016',
      use: 'a pooling that was learned itself',
      example: { input, output: [value(Float64Array.from(input))] },
      empty: 0,
    },
    value,
  })
}

/**
 * Learned weighted sums of a region, mixed by learned gates up a complete binary tree of any depth, each lane for itself. 0 if nothing was seen, NaN if one was.
 *
 * Taps that were not seen count 0, and so do those that a shorter region lacks (adaptive windows differ by one). Frame weights above 0 do not matter.
 *
 * @throws RangeError when planned where regions do not have as many taps as the vectors have numbers
 */
export const tree = /* @__PURE__ */ Object.assign(taking('tree', treeOptions, make), {
  example: make({
    leaves: [
      [0.5, 0.5],
      [1, 0],
    ],
    gates: [[1, -1]],
  }),
})
