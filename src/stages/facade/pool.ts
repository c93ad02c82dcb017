// The ways to pool, as operators.
import * as stage from '../../core/stage.ts'
import { type Callable, callable } from '../../streams/operator.ts'
import * as windows from '../pooling/pooling.ts'

/**
 * Pools windows over time: max pooling, average pooling and the rest, sliding windows included, each lane for itself.
 *
 * Shape: n frames → ⌊(n + padding − extent) / stride⌋ + 1 frames, planes × number of outputs; extent = dilation·(size − 1) + 1. An input shorter than the window gives
 * nothing, unless `partial` is 'keep'. Weights: frames of weight 0 are not seen, others weigh in; a pooled frame weighs the sum of what it saw.
 * A long window costs the same per frame whatever its size.
 *
 * @param pooling a name, a pooling such as `power({ p: 3 })`, or a list, which gives all of them
 * @param options sizes in frames, or durations such as '1s'; stride = size, dilation 1, padding 'valid' and partial 'drop' by default
 * @throws RangeError or TypeError at once for bad options; when planned for durations over tokens and paddings not below the window's extent;
 * 'same' with a stride above 1 waits for the end of the sequence unless its length is known, and refuses live sources
 * @example
 * apply(frames([1, 5, 2, 4], { hop: 0.01 }), pool1d('max', { size: 2 })).data // 5, 4
 */
export const pool1d: Callable<typeof windows.pool1d> = /* @__PURE__ */ callable(windows.pool1d)

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
export const pool2d: Callable<typeof windows.pool2d> = /* @__PURE__ */ callable(windows.pool2d)

/**
 * Pools a whole sequence over time and bins into one value a channel, as GlobalAveragePooling2D and its relatives.
 *
 * Shape: n × bins × channels → 1 × 1 × channels. Empty as {@link globalPool}.
 *
 * @example
 * apply(frames([1, 2, 3, 6], { bins: 2 }), globalPool2d('mean')).data // 3
 */
export const globalPool2d: Callable<typeof windows.globalPool2d> = /* @__PURE__ */ callable(windows.globalPool2d)

/**
 * Pools into a fixed number of frames, whatever the length: window i of n over L frames is ⌊iL/n⌋ … ⌈(i+1)L/n⌉, as in PyTorch's adaptive pooling.
 *
 * Shape: L frames → `size` frames; where L is smaller, frames repeat; an empty sequence gives `size` frames of weight 0.
 * Where the length is known it streams. Where it is not, memory stays bounded: panes of frames merge by pairs as the sequence grows, and each end of a window is off by at most
 * L / (16·size) frames, by none up to 16·size frames; `peek` gives the result so far, of live sources too.
 *
 * @param options.exact true refuses sequences of unknown length when planned
 * @throws RangeError for a size below 1; DataError where a source promised another length than it gave
 * @example
 * apply(frames([1, 2, 3, 4, 5]), adaptivePool1d('mean', { size: 2 })).data // 2, 4
 */
export const adaptivePool1d: Callable<typeof windows.adaptivePool1d> = /* @__PURE__ */ callable(windows.adaptivePool1d)

/**
 * {@link adaptivePool1d} over time × bins.
 *
 * Shape: L × bins → `size[0]` × `size[1]`, or `size` × `size`.
 *
 * @example
 * apply(frames([1, 2, 3, 4], { bins: 2 }), adaptivePool2d('max', { size: 1 })).data // 4
 */
export const adaptivePool2d: Callable<typeof windows.adaptivePool2d> = /* @__PURE__ */ callable(windows.adaptivePool2d)

/**
 * Temporal pyramid: the whole, its halves and its quarters (by default), pooled in one pass and joined into one frame, so that a vector keeps some of the order in time.
 *
 * Shape: L frames → 1 frame of (sum of levels) × outputs planes, level by level, window by window. Windows, length and empty as {@link adaptivePool1d}.
 *
 * @param options.levels numbers of windows, by default 1, 2, 4
 * @example
 * apply(frames([1, 2, 3, 4]), pyramidPool('max', { levels: [1, 2] })).data // 4, 2, 4
 */
export const pyramidPool: Callable<typeof windows.pyramidPool> = /* @__PURE__ */ callable(windows.pyramidPool)

/**
 * Spatial pyramid over time × bins: level n pools n × n cells. Bins become planes, since levels differ in their number.
 *
 * Shape: L × bins → 1 frame of Σn² × outputs planes.
 *
 * @source He et al. 2014, with PyTorch's adaptive windows
 * @example
 * apply(frames([1, 2, 3, 4], { bins: 2 }), pyramidPool2d('max', { levels: [1, 2] })).data // 4, 1, 2, 3, 4
 */
export const pyramidPool2d: Callable<typeof windows.pyramidPool2d> = /* @__PURE__ */ callable(windows.pyramidPool2d)

/**
 * Pools each segment into one frame: from one boundary mark to the next, as sources and detectors set them (sentences, speech, onsets).
 *
 * Shape: n frames → one frame a segment, planes × number of outputs, with the segment's span. It comes when the next segment begins, or after `max`.
 *
 * @param options.min frames, or a duration, before which a mark is passed over; default 1
 * @param options.max frames, or a duration, after which a segment ends without a mark; by default it may last for ever
 * @param options.unseen 'drop' (the default) leaves out segments of which no frame was seen, such as masked silence
 * @throws RangeError or TypeError for sizes that are none; when planned where a pooling must keep its values and there is no `max`
 * @example
 * apply(frames([1, 3, 5, 7], { boundaries: [1, 0, 1, 0] }), segmentPool('mean')).data // 2, 6
 */
export const segmentPool: Callable<typeof windows.segmentPool> = /* @__PURE__ */ callable(windows.segmentPool)

/**
 * Continuous integrate-and-fire (CIF): weights of frames add up, and each time they reach a threshold, what they weigh is pooled into one frame. What a frame weighs beyond the
 * threshold counts for the next. Where weights are large windows are short, where they are small long, and the spans show which; a mean of firings is CIF's vector.
 *
 * Shape: n frames → ⌊Σ weights / `threshold`⌋ frames, planes × number of outputs, and one more for a tail that is heavy enough. It streams, and takes live sources.
 * A frame without weight is not seen, nor is one that holds NaN in the `lane`. Each firing weighs `threshold`, but for the tail's. An empty sequence gives nothing.
 *
 * @param options.threshold what fires; default 1
 * @param options.tail what fires at the end of the sequence; by default half of `threshold`
 * @param options.lane number of the lane (bin, in frames of one plane and channel) whose logistic function weighs each frame, times its weight; it is pooled like the others
 * @throws RangeError or TypeError for options that are none; when planned for a lane that is not there and for poolings that keep their values; DataError for a frame that alone
 * fires more than 65536 times
 * @source Dong & Xu 2020, with the tail normalized as in their implementation
 * @example
 * apply(frames([2, 4, 8], { weights: [0.5, 0.75, 0.5] }), firePool('mean')).data // 3, 6.666666507720947
 */
export const firePool: Callable<typeof windows.firePool> = /* @__PURE__ */ callable(windows.firePool)

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
export const spanPool: Callable<typeof windows.spanPool> = /* @__PURE__ */ callable(windows.spanPool)

/**
 * Pools the channels of each frame into one: the layers of a model, the microphones of an array, left and right.
 *
 * Shape: n frames of planes × bins × channels → n frames of planes·outputs × bins × 1; weights, marks and clock as they were. Each channel counts alike.
 *
 * @throws TypeError when planned for a pooling across lanes
 * @example
 * apply(frames([1, 3, 5, 9], { bins: 2, channels: 2 }), channelPool('mean')).data // 2, 7
 */
export const channelPool: Callable<typeof windows.channelPool> = /* @__PURE__ */ callable(windows.channelPool)

/**
 * Stages one after the other as one stage.
 *
 * Shape: what the first takes → what the last gives. Errors name the stage they are from.
 *
 * @example
 * apply(frames([1, 5, 2, 4]), chain(pool1d('max', { size: 2 }), globalPool('mean'))).data // 4.5
 */
export const chain: Callable<typeof stage.chain> = /* @__PURE__ */ callable(stage.chain)
