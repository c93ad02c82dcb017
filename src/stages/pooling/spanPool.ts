import { integer, isList, refusal } from '../../core/check.ts'
import { checked, list } from '../../core/options.ts'
import { everyBin } from '../../windows/bins.ts'
import { planTree } from '../../windows/spanTree.ts'
import { poolStage } from './poolStage.ts'

/**
 * Pools many spans of one sequence, which may overlap and come in any order: late chunking. A tree of merged frames answers each in logarithmic time, and nothing is subtracted.
 *
 * Shape: n frames → one frame a span, planes × number of outputs. Memory: the whole sequence, since it comes at the end.
 *
 * @param options.spans first frame and end (exclusive) of each, counted from the start of the sequence
 * @throws RangeError or TypeError for what is no span; DataError at the end for one that ends after the sequence
 * @example
 * apply(frames([1, 3, 5, 7]), spanPool('mean', { spans: [[0, 2], [1, 4]] })).data // 2, 5
 */
export const spanPool = /* @__PURE__ */ poolStage(
  'spanPool',
  {
    /** The spans, as pairs of a first frame and the one after the last. */
    spans: list(
      checked<readonly [from: number, to: number]>(
        { type: 'array', items: { type: 'integer', minimum: 0 }, minItems: 2, maxItems: 2 },
        (who, _, value) => {
          if (!isList(value) || value.length !== 2) throw refusal(who, 'a span must be a pair of frames such as [0, 12]', value)
          const from = integer(who, "a span's first frame", value[0], 0)
          return [from, integer(who, "a span's end", value[1], from + 1)]
        },
      ),
      { min: 0, like: '[[0, 12], [6, 18]]' },
    ),
  },
  ({ spans }) =>
    (input, pooling, spec) =>
      planTree(spec, input, pooling, everyBin(input), spans),
)
