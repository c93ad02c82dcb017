import { refusal } from '../../core/check.ts'
import { laneNames, lanesOf } from '../../core/frames.ts'
import { text } from '../../core/options.ts'
import { pointwise } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'

const outputs = ['H1-H2', 'H1-A3', 'A1-H1', 'A2-H1', 'A3-H1']

/** Powers below it count as it. */
const floor = 1e-10

/**
 * Levels of harmonics, as GeMAPS defines them: how a voice is made, breathy or pressed, and how strong its formants are. Of pitch, formants and a power spectrum side by side.
 *
 * Shape: frames that hold the values named `pitch` (in hertz, 0 where there is none), 'F1.frequency' to 'F3.frequency', 'F1.bandwidth' to 'F3.bandwidth' (as {@link formants} gives them), and 'hz0', 'hz31.25', …
 * (as {@link spectrogram} does), what else they hold not looked at → frames of 1 × 5 × 1, in decibels:
 *
 * - 'H1-H2': the first harmonic above the second. 'H1-A3': the first above the highest in the range of the third formant.
 * - 'A1-H1', 'A2-H1', 'A3-H1': the highest harmonic in a formant's range above the first.
 *
 * The level of harmonic k is that of the strongest bin within a quarter of the pitch of k times the pitch, or of the nearest one. A formant's range is its bandwidth, but as wide as the pitch at least, so that a
 * harmonic lies there. Where there is no pitch, or no such formant, and beyond the spectrum, differences are 0. Powers below 1e-10 count as it. NaN of what is looked at makes NaN.
 * Source: Eyben et al. 2016 (GeMAPS), section 3.1; ranges and the quarter are ours, for the paper does not name them.
 *
 * @throws TypeError, when planned, where a name is missing.
 * @example
 * apply(
 *   frames([100, 0, 0, 0, 0, 0, 0, 0, 100, 10], {
 *     bins: 10,
 *     names: { bins: ['pitch', ...[1, 2, 3].flatMap((n) => [`F${n}.frequency`, `F${n}.bandwidth`]), 'hz0', 'hz100', 'hz200'] },
 *   }),
 *   harmonics(),
 * ).data[0] // 10
 */
export const harmonics = /* @__PURE__ */ defineStage(
  'harmonics',
  {
    /** The name of the value that is the pitch. */
    pitch: text().default('pitch'),
  },
  ({ pitch }, spec) =>
    (input) => {
      const names = laneNames(input)
      const lanes = lanesOf(input)
      const lane = (name: string) => {
        if (names.includes(name)) return names.indexOf(name)
        throw refusal('harmonics', `expected a value named ${name} in each frame`, names.slice(0, 8))
      }
      const pitchAt = lane(pitch)
      const formantsAt = [1, 2, 3].map((n) => [lane(`F${n}.frequency`), lane(`F${n}.bandwidth`)] as const)
      const spectrumAt = names.flatMap((name, at) => (/^hz\d/.test(name) ? [{ at, hertz: Number(name.slice(2)) }] : []))
      if (spectrumAt.length < 2)
        throw refusal('harmonics', "expected a spectrum, values named by frequency such as 'hz31.25'", names.slice(0, 8))
      const [low, step] = [spectrumAt[0]!.hertz, spectrumAt[1]!.hertz - spectrumAt[0]!.hertz]
      const top = spectrumAt.at(-1)!.hertz
      const layout = { ...input, planes: 1, bins: outputs.length, channels: 1, names: { planes: [''], bins: outputs, channels: [''] } }

      return pointwise(spec, input, layout, ({ data, length }) => {
        const out = new Float32Array(length * outputs.length)
        for (let t = 0; t < length; t++) {
          const row = data.subarray(t * lanes, (t + 1) * lanes)
          const f0 = row[pitchAt]!
          if (f0 === 0) continue
          const bin = (hertz: number) => (hertz - low) / step
          /** The level of the harmonic, or nothing beyond the spectrum. */
          const level = (k: number): number | undefined => {
            if (k * f0 > top) return undefined
            const nearest = Math.round(bin(k * f0))
            const first = Math.max(0, Math.min(nearest, Math.ceil(bin((k - 0.25) * f0))))
            const last = Math.min(spectrumAt.length - 1, Math.max(nearest, Math.floor(bin((k + 0.25) * f0))))
            let most = floor
            for (let i = first; i <= last; i++) most = Math.max(most, row[spectrumAt[i]!.at]!)
            return 10 * Math.log10(most)
          }
          /** The highest level in the range of a formant. */
          const peak = ([at, width]: readonly [number, number]): number | undefined => {
            const [center, half] = [row[at]!, Math.max(row[width]!, f0) / 2]
            if (center === 0) return undefined
            const levels: number[] = []
            for (let k = Math.max(1, Math.ceil((center - half) / f0)); k * f0 <= Math.min(center + half, top); k++) levels.push(level(k)!)
            return levels.length > 0 ? Math.max(...levels) : undefined
          }
          const all = [f0, ...formantsAt.flatMap((at) => at.map((one) => row[one]!))]
          const [first, second, ...tops] = all.every(Number.isFinite) ? [level(1), level(2), ...formantsAt.map(peak)] : all.map(() => NaN)
          const above = (a: number | undefined, b: number | undefined) => (a === undefined || b === undefined ? 0 : a - b)
          out.set([above(first, second), above(first, tops[2]), ...tops.slice(0, 3).map((one) => above(one, first))], t * outputs.length)
        }
        return out
      })
    },
)
