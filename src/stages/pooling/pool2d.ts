import { refusal } from '../../core/check.ts'
import { duration } from '../../core/duration.ts'
import { integer } from '../../core/options.ts'
import { commonWindowOptions, outputLength, type ReadWindow, resolveWindow, windowOptions } from '../../core/window.ts'
import { windowedBins } from '../../windows/bins.ts'
import { padded } from '../../windows/includePad.ts'
import { planOver } from '../../windows/planOver.ts'
import { pair } from './pair.ts'
import { poolStage } from './poolStage.ts'

/**
 * Pools windows over time × bins, as over images; time streams and is unbounded.
 *
 * Shape: n × bins → pooled as {@link pool1d} on each axis; channels and planes stay apart. Without `stride` the windows do not overlap.
 *
 * @param options each a number for both axes or a pair `[time, bins]`; padding may be a pair of pairs `[before, after]`
 * @throws RangeError or TypeError as {@link pool1d}, and when planned where the window is wider than the bins
 * @example
 * apply(frames([1, 2, 3, 4], { bins: 2 }), pool2d('max', { size: [2, 2] })).data // 4
 */
export const pool2d = /* @__PURE__ */ poolStage(
  'pool2d',
  {
    /** How many taps a window has, for both axes or `[time, bins]`; over time it may be a duration. */
    size: pair(duration(), integer(1)),
    /** From one window to the next, likewise. */
    stride: pair(duration(), integer(1)).optional('size'),
    /** From one tap to the next, likewise. */
    dilation: pair(integer(1), integer(1)).default([1, 1]),
    /** As of pool1d: 'valid', 'same', 'same-lower' or a number for both axes; or for time and bins each one of these, or a pair `[before, after]`. */
    padding: pair(windowOptions.padding, windowOptions.padding).default(['valid', 'valid']),
    ...commonWindowOptions,
  },
  ({ size, stride, dilation, padding, ...both }) => {
    const axis = (i: 0 | 1): ReadWindow => ({ ...both, size: size[i], stride: stride?.[i], dilation: dilation[i], padding: padding[i] })
    const [time, bins] = [axis(0), axis(1)]
    resolveWindow('pool2d', time, undefined)
    resolveWindow('pool2d', bins, undefined)
    return (input, pooling, spec) => {
      const window = resolveWindow('pool2d', padded('pool2d', bins, pooling), undefined)
      if (outputLength(window, input.bins) === 0)
        throw refusal('pool2d', `a window of ${window.extent} bins must fit into the ${input.bins} bins of the input`, window.extent)
      return planOver(spec, input, pooling, windowedBins(input, window), time)
    }
  },
)
