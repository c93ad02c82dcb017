import { everyBin } from '../../windows/bins.ts'
import { adaptive, adaptiveOptions, outputs } from './adaptiveWindows.ts'
import { poolStage } from './poolStage.ts'

/**
 * Pools into a fixed number of frames, whatever the length: window i of n over L frames is ⌊iL/n⌋ … ⌈(i+1)L/n⌉, as in PyTorch's adaptive pooling.
 *
 * Shape: L frames → `count` frames; where L is smaller, frames repeat; an empty sequence gives `count` frames of weight 0.
 * Where the length is known it streams. Where it is not, memory stays bounded: panes of frames merge by pairs as the sequence grows, and each end of a window is off by at most
 * L / (16·count) frames, by none up to 16·count frames; `peek` gives the result so far, of live sources too.
 *
 * @param options.exact true refuses sequences of unknown length when planned
 * @throws RangeError for a count below 1; DataError where a source promised another length than it gave
 * @example
 * apply(frames([1, 2, 3, 4, 5]), adaptivePool1d('mean', { count: 2 })).data // 2, 4
 */
export const adaptivePool1d = /* @__PURE__ */ poolStage(
  'adaptivePool1d',
  {
    /** How many frames come out (output_size). */
    count: outputs(),
    ...adaptiveOptions,
  },
  ({ count, ...options }) =>
    (input, pooling, spec) =>
      adaptive(spec, input, pooling, everyBin(input), count, options),
)
