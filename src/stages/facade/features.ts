// The features, as operators.

import { type Callable, callable } from '../../streams/operator.ts'
import * as features from '../features.ts'

export type {
  CepstrumOptions,
  ChromaOptions,
  DecibelsOptions,
  DeltasOptions,
  Descriptor,
  DescriptorsOptions,
  GainOptions,
  KaldiFbankOptions,
  KaldiMfccOptions,
  LogMelOptions,
  LogOptions,
  MelOptions,
  MfccOptions,
  PcenOptions,
  PerBin,
  PreemphasisOptions,
  QuantizeOptions,
  ResampleOptions,
  SpectrogramOptions,
  StftOptions,
  Taper,
  TraceOptions,
  TrimOptions,
  WaveformOptions,
} from '../features.ts'

/**
 * Cepstral coefficients: the orthonormal cosine transform (type II) of each frame's bins, which are logarithms of mel bands.
 *
 * Shape: frames of planes × bins × channels → planes × `coefficients` × channels, names 'mfcc0', …, every plane and channel by itself.
 * c[k] = √(2/N)·Σₙ x[n]·cos(πk(2n + 1) / 2N), c[0] by √(1/N); float32, from low bins to high. Source: torchaudio.functional.create_dct with norm 'ortho'; the lifter is HTK's.
 *
 * @throws RangeError where there are more coefficients than bins.
 * @example
 * apply(frames([1, 1, 1, 1], { bins: 4 }), cepstrum({ coefficients: 2 })).data // [2, 0]
 */
export const cepstrum: Callable<typeof features.cepstrum> = /* @__PURE__ */ callable(features.cepstrum)

/**
 * Chroma: how much of each of the twelve pitch classes a spectrum holds, whatever the octave.
 *
 * Shape: frames of 1 plane × bins named by frequency (as {@link spectrogram} gives them) × channels → frames of 1 × 12 × channels, names 'C', 'C#', …, 'B'.
 * Bins are summed under Gaussians over semitones and octaves, in float64 from low to high, then each frame is divided by its largest value.
 * Semitones are further apart than bins only with long frames: take 100 ms or more. Silence and unseen frames give 0; NaN in any bin gives NaN in all twelve.
 * Source: librosa.feature.chroma_stft, which takes power, with tuning 0.
 *
 * @throws RangeError or TypeError for an a4 that is not above 0, and where the bins are not named by frequency; DataError for values below 0.
 * @example
 * apply(signal(samples, { rate: 16000 }), spectrogram({ length: '128ms' }), chroma()).layout.bins // 12
 */
export const chroma: Callable<typeof features.chroma> = /* @__PURE__ */ callable(features.chroma)

/**
 * Decibels: 10·log₁₀(max(x, floor) / reference) for power, 20·log₁₀ for amplitude, in float32.
 *
 * Shape: any frames → the same shape and names. The maximum is taken over all lanes of all seen frames, NaN left out. NaN stays NaN.
 * With `range` or `reference: 'max'` nothing comes before the end of the sequence, and a live source is refused.
 * Sources: torchaudio.transforms.AmplitudeToDB (`range` is its top_db), librosa.power_to_db.
 *
 * @throws RangeError or TypeError for a floor or reference that is not above 0, a negative range, and for a live source where the end is needed.
 * @example
 * apply(frames([1, 0.001], { hop: 0.01 }), decibels()).data // 0 and −30
 */
export const decibels: Callable<typeof features.decibels> = /* @__PURE__ */ callable(features.decibels)

/**
 * Appends each lane's slope over time: Δ[t] = Σₙ n·(x[t + n] − x[t − n]) / (2·Σₙ n²), n from 1 to (width − 1) / 2.
 *
 * Shape: frames of planes × bins × channels → (1 + order)·planes × bins × channels; the planes' names end in 'delta' and 'delta2'. Units: the input's per frame.
 * Beyond the first and last frame, and beyond an unseen one, the frame at the edge is repeated. Each order waits for (width − 1) / 2 frames.
 * Summed in float64. Source: torchaudio.functional.compute_deltas with mode 'replicate'.
 *
 * @throws RangeError or TypeError for a width that is even or below 3, or an order other than 1 and 2.
 * @example
 * apply(frames([1, 2, 3], { hop: 0.01 }), deltas({ width: 3 })).data // [1, 0.5, 2, 1, 3, 0.5]
 */
export const deltas: Callable<typeof features.deltas> = /* @__PURE__ */ callable(features.deltas)

/**
 * Spectral descriptors: what a spectrum looks like, in a few numbers.
 *
 * Shape: frames of 1 plane × bins named by frequency (as {@link spectrogram} gives them) × channels → frames of 1 × one bin for each descriptor × channels, named by them.
 * With values S[k] at frequencies f[k], N of them, taken as they are, be they magnitude or power:
 *
 * - centroid Σ f·S / ΣS and spread √(Σ (f − centroid)²·S / ΣS), in hertz; rolloff, the lowest f at or below which the share `rolloff` of ΣS lies (librosa, of magnitude: `power: 1`).
 * - flatness, geometric by arithmetic mean of max(S, 1e-10), 1 for white noise (librosa, of power: `power: 2`); crest, maximum by mean, from 1 to N (Peeters 2004).
 * - flux √Σ (S[k] − S₋₁[k])², S₋₁ being the last seen frame; in S's units, so that it follows the level (Essentia's Flux); the first frame's is 0 (pyACA).
 *
 * Silence gives 0, but flatness and crest 1, which a flat spectrum has. NaN in any bin makes the frame's descriptors NaN, and the flux of the frame that follows. Unseen frames give 0.
 * Computed in float64.
 *
 * @throws RangeError or TypeError for names that are none or twice there, a rolloff not in (0, 1], and where the bins are not named by frequency; DataError for values below 0.
 * @example
 * apply(signal(samples, { rate: 16000 }), spectrogram({ power: 1 }), descriptors({ of: ['centroid', 'spread'] })).layout.bins // 2
 */
export const descriptors: Callable<typeof features.descriptors> = /* @__PURE__ */ callable(features.descriptors)

/**
 * Turns every lane into a bin: planes × bins × channels → 1 × lanes × 1, named by {@link laneNames} ('mel12.left.mean'). The values stay where they are.
 *
 * @example
 * apply(frames([1, 2, 3, 4], { bins: 2, channels: 2 }), flatten()).layout.bins // 4
 */
export const flatten: Callable<typeof features.flatten> = /* @__PURE__ */ callable(features.flatten)

/**
 * Gain normalization: scales each channel of a whole sequence to one level, so that what follows does not depend on how loud the recording is.
 *
 * Shape: any frames, samples as a rule → the same shape and names. Measured in float64 over seen frames, weighted, values that are not finite left out. Silence stays as it is.
 * Nothing comes before the end of the sequence, and a live source is refused.
 *
 * @throws RangeError or TypeError for a level that is not finite; TypeError for a live source.
 * @example
 * apply(signal([0.1, -0.2], { rate: 8000 }), gain({ of: 'peak' })).data // [0.5, -1]
 */
export const gain: Callable<typeof features.gain> = /* @__PURE__ */ callable(features.gain)

/**
 * Kaldi's log mel filterbank, as torchaudio.compliance.kaldi.fbank without dither.
 *
 * Shape: samples (1 × 1 × channels) → frames of 1 × `bands` (one more with `energy`) × channels, names 'mel0', …, 'energy'. Units: natural logarithm of power.
 * Kaldi itself counts samples from −32768 to 32767; on samples from −1 to 1 the floors weigh more.
 * Frame mean and energy are summed in float64, everything else is float32. A signal shorter than a frame gives no frames.
 *
 * @throws RangeError or TypeError for options that do not fit together or the input.
 * @example
 * apply(signal(samples, { rate: 16000 }), kaldiFbank({ bands: 80 }))
 */
export const kaldiFbank: Callable<typeof features.kaldiFbank> = /* @__PURE__ */ callable(features.kaldiFbank)

/**
 * Kaldi's MFCC, as torchaudio.compliance.kaldi.mfcc without dither: the cosine transform of {@link kaldiFbank}, liftered.
 *
 * Shape: samples (1 × 1 × channels) → frames of 1 × `coefficients` × channels, names 'mfcc0', ….
 *
 * @throws as {@link kaldiFbank}, and where there are more coefficients than bands.
 * @example
 * apply(signal(samples, { rate: 16000 }), kaldiMfcc({ coefficients: 13, energy: true }))
 */
export const kaldiMfcc: Callable<typeof features.kaldiMfcc> = /* @__PURE__ */ callable(features.kaldiMfcc)

/**
 * Logarithm of every value: log(max(x, floor)) or log(x + offset), in float32 with poolwise's own logarithm, whose bits are the same on every engine.
 *
 * Shape: any frames → the same shape and names. NaN stays NaN; 0 with neither floor nor offset gives −∞.
 *
 * @throws RangeError or TypeError for a negative floor or offset, or both at once.
 * @example
 * apply(frames([0, 1], { hop: 0.01 }), log({ offset: 1e-6 })).data // ln 1e-6 and ln 1.000001
 */
export const log: Callable<typeof features.log> = /* @__PURE__ */ callable(features.log)

/**
 * Logarithmic mel spectrogram: the usual features of speech.
 *
 * Shape: samples (1 × 1 × channels) → frames of 1 × `bands` × channels, names 'mel0', 'mel1', …, every channel by itself.
 * The same bits as {@link spectrogram}, {@link mel} and {@link log} one after the other, in one pass; the same bits whatever the blocks.
 * Defaults, for any rate: 25 ms periodic Hann window, hop 10 ms, transform of the window rounded up to a power of two, frames within the signal (so that a live stream
 * starts at once and nothing is invented at the edges), 80 bands, HTK's scale, power, natural logarithm of max(x, 1e-10).
 * A signal shorter than a frame gives no frames.
 *
 * @throws RangeError or TypeError for options that do not fit together or the input; DataError where a signal is too short for reflect padding.
 * @example
 * apply(signal(samples, { rate: 16000 }), logMel({ bands: 40 })).layout.bins // 40
 */
export const logMel: Callable<typeof features.logMel> = /* @__PURE__ */ callable(features.logMel)

/**
 * Mel filterbank: sums of a spectrogram's bins under overlapping triangles.
 *
 * Shape: frames of 1 plane × bins named by frequency (as {@link spectrogram} gives them) × channels → frames of 1 × `bands` × channels, names 'mel0', 'mel1', ….
 * Units: the spectrogram's, or per hertz with `norm: 'slaney'`. Float32, from low bins to high. A filter narrower than the bins' distance may be empty and give 0: ask for fewer bands or a larger transform.
 * Sources: torchaudio.functional.melscale_fbanks, librosa.filters.mel, Kaldi's MelBanks.
 *
 * @throws RangeError or TypeError for options that make no filters, and where the bins are not named by frequency.
 * @example
 * apply(signal(samples, { rate: 16000 }), spectrogram(), mel({ bands: 40, scale: 'slaney', norm: 'slaney' }))
 */
export const mel: Callable<typeof features.mel> = /* @__PURE__ */ callable(features.mel)

/**
 * Mel-frequency cepstral coefficients: {@link logMel} and then {@link cepstrum}.
 *
 * Shape: samples (1 × 1 × channels) → frames of 1 × `coefficients` × channels, names 'mfcc0', …. Defaults: 13 coefficients of 40 bands, the rest as logMel has it.
 * A signal shorter than a frame gives no frames.
 *
 * @throws as {@link logMel} and {@link cepstrum}.
 * @example
 * apply(signal(samples, { rate: 16000 }), mfcc(), deltas()).layout.planes // 2
 */
export const mfcc: Callable<typeof features.mfcc> = /* @__PURE__ */ callable(features.mfcc)

/**
 * Per-channel energy normalization: (S / (eps + M)^gain + bias)^power − bias^power, where M smooths S over time, M[t] = (1 − s)·M[t − 1] + s·S[t]. In place of the logarithm.
 *
 * Shape: any frames of magnitudes or powers, mel bands as a rule → the same shape and names, every lane by itself, at once: it streams.
 * M starts at the first seen value, as in LEAF (Zeghidour et al. 2021); librosa.pcen starts at 1 unless told otherwise. s = (√(1 + 4T²) − 1) / 2T² for a time constant of T frames, as librosa's.
 * Silence gives 0. NaN gives NaN; neither it nor an unseen frame, which gives 0, moves M. Computed in float64. Levels matter to `eps`: librosa advises samples from −2³¹ to 2³¹.
 * Source: Wang et al. 2017, Trainable frontend for robust and far-field keyword spotting.
 *
 * @throws RangeError or TypeError for numbers out of their range, lists that are not one for each bin, timeConstant and smoothing at once, and frames at no rate in seconds
 * without smoothing; DataError for values below 0.
 * @example
 * apply(frames([1, 4], { hop: 0.01 }), pcen({ gain: 1, eps: 1, bias: 0, power: 0.5, smoothing: 1 / 3 })).data // [0.7071067811865476, 1.1547005383792515]
 */
export const pcen: Callable<typeof features.pcen> = /* @__PURE__ */ callable(features.pcen)

/**
 * Pre-emphasis: y[t] = x[t] − c·x[t − 1] and y[0] = x[0], in float32, every lane by itself. What follows an unseen frame starts anew.
 *
 * Shape: any frames → the same shape and names. Source: torchaudio.functional.preemphasis.
 *
 * @throws RangeError or TypeError for a coefficient that is not between 0 and 1.
 * @example
 * apply(frames([1, 1, 2], { hop: 1 / 16000 }), preemphasis({ coefficient: 0.5 })).data // [1, 0.5, 1.5]
 */
export const preemphasis: Callable<typeof features.preemphasis> = /* @__PURE__ */ callable(features.preemphasis)

/**
 * Fewer bits a value: whole numbers in place of the values of each frame, as sentence-transformers' quantize_embeddings gives them.
 *
 * Shape: any frames → 'int8' and 'uint8': the same shape and names; 'binary' and 'ubinary': 1 × ⌈lanes / 8⌉ × 1, names 'dim0-dim7'. The numbers travel as float32;
 * `toNpy` with `dtype` writes each in one byte.
 * With ranges [low, high] and step = (high − low) / 255, in float64: 'uint8' is (x − low) / step, 'int8' 128 less, both towards 0, and at the ends of the type beyond the ranges,
 * where the reference wraps round. `globalPool(['min', 'max'])` over vectors gives their ranges. NaN stays NaN.
 * 'ubinary': a bit is 1 where x > 0, the most significant first, zeros after the last; 'binary' is 128 less.
 *
 * @throws RangeError or TypeError for a precision that is none, for ranges that are missing, fall or have no effect, and, when planned, that are not one for each value of a frame.
 * @example
 * apply(frames([1, -1, 0.5, 0, 2, -3, 0, 4], { bins: 8 }), quantize({ precision: 'ubinary' })).data // [169]
 */
export const quantize: Callable<typeof features.quantize> = /* @__PURE__ */ callable(features.quantize)

/**
 * Resampling by a windowed sinc, band-limited to the lower of both rates.
 *
 * Shape: any frames at a whole number per second, samples as a rule → the same shape and names at `to` per second, ⌈n·to / from⌉ of them.
 * Beyond the ends is silence. A sample is unseen if any the filter covers is; summed in float64. The same bits whatever the blocks.
 * Source: torchaudio.functional.resample with 'sinc_interp_hann'.
 *
 * @throws RangeError or TypeError for rates that are not whole numbers, a width below 1 or a rolloff not in (0, 1].
 * @example
 * apply(signal(samples, { rate: 44100 }), resample({ to: 16000 }))
 */
export const resample: Callable<typeof features.resample> = /* @__PURE__ */ callable(features.resample)

/**
 * Root mean square of each frame of samples: √(Σ x² / length), in float64.
 *
 * Shape: samples (1 × 1 × channels) → frames of 1 × 1 × channels, name 'rms', every channel by itself. Units: the samples'.
 * Frames lie where those of {@link spectrogram} with the same `length` and `hop` do. Silence gives 0; a sample that is not finite makes its frames NaN; a signal shorter than a frame gives none.
 * Source: librosa.feature.rms with center=False.
 *
 * @throws RangeError or TypeError for sizes that are none, and where the input is not samples at a rate.
 * @example
 * apply(signal([3, -3, 0, 4], { rate: 8000 }), rms({ length: 2, hop: 2 })).data // [3, 2.8284271247461903]
 */
export const rms: Callable<typeof features.rms> = /* @__PURE__ */ callable(features.rms)

/**
 * Power or magnitude spectrogram: re² + im² of {@link stft}, or its square root.
 *
 * Shape: samples (1 × 1 × channels) → frames of ⌊size/2⌋ + 1 bins named by frequency × channels. Units: the samples' squared (power), or the samples' (magnitude); nothing is scaled.
 * A signal shorter than a frame gives no frames. Source: torchaudio.transforms.Spectrogram.
 *
 * @throws as {@link stft}.
 * @example
 * apply(signal(samples, { rate: 16000 }), spectrogram({ size: 512, power: 1 })).layout.bins // 257
 */
export const spectrogram: Callable<typeof features.spectrogram> = /* @__PURE__ */ callable(features.spectrogram)

/**
 * Short-time Fourier transform.
 *
 * Shape: samples (1 × 1 × channels) → frames of 2 planes 're' and 'im' × ⌊size/2⌋ + 1 bins named by frequency ('hz31.25') × channels, every channel by itself.
 * X[i, k] = Σₙ w[n]·x[i·hop + first + n]·e^(−2πi·k·n / size), in float32, unscaled. A frame's time is that of its window.
 * A signal shorter than a frame gives no frames. The same bits whatever the blocks.
 * Source: torch.stft, of which `align: 'center'` is the placement.
 *
 * @throws RangeError or TypeError for options that make no transform, and where the input is not samples at a rate; DataError where a signal is too short for `padding: 'reflect'`.
 * @example
 * apply(signal(samples, { rate: 16000 }), stft({ size: 400, hop: 160, center: true }))
 */
export const stft: Callable<typeof features.stft> = /* @__PURE__ */ callable(features.stft)

/**
 * Leaves out what is quiet before the first and after the last frame that is not, so that windows over a whole recording are windows over what was said.
 *
 * Shape: n frames, logarithms of power or magnitude as a rule → those from the first to the last whose level reaches low + `share`·(high − low), where a frame's level is the mean of
 * its lanes, averaged over `width` frames (edges repeated), and low and high are the least and the largest of the sequence. So neither loudness nor steady noise moves the
 * ends much. Unseen frames and values that are not finite have no level. Frames keep their times, which makes the clock irregular. Where nothing was seen, nothing comes.
 * Nothing comes before the end of the sequence, and a live source is refused.
 *
 * @throws RangeError or TypeError for a share that is not between 0 and 1 or a width that is even; TypeError for a live source
 * @example
 * apply(frames([0, 0, 9, 1, 8, 0], { hop: 0.01 }), trim({ width: 1 })).data // [9, 1, 8]
 */
export const trim: Callable<typeof features.trim> = /* @__PURE__ */ callable(features.trim)

/**
 * Resamples a sequence to frames between which equally much happens, so that a vowel drawn out by one speaker takes no more of them than it does with another.
 *
 * Shape: n frames, cepstra as a rule → `size` frames. Frame t lies at c[t] = Σₖ d[k] for k ≤ t, where d[k] = ‖s[k] − s[k − 1]‖ + `steady`·mean(‖s[k] − s[k − 1]‖), ‖·‖ taken over all
 * lanes and s the mean of `width` frames (edges repeated). Output i is interpolated linearly at (i + ½) / size of the whole way; its span is that of the two frames it lies
 * between. Unseen frames are left out. Where nothing changes, time alone counts; where nothing was seen, `size` frames of weight 0 come.
 * Nothing comes before the end of the sequence, and a live source is refused.
 *
 * @source trace segmentation: Kuhn, Tomaschewski, Ney 1981, "Fast nonlinear time alignment for isolated word recognition"
 * @throws RangeError or TypeError for options out of range; TypeError for a live source
 * @example
 * apply(frames([0, 0, 0, 4, 8], { hop: 0.01 }), trace({ size: 2, steady: 0, width: 1 })).data // [2, 6]
 */
export const trace: Callable<typeof features.trace> = /* @__PURE__ */ callable(features.trace)

/**
 * Keeps the first `size` values of each frame: Matryoshka embeddings, whose first values are an embedding of their own. Normalize afterwards, not before.
 *
 * Shape: planes × bins × channels → 1 × `size` × 1, named by {@link laneNames}. Source: sentence-transformers' truncate_dim.
 *
 * @throws RangeError for a size below 1 and, when planned, above the values of a frame.
 * @example
 * apply(frames([3, 4, 12], { bins: 3 }), truncate({ size: 2 }), l2Normalize()).data // [0.6, 0.8]
 */
export const truncate: Callable<typeof features.truncate> = /* @__PURE__ */ callable(features.truncate)

/**
 * Zero crossings: how often the sign changes within each frame of samples, divided by the samples of the frame.
 *
 * Shape: samples (1 × 1 × channels) → frames of 1 × 1 × channels, name 'zeroCrossings', every channel by itself. Frames as those of {@link rms}.
 * Zero is positive, and so is what is within 1e-10 of it, so that silence gives 0. A sample that is not finite makes its frames NaN; a signal shorter than a frame gives none.
 * Source: librosa.feature.zero_crossing_rate with center=False.
 *
 * @throws as {@link rms}.
 * @example
 * apply(signal([1, -1, 1, 1], { rate: 8000 }), zeroCrossings({ length: 4 })).data // [0.5]
 */
export const zeroCrossings: Callable<typeof features.zeroCrossings> = /* @__PURE__ */ callable(features.zeroCrossings)
