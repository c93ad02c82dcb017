import { duration, inFrames } from '../../core/duration.ts'
import type { Clock } from '../../core/frames.ts'
import { boolean, type Read } from '../../core/options.ts'
import type { Stage, StageSpec } from '../../core/stage.ts'
import { type Framing, framedLayout, planFramed } from './framing.ts'
import { centered, samples, samplesOf, within } from './transform.ts'

/** How a signal is cut into frames. */
export const frameOptions = {
  /** How long a frame is (win_length). */
  length: samples().default('25ms'),
  /** From one frame to the next (hop_length). */
  hop: duration().unit('samples or time').default('10ms'),
  /** Whether frame i is centered on sample i·hop, with zeros before and after the signal; else frames lie within the signal, and the first starts with it. */
  center: boolean().default(false),
}

/** How samples of a clock are cut into frames. */
export function framingOf(who: string, options: Read<typeof frameOptions>, clock: Clock): Framing {
  const length = samplesOf(who, 'length', options.length, clock)
  const hop = inFrames(who, 'hop', options.hop, clock)
  return options.center ? centered(length, length, hop, 'zeros') : within(length, 0, length, hop)
}

/** One value of each frame of samples `from` (inclusive) to `to` (exclusive). */
export function measured(
  spec: StageSpec,
  options: Read<typeof frameOptions>,
  measure: (samples: Float32Array, from: number, to: number) => number,
): Stage['plan'] {
  const name = spec.stage
  return (input) => {
    const framing = framingOf(name, options, input.clock)
    const layout = framedLayout(name, input, framing, [''], [name])
    return planFramed(spec, input, layout, framing, (samples, at, out, to) => {
      out[to] = measure(samples, at, at + framing.length)
    })
  }
}
