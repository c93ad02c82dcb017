import { adaptive, adaptiveBins, adaptiveOptions, outputs } from './adaptiveWindows.ts'
import { pair } from './pair.ts'
import { poolStage } from './poolStage.ts'

/**
 * {@link adaptivePool1d} over time × bins.
 *
 * Shape: L × bins → `count[0]` × `count[1]`, or `count` × `count`.
 *
 * @example
 * apply(frames([1, 2, 3, 4], { bins: 2 }), adaptivePool2d('max', { count: 1 })).data // 4
 */
export const adaptivePool2d = /* @__PURE__ */ poolStage(
  'adaptivePool2d',
  {
    /** How many come out over both axes, or `[time, bins]` (output_size). */
    count: pair(outputs(), outputs()),
    ...adaptiveOptions,
  },
  ({ count: [time, bins], ...options }) =>
    (input, pooling, spec) =>
      adaptive(spec, input, pooling, adaptiveBins(input, bins, options.rule), time, options),
)
