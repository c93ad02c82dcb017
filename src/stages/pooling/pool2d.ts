import { refusal } from '../../core/check.ts'
import { duration } from '../../core/duration.ts'
import { checked, integer } from '../../core/options.ts'
import { commonWindowOptions, outputLength, resolveWindow, type WindowOptions, windowOptions } from '../../core/window.ts'
import { windowedBins } from '../../windows/bins.ts'
import { padded } from '../../windows/includePad.ts'
import { planWindows } from '../../windows/planWindows.ts'
import { pair } from './pair.ts'
import { poolStage } from './poolStage.ts'

/** What stands before and after each axis. */
type Padding =
  | 'valid'
  | 'same'
  | 'same-lower'
  | number
  | readonly [time: number | readonly [number, number], bins: number | readonly [number, number]]

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
    /** As of pool1d: 'valid', 'same', 'same-lower' or a number for both axes; or for time and bins each a number or a pair `[before, after]`. */
    padding: checked<Padding>(
      {
        anyOf: [
          ...windowOptions.padding.description.anyOf!,
          { type: 'array', items: windowOptions.padding.description, minItems: 2, maxItems: 2 },
        ],
      },
      (who, name, value) => {
        if (!Array.isArray(value)) return windowOptions.padding.read(who, name, value) as Padding
        if (value.length === 2) return value as unknown as Padding
        throw refusal(who, `${name} must be one value or a pair for time and bins`, value)
      },
    ).default('valid'),
    ...commonWindowOptions,
  },
  ({ size, stride, dilation, padding }, { stride: _, ...given }) => {
    const axis = (i: 0 | 1): WindowOptions => ({
      ...given,
      size: size[i],
      ...(stride && { stride: stride[i] }),
      dilation: dilation[i],
      padding: Array.isArray(padding) ? padding[i] : padding,
    })
    const [time, bins] = [axis(0), axis(1)]
    resolveWindow('pool2d', time, undefined)
    resolveWindow('pool2d', bins, undefined)
    if (typeof bins.size === 'string' || typeof bins.stride === 'string')
      throw refusal('pool2d', 'size and stride over bins must be numbers of bins', bins.size)
    return (input, pooling, spec) => {
      const window = resolveWindow('pool2d', padded('pool2d', bins, pooling), undefined)
      if (outputLength(window, input.bins) === 0)
        throw refusal('pool2d', `a window of ${window.extent} bins must fit into the ${input.bins} bins of the input`, window.extent)
      const windowOverTime = resolveWindow('pool2d', padded('pool2d', time, pooling), input.clock)
      return planWindows(spec, input, pooling, windowedBins(input, window), windowOverTime)
    }
  },
)
