import { known } from '../../core/check.ts'
import { inFrames, type Size } from '../../core/duration.ts'
import type { Stage } from '../../core/stage.ts'
import { specOf } from '../spec.ts'
import { framedLayout, planFramed } from './framing.ts'
import { samplesOf, within } from './stft.ts'

export interface WaveformOptions {
  /** Samples in one frame, as a number or a duration. Default '25ms'. */
  length?: Size
  /** Samples from one frame to the next. Default '10ms'. */
  hop?: Size
}

export function rms(options: WaveformOptions = {}): Stage {
  return framed('rms', options, (samples, from, to) => {
    let squares = 0
    for (let n = from; n < to; n++) squares += samples[n]! ** 2
    return Math.sqrt(squares / (to - from))
  })
}

export function zeroCrossings(options: WaveformOptions = {}): Stage {
  return framed('zeroCrossings', options, (samples, from, to) => {
    let crossings = 0
    for (let n = from + 1; n < to; n++) if (isNegative(samples[n]!) !== isNegative(samples[n - 1]!)) crossings++
    return crossings / (to - from)
  })
}

/** What is as good as 0 is not: silence that was computed has signs of its own. */
function isNegative(x: number): boolean {
  return x < -1e-10
}

/** One value of each frame of samples `from` (inclusive) to `to` (exclusive). */
function framed(name: string, options: WaveformOptions, measure: (samples: Float32Array, from: number, to: number) => number): Stage {
  known(name, options, ['length', 'hop'])
  const { length: size = '25ms', hop: step = '10ms' } = options
  samplesOf(name, 'length', size, undefined)
  inFrames(name, 'hop', step, undefined)
  const spec = specOf(name, options)
  return {
    spec,
    plan(input) {
      const length = samplesOf(name, 'length', size, input.clock)
      const framing = within(length, 0, length, inFrames(name, 'hop', step, input.clock))
      const layout = framedLayout(name, input, framing, [''], [name])
      return planFramed(spec, input, layout, framing, (samples, at, out, to) => {
        out[to] = measure(samples, at, at + length)
      })
    },
  }
}
