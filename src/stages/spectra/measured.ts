import { duration, inFrames } from '../../core/duration.ts'
import type { Read } from '../../core/options.ts'
import type { Stage, StageSpec } from '../../core/stage.ts'
import { framedLayout, planFramed } from './framing.ts'
import { samples, samplesOf, within } from './transform.ts'

/** How a signal is cut into frames. */
export const frameOptions = {
  /** How long a frame is (win_length). */
  length: samples().default('25ms'),
  /** From one frame to the next (hop_length). */
  hop: duration().unit('samples or time').default('10ms'),
}

/** One value of each frame of samples `from` (inclusive) to `to` (exclusive). */
export function measured(
  spec: StageSpec,
  { length: size, hop }: Read<typeof frameOptions>,
  measure: (samples: Float32Array, from: number, to: number) => number,
): Stage['plan'] {
  const name = spec.stage
  return (input) => {
    const length = samplesOf(name, 'length', size, input.clock)
    const framing = within(length, 0, length, inFrames(name, 'hop', hop, input.clock))
    const layout = framedLayout(name, input, framing, [''], [name])
    return planFramed(spec, input, layout, framing, (samples, at, out, to) => {
      out[to] = measure(samples, at, at + length)
    })
  }
}
