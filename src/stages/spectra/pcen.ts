import { DataError, isList, refusal } from '../../core/check.ts'
import { type Frames, lanesOf, rateOf } from '../../core/frames.ts'
import { either, list, number, type Option } from '../../core/options.ts'
import { planOf } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'
import { forSeen } from '../whole.ts'

/** One number for all bins, or a list of one for each. */
function perBin(bounds: { min?: number; above?: number; max?: number }): Option<number | readonly number[]> {
  return either(list(number(bounds), { like: '[0.5, 0.6]' }), number(bounds), isList)
}

/**
 * Per-channel energy normalization: (S / (eps + M)^gain + bias)^exponent − bias^exponent, where M smooths S over time, M[t] = (1 − s)·M[t − 1] + s·S[t]. In place of the logarithm.
 *
 * Shape: any frames of magnitudes or powers, mel bands as a rule → the same shape and names, every lane by itself, at once: it streams.
 * M starts at the first seen value, as in LEAF (Zeghidour et al. 2021); with `initial: 1` as in librosa.pcen. With an exponent of 0 it is ln(1 + S / (eps + M)^gain), as there. s = (√(1 + 4T²) − 1) / 2T² for a time constant of T frames, as librosa's.
 * Silence gives 0. NaN gives NaN; neither it nor an unseen frame, which gives 0, moves M. Computed in float64. Levels matter to `eps`: librosa advises samples from −2³¹ to 2³¹.
 * Source: Wang et al. 2017, Trainable frontend for robust and far-field keyword spotting.
 *
 * @throws RangeError or TypeError for numbers out of their range, lists that are not one for each bin, timeConstant and smoothing at once, and frames at no rate in seconds
 * without smoothing; DataError for values below 0.
 * @example
 * apply(frames([1, 4], { hop: 0.01 }), pcen({ gain: 1, eps: 1, bias: 0, exponent: 0.5, smoothing: 1 / 3 })).data // [0.7071067811865476, 1.1547005383792515]
 */
export const pcen = /* @__PURE__ */ defineStage(
  'pcen',
  {
    /** How far levels are evened out, from 0 (not at all) to 1: the power of the smoothed energy that a value is divided by. */
    gain: perBin({ min: 0, max: 1 }).default(0.98),
    /** Added before the root is taken. */
    bias: perBin({ min: 0 }).default(2),
    /** The root, as an exponent; 0 for the logarithm of 1 plus the ratio, which has no bias. */
    exponent: perBin({ min: 0, max: 1 }).default(0.5),
    /** Added to the smoothed energy. */
    eps: number({ above: 0 }).default(1e-6),
    /** How long energy is smoothed over. */
    timeConstant: number({ above: 0 }).default(0.4).unit('s'),
    /** What the newest frame weighs in the smoothed energy, instead of a time constant. */
    smoothing: perBin({ min: 0, max: 1 }).optional('by timeConstant'),
    /** The smoothed energy before the first frame, 1 in librosa. */
    initial: perBin({ min: 0 }).optional("each lane's first seen value"),
  },
  ({ timeConstant, smoothing, initial, eps, ...each }, spec, given) => {
    if (given.timeConstant !== undefined && smoothing !== undefined)
      throw new TypeError('pcen: expected timeConstant or smoothing, got both')
    return (input) => {
      const { bins, channels } = input
      const lanes = lanesOf(input)
      const perLane = (name: string, value: number | readonly number[]) => {
        const values = [value].flat()
        if (values.length !== 1 && values.length !== bins)
          throw refusal('pcen', `${name} must be a number or a list of ${bins}, one for each bin`, values.length)
        return Float64Array.from({ length: lanes }, (_, i) => values[Math.floor(i / channels) % values.length]!)
      }
      const [gain, bias, power] = [perLane('gain', each.gain), perLane('bias', each.bias), perLane('exponent', each.exponent)]
      const share = perLane('smoothing', smoothing ?? shareOf(timeConstant * rateOf(input.clock, 'pcen')))
      // NaN until a lane's first value is seen.
      const before = perLane('initial', initial ?? Number.NaN)
      const zero = bias.map((b, lane) => b ** power[lane]!)
      return planOf({
        spec,
        input,
        layout: input,
        reach: { size: Infinity, stride: 1, latency: 0 },
        start: () => ({ smoothed: before.slice() }),
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
                const last = smoothed[lane]!
                const energy = Number.isNaN(last) ? x : (1 - share[lane]!) * last + share[lane]! * x
                smoothed[lane] = energy
                const even = x / (eps + energy) ** gain[lane]!
                // Subtracting two roots would lose an x much smaller than the bias.
                if (power[lane] === 0) out[i] = Math.log1p(even)
                else
                  out[i] = bias[lane] === 0 ? even ** power[lane]! : zero[lane]! * Math.expm1(power[lane]! * Math.log1p(even / bias[lane]!))
              }
            }
            return { ...frames, layout: input, data: out }
          },
          close: () => undefined,
        }),
      })
    }
  },
)

/** The weight s of the newest frame for a time constant of T frames: T²s² + s − 1 = 0, so that the filter's squared response has that half width. */
function shareOf(frames: number): number {
  return 2 / (1 + Math.sqrt(1 + 4 * frames * frames))
}

/** Refuses a seen value below 0: what was meant for magnitudes or powers would make numbers of a logarithm that mean nothing. */
export function checkEnergies(who: string, frames: Frames): void {
  forSeen(frames, (from, to) => {
    for (let i = from; i < to; i++) {
      if (!(frames.data[i]! < 0)) continue
      const frame = frames.start + from / (to - from)
      throw new DataError(`${who}: expected magnitudes or powers, none below 0, got ${frames.data[i]} at frame ${frame}`, { frame })
    }
  })
}
