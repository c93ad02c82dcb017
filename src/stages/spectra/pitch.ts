import { oneOf } from '../../core/options.ts'
import { chain, pointwise } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'
import { checkPitch, pitchOptions, pitchTrack, semitonesOf } from './pitchTrack.ts'

/**
 * Pitch: how high a voice is, by YIN or pYIN, and where there is one. A frame weighs as much as it is likely to be voiced, and nothing where it is decided that it is not, so that poolings after it see
 * voiced frames only and say so in their weight.
 *
 * Shape: samples of one channel (`channelPool('mean')` makes one of several) → frames of 1 × 1 × 1, name 'pitch'. Units: hertz, or semitones above 27.5 Hz, and 0 for an unvoiced frame. It is the
 * pitch in the middle of the frame. Silence is unvoiced. A sample that is not finite makes its frames NaN, of weight 1; unseen samples make them unseen. A signal shorter than a frame gives none.
 *
 * 'yin' takes the shortest lag at which the frame differs from itself by less than `threshold`; it weighs 1 less that difference. 'pyin' asks how likely each lag is the first such one, over thresholds
 * of distribution Beta(2, 8), and takes the likeliest path of pitches a fifth of a semitone apart, voiced or not: it waits for `lookahead`, or with 'end' for the end, and then holds 100 kB a second.
 * 'pyin' also goes by how loud a frame is beside the loudest so far, so that the end of an echo, or hum in a pause, has no pitch: 28 dB below it is as likely voiced as ever, 34 dB below it, `range`, not at all. Nothing that
 * comes later is looked at, and the loudest is forgotten by 1 dB a second: what is 40 dB below a bang counts from 6 seconds after it on, and in full from 12. Unseen frames and NaN are never the loudest. 'yin' judges each frame by itself.
 * A voice without its lowest harmonics, as on a telephone, may be found an octave too high.
 * `reveal()` after it makes the pitch a track of zeros and hertz, to stand beside features of all frames; `mask({ by: 'pitch' })` then sees the voiced ones, of weight 1.
 * Sources: de Cheveigné & Kawahara 2002 (YIN); Mauch & Dixon 2014 (pYIN), but for the difference, which is of all pairs of samples in a frame, the thresholds, which are not in steps, and what is above
 * about twice `max`, which is averaged out first; Boersma 1993 (`range`: Praat's silence threshold of 0.03 where its voicing threshold is 0.45), but for what is compared, there the peak of a frame and that of the whole recording.
 *
 * @throws RangeError or TypeError for options that are none, and, when planned, where the input is not samples of one channel, of twice `max` a second at least, where `length` is shorter than three
 * periods of `min`, and for `lookahead: 'end'` of a live source.
 * @example
 * Math.round(apply(signal(Float32Array.from({ length: 8000 }, (_, t) => Math.sin(t / 5)), { rate: 8000 }), pitch(), globalPool('mean')).data[0]) // 255
 */
export const pitch = /* @__PURE__ */ defineStage(
  'pitch',
  {
    ...pitchOptions,
    /** What it is counted in; semitones from 27.5 Hz, the lowest A of a piano, on. */
    unit: oneOf('hertz', 'semitones').default('hertz'),
  },
  ({ unit, ...options }, spec) => {
    checkPitch('pitch', options)
    const track = pitchTrack(spec, options)
    const semitones = {
      spec,
      plan: (input: Parameters<typeof track.plan>[0]) =>
        pointwise(spec, input, input, ({ data }) => data.map((hertz) => (hertz === 0 ? 0 : semitonesOf(hertz)))),
    }
    return (input) => (unit === 'hertz' ? track : chain(track, semitones)).plan(input)
  },
)
