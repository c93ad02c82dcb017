import type { Layout } from '../../core/frames.ts'
import { number, oneOf } from '../../core/options.ts'
import { pointwise } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'
import { forSeen } from '../whole.ts'
import { namedFrequencies } from './mel.ts'
import { checkEnergies } from './pcen.ts'

const pitches = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'] as const

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
export const chroma = /* @__PURE__ */ defineStage(
  'chroma',
  {
    /** Frequency of A4. */
    a4: number({ above: 0 }).default(440).unit('Hz'),
    /** 'max' divides each frame by its largest value; null leaves the sums. */
    norm: oneOf('max', null).default('max'),
  },
  ({ a4, norm }, spec) => {
    return (input) => {
      const bank = filters(namedFrequencies('chroma', input), a4)
      const { bins, channels } = input
      const layout: Layout = { ...input, bins: pitches.length, names: { ...input.names, bins: pitches } }
      const sums = new Float64Array(pitches.length)
      return pointwise(spec, input, layout, (frames) => {
        checkEnergies('chroma', frames)
        const out = new Float32Array(frames.length * pitches.length * channels)
        forSeen(frames, (from, to) => {
          const first = (from / (to - from)) * pitches.length * channels
          for (let c = 0; c < channels; c++) {
            for (let pitch = 0; pitch < pitches.length; pitch++) {
              let sum = 0
              for (let k = 0; k < bins; k++) sum += bank[pitch * bins + k]! * frames.data[from + k * channels + c]!
              sums[pitch] = sum
            }
            const most = norm === null ? 1 : Math.max(...sums)
            for (let pitch = 0; pitch < pitches.length; pitch++) out[first + pitch * channels + c] = most === 0 ? 0 : sums[pitch]! / most
          }
        })
        return out
      })
    }
  },
)

/**
 * One row of weights over the bins for each pitch: a Gaussian over the distance in semitones, two standard deviations a bin wide and at least a semitone;
 * each bin's weights of length 1, times a Gaussian over octaves about 880 Hz.
 */
function filters(hertz: readonly number[], a4: number): Float64Array {
  const bins = hertz.length
  const bank = new Float64Array(pitches.length * bins)
  const semitones = (frequency: number) => 12 * Math.log2(frequency / (a4 / 16))
  const beyond = 2 * hertz[bins - 1]! - hertz[bins - 2]!
  const places = [...hertz, beyond].map(semitones)
  // 0 Hz has no pitch; librosa puts it one and a half octaves below the first bin that has.
  if (hertz[0] === 0) places[0] = places[1]! - 18
  for (let k = 0; k < bins; k++) {
    const width = Math.max(places[k + 1]! - places[k]!, 1)
    const bumps = pitches.map((_, pitch) => Math.exp(-0.5 * ((2 * nearest(places[k]! - pitch - 3)) / width) ** 2))
    const octave = Math.exp(-0.5 * ((places[k]! / 12 - 5) / 2) ** 2) / Math.hypot(...bumps)
    for (const [pitch, bump] of bumps.entries()) bank[pitch * bins + k] = bump * octave
  }
  return bank
}

/** The distance from the nearest octave of a pitch, from −6 to 6 semitones. */
function nearest(semitones: number): number {
  return semitones - 12 * Math.floor((semitones + 6) / 12)
}
