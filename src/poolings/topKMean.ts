import { integer, taking } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import { rowBeyond } from './extreme.ts'

/** How many values were seen, then the largest of them in falling order, NaN before all; a value a lane each. */
type Top = readonly Float64Array[]

const [seen, first] = [0, 1]

/** The mean of the k largest seen values of each lane, of all where there are fewer. NaN if one was seen; 0 if nothing was. Weights above 0 do not matter. */
export const topKMean = /* @__PURE__ */ taking(
  'topKMean',
  {
    /** How many. */
    k: integer(1, 256).default(3),
  },
  ({ k }, options): Pooling<Top, 'topKMean'> => {
    const put = (state: Top, i: number, x: number) => {
      let place = first + k - 1
      if (!above(x, state[place]![i]!)) return
      for (; place > first && above(x, state[place - 1]![i]!); place--) state[place]![i] = state[place - 1]![i]!
      state[place]![i] = x
    }
    return {
      spec: Object.keys(options).length > 0 ? { pooling: 'topKMean', ...options } : 'topKMean',
      identity: [0, ...new Array<number>(k).fill(-Infinity)],
      outputs: ['topKMean'],
      exact: true,
      about: {
        formula: 'mean of the k largest x',
        source: 'k-max pooling (Kalchbrenner et al. 2014), averaged; multiple-instance learning',
        use: 'an event shorter than the region, with less trust in a single frame than max has',
        example: { input: [1, 6, 2, 4], output: [[6, 4, 2, 1].slice(0, k).reduce((sum, x) => sum + x, 0) / Math.min(k, 4)] },
        empty: 0,
      },
      bind: (buffer, offset, stride, lanes) =>
        Array.from({ length: first + k }, (_, slot) => buffer.subarray(offset + slot * stride, offset + slot * stride + lanes)),
      add(state, run) {
        const { data, offset, lanes, rows } = run
        const [counts, lowest] = [state[seen]!, state[first + k - 1]!]
        for (let i = 0; i < lanes; i++) {
          counts[i]! += rows
          for (let r = rowBeyond(run, i, 0, lowest[i]!, 1); r < rows; r = rowBeyond(run, i, r + 1, lowest[i]!, 1))
            put(state, i, data[offset + r * lanes + i]!)
        }
      },
      merge(into, from) {
        const lanes = from[seen]!.length
        for (let i = 0; i < lanes; i++) {
          into[seen]![i]! += from[seen]![i]!
          for (let r = 0; r < k; r++) put(into, i, from[first + r]![i]!)
        }
      },
      result(state, out) {
        for (let i = 0; i < out.topKMean.length; i++) {
          const count = Math.min(k, state[seen]![i]!)
          let sum = 0
          for (let r = 0; r < count; r++) sum += state[first + r]![i]!
          out.topKMean[i] = count > 0 ? sum / count : 0
        }
      },
    }
  },
)

function above(x: number, y: number): boolean {
  return x > y || (Number.isNaN(x) && !Number.isNaN(y))
}
