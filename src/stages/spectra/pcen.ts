import { known, number, refusal } from '../../core/check.ts'
import { lanesOf, rateOf } from '../../core/frames.ts'
import { planOf, type Stage } from '../../core/stage.ts'
import { specOf } from '../spec.ts'
import { checkEnergies } from './energies.ts'

/** One number for all bins, or a list of one for each. */
export type PerBin = number | readonly number[]

export interface PcenOptions {
  /** How far levels are evened out, from 0 (not at all) to 1: the power of the smoothed energy that a value is divided by. Default 0.98. */
  gain?: PerBin
  /** Added before the root is taken, ≥ 0. Default 2. */
  bias?: PerBin
  /** The root, as a power from 0, excluded, to 1. Default 0.5. */
  power?: PerBin
  /** Added to the smoothed energy, above 0. Default 1e-6. */
  eps?: number
  /** Seconds over which energy is smoothed. Default 0.4. */
  timeConstant?: number
  /** What the newest frame weighs in the smoothed energy, from 0 to 1, instead of `timeConstant`. */
  smoothing?: PerBin
}

export function pcen(options: PcenOptions = {}): Stage {
  known('pcen', options, ['gain', 'bias', 'power', 'eps', 'timeConstant', 'smoothing'])
  const { timeConstant = 0.4, smoothing } = options
  if (options.timeConstant !== undefined && smoothing !== undefined)
    throw new TypeError('pcen: expected timeConstant or smoothing, got both')
  const given = {
    gain: perBin('gain', options.gain ?? 0.98, { min: 0, max: 1 }),
    bias: perBin('bias', options.bias ?? 2, { min: 0 }),
    power: perBin('power', options.power ?? 0.5, { above: 0, max: 1 }),
    share: smoothing === undefined ? undefined : perBin('smoothing', smoothing, { min: 0, max: 1 }),
  }
  const eps = number('pcen', 'eps', options.eps ?? 1e-6, { above: 0 })
  number('pcen', 'timeConstant', timeConstant, { above: 0 })
  const spec = specOf('pcen', options)
  return {
    spec,
    plan(input) {
      const { bins, channels } = input
      const lanes = lanesOf(input)
      const perLane = (name: string, values: Float64Array) => {
        if (values.length !== 1 && values.length !== bins)
          throw refusal('pcen', `${name} must be a number or a list of ${bins}, one for each bin`, values.length)
        return Float64Array.from({ length: lanes }, (_, i) => values[Math.floor(i / channels) % values.length]!)
      }
      const [gain, bias, power] = [perLane('gain', given.gain), perLane('bias', given.bias), perLane('power', given.power)]
      const share = perLane('smoothing', given.share ?? Float64Array.of(shareOf(timeConstant * rateOf(input.clock, 'pcen'))))
      const zero = bias.map((b, lane) => b ** power[lane]!)
      return planOf({
        spec,
        input,
        layout: input,
        reach: { size: Infinity, stride: 1, latency: 0 },
        // NaN until a lane's first value is seen.
        start: () => ({ smoothed: new Float64Array(lanes).fill(NaN) }),
        run: ({ smoothed }) => ({
          push(frames) {
            checkEnergies('pcen', frames)
            const { data, weights, length } = frames
            const out = new Float32Array(data.length)
            for (let t = 0; t < length; t++) {
              if (weights?.[t] === 0) continue
              for (let lane = 0, i = t * lanes; lane < lanes; lane++, i++) {
                const x = data[i]!
                if (!Number.isFinite(x)) {
                  out[i] = NaN
                  continue
                }
                const before = smoothed[lane]!
                const energy = Number.isNaN(before) ? x : (1 - share[lane]!) * before + share[lane]! * x
                smoothed[lane] = energy
                const even = x / (eps + energy) ** gain[lane]!
                // Subtracting two roots would lose an x much smaller than the bias.
                out[i] = bias[lane] === 0 ? even ** power[lane]! : zero[lane]! * Math.expm1(power[lane]! * Math.log1p(even / bias[lane]!))
              }
            }
            return { ...frames, layout: input, data: out }
          },
          close: () => undefined,
        }),
      })
    },
  }
}

function perBin(name: string, value: PerBin, bounds: { min?: number; above?: number; max?: number }): Float64Array {
  return Float64Array.from(Array.isArray(value) ? value : [value as number], (x) => number('pcen', name, x, bounds))
}

/** The weight s of the newest frame for a time constant of T frames: T²s² + s − 1 = 0, so that the filter's squared response has that half width. */
function shareOf(frames: number): number {
  return 2 / (1 + Math.sqrt(1 + 4 * frames * frames))
}
