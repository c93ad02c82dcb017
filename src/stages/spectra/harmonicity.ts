import { Fourier } from '../../kernels/fourier.ts'
import { defineStage } from '../defineStage.ts'
import { atPitch } from './atPitch.ts'
import { finest, overLags, vertex } from './periodicity.ts'
import { pitchOptions } from './pitchTrack.ts'
import { powerOfTwo, taper } from './transform.ts'

/** Shares nearer to 0 and 1 cannot be told from them. */
const least = 1e-6
/** How far from the pitch its period is looked for. */
const around = 0.2

/**
 * Harmonicity, the harmonics-to-noise ratio: by how much what a voice repeats from one period to the next is stronger than what it does not; low where it is hoarse or breathy. With r the
 * highest autocorrelation near the period of the pitch, of the whole band, it is 10·log₁₀(r / (1 − r)).
 *
 * Shape: samples of one channel → frames of 1 × 1 × 1, name 'harmonicity'. Units: decibels, from −60 to 60; 0 is as much of either. Frames are found, weighed, silent, unseen and NaN as those of {@link pitch}: unvoiced ones are 0,
 * of weight 0. A signal shorter than a frame gives none. Source: Boersma 1993 (the autocorrelation of a frame under a Hann window, divided by the window's), as Praat's To Harmonicity (ac), but for
 * where frames are voiced, and that it is asked at the pitch's period and not at any lag.
 *
 * @throws as {@link pitch} does.
 * @example
 * apply(signal(samples, { rate: 16000 }), harmonicity(), globalPool('mean')).layout.names.bins // ['harmonicity']
 */
export const harmonicity = /* @__PURE__ */ defineStage('harmonicity', pitchOptions, (options, spec) =>
  atPitch(spec, options, ['harmonicity'], (rate, length) => {
    const ratio = harmonicityOf(rate, length)
    return (samples, hertz) => [ratio(samples, hertz)]
  }),
)

/** The harmonicity of frames of so many samples, by their pitch in hertz. */
export function harmonicityOf(rate: number, length: number): (samples: Float32Array, hertz: number) => number {
  const per = powerOfTwo(finest / rate)
  const size = powerOfTwo(2 * length)
  const weights = taper('hann', length + 2, false).subarray(1, length + 1)
  const [signal, back] = [new Fourier(size), new Fourier(size * per)]
  /** The autocorrelation of what has been put in, next to that without a lag. */
  const correlated = () => {
    signal.run()
    overLags(back, size, (k) => signal.re[k]! * signal.re[k]! + signal.im[k]! * signal.im[k]!)
    const none = back.re[0]!
    return back.re.map((sum) => sum / none)
  }
  signal.input.set(weights)
  const window = correlated()
  return (samples, hertz) => {
    const period = rate / hertz
    let mean = 0
    for (const x of samples) mean += x / length
    for (let t = 0; t < length; t++) signal.input[t] = (samples[t]! - mean) * weights[t]!
    const all = correlated()
    const [first, last] = [1 - around, 1 + around].map((share) => Math.round(share * period * per)) as [number, number]
    const alike = Float64Array.from({ length: last - first + 3 }, (_, k) => -all[first - 1 + k]! / window[first - 1 + k]!)
    let best = 1
    for (let k = 1; k < alike.length - 1; k++) if (alike[k]! < alike[best]!) best = k
    const r = -alike[best]! + (vertex(alike, best) * (alike[best - 1]! - alike[best + 1]!)) / 4
    const share = Math.min(1 - least, Math.max(least, r))
    return 10 * Math.log10(share / (1 - share))
  }
}
