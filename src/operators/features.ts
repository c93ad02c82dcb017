// The features, as operators.
import * as features from '../features/index.ts'
import { type Callable, callable } from './operator.ts'

export type {
  CepstrumOptions,
  DecibelsOptions,
  DeltasOptions,
  GainOptions,
  KaldiFbankOptions,
  KaldiMfccOptions,
  LogMelOptions,
  LogOptions,
  MelOptions,
  MfccOptions,
  NormalizeOptions,
  PreemphasisOptions,
  ResampleOptions,
  SpectrogramOptions,
  StftOptions,
  Taper,
} from '../features/index.ts'

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
 * L2 normalization of every frame: x / max(‖x‖, 1e-12), the norm taken over all lanes in float64. A frame of zeros stays zeros.
 *
 * Shape: any frames → the same shape and names. Source: torch.nn.functional.normalize.
 *
 * @example
 * apply(frames([3, 4], { bins: 2 }), l2Normalize()).data // [0.6, 0.8]
 */
export const l2Normalize: Callable<typeof features.l2Normalize> = /* @__PURE__ */ callable(features.l2Normalize)

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
 * Mean and variance normalization over the whole sequence: (x − mean) / max(std, 1e-10), every lane by itself.
 *
 * Shape: any frames → the same shape and names. The standard deviation has correction 0. Statistics are float64 over seen frames, weighted, values that are not finite left out; so a constant lane gives 0.
 * Nothing comes before the end of the sequence, and a live source is refused. Source: Kaldi's apply-cmvn with norm-vars.
 *
 * @throws TypeError for a live source.
 * @example
 * apply(frames([1, 3], { hop: 0.01 }), normalize()).data // [-1, 1]
 */
export const normalize: Callable<typeof features.normalize> = /* @__PURE__ */ callable(features.normalize)

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
