import { resolveWindow, windowOptions } from '../../core/window.ts'
import { everyBin } from '../../windows/bins.ts'
import { planOver } from '../../windows/planOver.ts'
import { poolStage } from './poolStage.ts'

/**
 * Pools windows over time: max pooling, average pooling and the rest, sliding windows included, each lane for itself.
 *
 * Shape: n frames → ⌊(n + padding − extent) / stride⌋ + 1 frames, planes × number of outputs; extent = dilation·(size − 1) + 1. An input shorter than the window gives
 * nothing, unless `partial` is 'keep'. Weights: frames of weight 0 are not seen, others weigh in; a pooled frame weighs the sum of what it saw.
 * A long window costs the same per frame whatever its size.
 *
 * Over a clock of events, as of `toFrames({ time })`, of segments and of `eventClock()`, durations make windows of time: frames that begin from n·stride on and before n·stride + size,
 * for every whole n, those before 0 too. A window comes when a frame or a watermark has reached its end; none comes that saw nothing, since silence has no end; with `partial`
 * 'keep' one more where those that ended do not reach the last frame. Cost a frame: three merges, whatever the size; poolings that keep their values hold a window's frames.
 *
 * @param pooling a name, a pooling such as `power({ p: 3 })`, or a list, which gives all of them
 * @param options sizes in frames, or durations such as '1s'; stride = size, dilation 1, padding 'valid' and partial 'drop' by default
 * @throws RangeError or TypeError at once for bad options; when planned for durations over tokens and paddings not below the window's extent;
 * where windows are of time, for sizes in frames beside durations, for dilation, padding, includePad and dialect; DataError there for frames that are not in order of time;
 * 'same' with a stride above 1 waits for the end of the sequence unless its length is known, and refuses live sources
 * @example
 * apply(frames([1, 5, 2, 4], { hop: 0.01 }), pool1d('max', { size: 2 })).data // 5, 4
 */
export const pool1d = /* @__PURE__ */ poolStage('pool1d', windowOptions, (options) => {
  resolveWindow('pool1d', options, undefined)
  return (input, pooling, spec) => planOver(spec, input, pooling, everyBin(input), options)
})
