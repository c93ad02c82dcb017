import { noted } from '../../core/notes.ts'
import { boolean } from '../../core/options.ts'
import { defineStage } from '../defineStage.ts'
import { cepstralNames, cepstrumOptions, cosinesOf } from './cepstrum.ts'
import { framedLayout, planFramed } from './framing.ts'
import { frameOptions, resolve } from './kaldi.ts'
import { checkMel } from './mel.ts'

/**
 * Kaldi's MFCC, as torchaudio.compliance.kaldi.mfcc without dither: the cosine transform of {@link kaldiFbank}, liftered.
 *
 * Shape: samples (1 × 1 × channels) → frames of 1 × `coefficients` × channels, names 'mfcc0', ….
 *
 * @throws as {@link kaldiFbank}, and where there are more coefficients than bands.
 * @example
 * apply(signal(samples, { rate: 16000 }), kaldiMfcc({ coefficients: 13, energy: true }))
 */
export const kaldiMfcc = /* @__PURE__ */ defineStage(
  'kaldiMfcc',
  {
    ...frameOptions,
    /** How many, from the zeroth on. */
    coefficients: cepstrumOptions.coefficients,
    /** Raises higher coefficients: c[k]·(1 + L/2·sin(πk / L)); 0 for none. */
    lifter: cepstrumOptions.lifter.default(22),
    /** Whether the frame's log energy takes the place of coefficient 0. */
    energy: boolean().default(false),
  },
  ({ energy, coefficients, lifter, ...options }, spec) => {
    checkMel('kaldiMfcc', options)
    return (input) => {
      const { framing, bins, analysis, note } = resolve('kaldiMfcc', { ...options, exponent: 2, energy: 'first', log: true }, input)
      const cosines = cosinesOf('kaldiMfcc', { coefficients, lifter, lifterFrom: 0 }, bins.length - 1)
      const bands = new Float32Array(bins.length)
      const layout = framedLayout('kaldiMfcc', input, framing, [''], cepstralNames(coefficients))
      const plan = planFramed(spec, input, layout, framing, (samples, at, out, to, step) => {
        analysis(samples, at, bands, 0, 1)
        cosines.apply(bands, 1, 1, out, to, step)
        if (energy) out[to] = bands[0]!
      })
      return noted(plan, note)
    }
  },
)
