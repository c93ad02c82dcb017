import { refusal } from '../../core/check.ts'
import { rateOf } from '../../core/frames.ts'
import { planOf } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'
import { checkSamples } from './framing.ts'

/**
 * Both filters at 48 kHz, as the recommendation prints them: b₀ b₁ b₂ a₁ a₂ of a shelf for the head, then of the high-pass RLB. Before them the frequency at which they
 * are the same at every rate: that of the tone by which the recommendation is calibrated, and the high-pass's own.
 */
const published = [
  [997, 1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585],
  [38, 1, -2, 1, -1.99004745483398, 0.99007225036621],
] as const

type Section = readonly [b0: number, b1: number, b2: number, a1: number, a2: number]

/** Lowest rate: the shelf rises from 1 kHz on, which must lie well below half of it. */
const lowestRate = 4000

/** The filter at another rate that has the same analog one: by the bilinear transform back from 48 kHz, and there again, about one frequency. */
function sectionAt(rate: number, [hertz, b0, b1, b2, a1, a2]: (typeof published)[number]): Section {
  const scale = Math.tan((Math.PI * hertz) / 48_000) / Math.tan((Math.PI * hertz) / rate)
  // Polynomials in s = (1 − z⁻¹) / (1 + z⁻¹), and those in z⁻¹ again of s·scale.
  const moved = (c0: number, c1: number, c2: number) => {
    const [square, linear, constant] = [(c0 - c1 + c2) * scale * scale, 2 * (c0 - c2) * scale, c0 + c1 + c2]
    return [square + linear + constant, 2 * (constant - square), square - linear + constant] as const
  }
  const [n0, n1, n2] = moved(b0, b1, b2)
  const [d0, d1, d2] = moved(1, a1, a2)
  return [n0 / d0, n1 / d0, n2 / d0, d1 / d0, d2 / d0]
}

/**
 * K-weighting of ITU-R BS.1770: samples as loud as they sound, through a shelf that stands for the head, +4 dB from 1.7 kHz on, and a high-pass at 38 Hz.
 *
 * Shape: samples (1 × 1 × channels) → the same shape and names. Units: the samples'. In float64, every channel by itself, from rest. An unseen sample passes as silence; one that is
 * not finite is NaN, and silence to what follows. An empty signal gives none.
 * Source: ITU-R BS.1770-4, Annex 1, tables 1 and 2, which are of 48 kHz; at other rates the digital filters of the same analog ones.
 *
 * @throws TypeError where the input is not samples at a rate, RangeError for a rate below 4000 Hz.
 * @example
 * apply(signal([1, 0, 0], { rate: 48000 }), kWeighting()).data[0] // 1.5351248979568481
 */
export const kWeighting = /* @__PURE__ */ defineStage('kWeighting', {}, (_, spec) => (input) => {
  checkSamples('kWeighting', input)
  const rate = rateOf(input.clock, 'kWeighting')
  if (rate < lowestRate) throw refusal('kWeighting', `the input must have at least ${lowestRate} samples per second`, rate)
  const [[b0, b1, b2, a1, a2], [d0, d1, d2, c1, c2]] = published.map((section) => sectionAt(rate, section)) as [Section, Section]
  const { channels } = input
  return planOf({
    spec,
    input,
    layout: input,
    reach: { size: 1, stride: 1, latency: 0 },
    /** Two numbers for each filter of each channel. */
    start: () => ({ memory: new Float64Array(4 * channels) }),
    run: ({ memory }) => ({
      push(frames) {
        const { data, weights, length } = frames
        const out = new Float32Array(data.length)
        for (let c = 0, m = 0; c < channels; c++, m += 4) {
          let [p1, p2, q1, q2] = memory.subarray(m, m + 4) as unknown as [number, number, number, number]
          for (let t = 0, i = c; t < length; t++, i += channels) {
            const given = weights?.[t] === 0 ? 0 : data[i]!
            const known = Number.isFinite(given)
            const x = known ? given : 0
            // In silence filters ring on, in the end below what float64 has at full speed.
            if (x === 0 && Math.abs(p1) + Math.abs(p2) + Math.abs(q1) + Math.abs(q2) < 1e-200) p1 = p2 = q1 = q2 = 0
            const y = b0 * x + p1
            p1 = b1 * x - a1 * y + p2
            p2 = b2 * x - a2 * y
            const z = d0 * y + q1
            q1 = d1 * y - c1 * z + q2
            q2 = d2 * y - c2 * z
            out[i] = known ? z : NaN
          }
          memory.set([p1, p2, q1, q2], m)
        }
        return { ...frames, layout: input, data: out }
      },
      close: () => undefined,
    }),
  })
})
