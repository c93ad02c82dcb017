// What marks where segments begin, as operators.

import { type Callable, callable } from '../../streams/operator.ts'
import * as features from '../features.ts'

export type {
  ContentWindowsOptions,
  DetectNoveltyOptions,
  DetectOnsetsOptions,
  DetectSpeechOptions,
  MarkBoundariesOptions,
  MarkOptions,
} from '../features.ts'

/**
 * Marks windows that follow the content: short where frames change fast, long where they are steady. `segmentPool` then pools each, and the spans show what was chosen.
 *
 * Shape: any frames → the same frames with a boundary mark where each window begins, 2·`max` − 1 frames later: it streams, and takes live sources.
 * Of all windows of `min` to `max` frames those are taken that leave the least squared deviation inside, summed over lanes and weighted, plus `cost` times the variance of all that came
 * so far for each window: by dynamic programming over 2·`max` frames at a time. Unseen frames, and those with NaN, only take up time, and a window of them alone costs nothing. Lanes count by their variance: `standardize` them
 * where they differ. Work for each frame: `max` times its values.
 * Sources: Jackson et al. 2005 (optimal partitions), Killick, Fearnhead & Eckley 2012 (a cost for each change).
 *
 * @param options.cost at 0 windows are as short as they may be
 * @throws RangeError or TypeError for sizes that are none, and, when planned, durations where the clock counts tokens.
 * @example
 * apply(frames([1, 1, 1, 1, 5, 5, 9]), contentWindows({ max: 4, cost: 0.1 }), segmentPool('mean')).data // 1, 5, 9
 */
export const contentWindows: Callable<typeof features.contentWindows> = /* @__PURE__ */ callable(features.contentWindows)

/**
 * Marks where what comes is new: where the last `size` frames and the next differ most. Works on any frames: sounds, embeddings, sentence vectors.
 *
 * Shape: any frames → the same frames with a boundary mark where a segment begins, `size` + `apart` − 2 frames later: it streams, and takes live sources.
 * The distance of the two pooled windows, per lane and frame: the Gaussian likelihood ratio ½ ln(v / √(v₁v₂)) of their variances and that of both, each with a tenth of the variance of
 * all that came so far added, or 1 − the cosine of their means. A mark stands at its largest value within `apart`, if that exceeds the mean of what the distance was so far by `threshold`
 * standard deviations, the last 100 sizes counting most, and, of likelihoods, ln(2·size) / (2·size), below which chance explains it (the Bayesian information criterion). Frames count by their weights; a window of which less than half was seen says nothing, and so does a frame with NaN.
 * Sources: Gish, Siu & Rohlicek 1991 (likelihood ratio), Chen & Gopalakrishnan 1998 (criterion), Foote 2000 (novelty), Hearst 1997 (the cosine over sentences, TextTiling).
 *
 * @throws RangeError or TypeError for options that are none, and, when planned, durations where the clock counts tokens.
 * @example
 * apply(frames([1, 1, 1, 5, 5, 5]), detectNovelty({ size: 2 })).boundaries // [0, 0, 0, 1, 0, 0]
 */
export const detectNovelty: Callable<typeof features.detectNovelty> = /* @__PURE__ */ callable(features.detectNovelty)

/**
 * Marks onsets: where many bins of a spectrum grow louder at once, as when a note is struck or a syllable begins.
 *
 * Shape: frames of logarithms of power at a regular rate, as {@link logMel} gives them → the same frames with a boundary mark at each onset, `around` frames later.
 * The flux of a frame is how much louder its bins are than the loudest of the same and the neighboring bins of the frame before, in nats a bin; what is 11 nats (48 dB) below the loudest
 * counts as that, so that levels do not matter. An onset is its largest value within `around`, above the median of the last 0.3 s by `threshold`.
 * Unseen frames, and NaN, have no flux. Sources: Dixon 2006 (peaks), Böck & Widmer 2013 (SuperFlux).
 *
 * @throws RangeError or TypeError for options that are none, and, when planned, without a regular rate.
 * @example
 * apply(frames([0, 0, 0, 0, 3, 3, 3, 3], { hop: 0.01 }), detectOnsets()).boundaries // [0, 0, 0, 0, 1, 0, 0, 0]
 */
export const detectOnsets: Callable<typeof features.detectOnsets> = /* @__PURE__ */ callable(features.detectOnsets)

/**
 * Marks where speech begins and where it ends, whatever its level, in noise that may change, and gives frames outside it weight 0: `segmentPool` then pools each stretch of speech.
 *
 * Shape: frames of logarithms of power at a regular rate, as {@link logMel} gives them → the same frames with a boundary mark at the first frame of speech and the first after it,
 * 0.12 s + 2·`shortest` + `before` later (29 frames of 10 ms by default): it streams, and takes live sources.
 *
 * The noise in each band is followed while nothing stands out, and is at least the least level of the last seconds. The evidence for speech is the logarithm of the likelihood
 * ratio of two exponential distributions, γ − 1 − ln γ where the power averaged over 50 ms is γ > 1 times the noise, at most 3 nats, averaged over the bands, and at most 6 times
 * that of either half of the 50 ms; what noise alone gives is followed too, and taken off. The path through speech and silence of most evidence is taken, each change costing as
 * much as `shortest` makes. The first 0.3 s are taken for noise. What is 48 dB below the loudest is silence. An unseen frame, and NaN, says nothing.
 * Sources: Sohn, Kim & Sung 1999 (likelihood ratio, hang-over), Martin 2001 and Cohen & Berdugo 2002 (noise).
 *
 * @throws RangeError or TypeError for options that are none, and, when planned, without a regular rate.
 * @example
 * apply(signal(samples, { rate: 16000 }), logMel(), detectSpeech(), segmentPool('stats')).layout.planes // 2
 */
export const detectSpeech: Callable<typeof features.detectSpeech> = /* @__PURE__ */ callable(features.detectSpeech)

/**
 * Marks the boundaries that a list says: `segmentPool` then pools from one to the next.
 *
 * Shape: any frames → the same frames with a boundary mark at each place; places beyond the end are nowhere. For boundaries that an Observable gives, take its list first:
 * `places$.pipe(toArray(), mergeMap((at) => frames$.pipe(markBoundaries({ at }))))`.
 *
 * @throws RangeError or TypeError for what is no list of frames or times, and, when planned, times where the clock counts tokens.
 * @example
 * apply(frames([1, 3, 5, 7]), markBoundaries({ at: [2] }), segmentPool('mean')).data // 2, 6
 */
export const markBoundaries: Callable<typeof features.markBoundaries> = /* @__PURE__ */ callable(features.markBoundaries)
