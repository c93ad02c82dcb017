import { everyBin } from '../../windows/bins.ts'
import { pyramid, pyramidOptions } from './adaptiveWindows.ts'
import { poolStage } from './poolStage.ts'

/**
 * Temporal pyramid: the whole, its halves and its quarters (by default), pooled in one pass and joined into one frame, so that a vector keeps some of the order in time.
 *
 * Shape: L frames → 1 frame of (sum of levels) × outputs planes, level by level, window by window. Windows, length and empty as {@link adaptivePool1d}.
 *
 * @param options.levels numbers of windows, by default 1, 2, 4
 * @example
 * apply(frames([1, 2, 3, 4]), pyramidPool('max', { levels: [1, 2] })).data // 4, 2, 4
 */
export const pyramidPool = /* @__PURE__ */ poolStage(
  'pyramidPool',
  pyramidOptions,
  pyramid((input, count) => ({ count, bins: everyBin(input), cells: [''] })),
)
