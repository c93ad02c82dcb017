import { oneOf, taking } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'

/** Loudness of ITU-R BS.1770 counts from here on, and meters show no more than the upper end. */
const [gate, top] = [-70, 30]
/** Levels are told apart to a twentieth of a unit where gates and percentiles lie; sums are of what was measured. */
const fine = 20
const bins = (top - gate) * fine

/** For each twentieth of a unit the weight there, then its energy; what is louder is in the last, and NaN poisons the first. */
interface Levels {
  readonly buffer: Float64Array
  readonly offset: number
  readonly stride: number
  readonly lanes: number
}

/**
 * Loudness of a whole recording from that of its blocks, as `lufs` gives them, in fixed memory: so it merges, and runs live.
 *
 * 'integrated' of blocks of 400 ms, in LUFS: the level of the mean power of those from −70 on that are louder than 10 below the level of all of these. −70 if there are none.
 * 'range' of blocks of 3 s, in LU: from the 10th to the 95th percentile of those from −70 on that are not softer than 20 below the level of all of these. 0 if there are none.
 *
 * Levels are told apart to 0.05: blocks of as good as the same level pass a gate together, and percentiles are the level of such blocks. NaN if one was seen.
 */
export const gatedLoudness = /* @__PURE__ */ taking(
  'gatedLoudness',
  {
    /** Integrated loudness, or loudness range. */
    of: oneOf('integrated', 'range').default('integrated'),
  },
  ({ of }, options): Pooling<Levels> => {
    const empty = of === 'integrated' ? gate : 0
    return {
      spec: options.of ? { pooling: 'gatedLoudness', of } : 'gatedLoudness',
      identity: new Array<number>(2 * bins).fill(0),
      outputs: [of],
      about: {
        formula:
          of === 'integrated'
            ? '10·log₁₀ of the mean of 10^(x/10) over x ≥ −70, then over x > that level − 10'
            : 'Q₀.₉₅ − Q₀.₁ of x ≥ −70 that are ≥ their level − 20',
        source: of === 'integrated' ? 'ITU-R BS.1770-4; EBU R 128' : 'EBU Tech 3342',
        use: 'how loud a recording is, pauses left out: levels as broadcasters agree on them',
        example: of === 'integrated' ? { input: [-23, -23, -80, -40], output: [-23] } : { input: [], output: [0] },
        empty,
      },
      bind: (buffer, offset, stride, lanes) => ({ buffer, offset, stride, lanes }),
      add({ buffer, offset: base, stride }, { data, offset, lanes, rows, weights }) {
        for (let k = 0, j = offset; k < rows; k++)
          for (let i = 0; i < lanes; i++, j++) {
            const x = data[j]!
            if (x < gate) continue
            const bin = Number.isNaN(x) ? 0 : Math.min(Math.floor((x - gate) * fine), bins - 1)
            const at = base + bin * stride + i
            buffer[at]! += Number.isNaN(x) ? x : weights[k]!
            buffer[at + bins * stride]! += weights[k]! * 10 ** (Math.min(x, top) / 10)
          }
      },
      merge(into, from) {
        for (let slot = 0; slot < 2 * bins; slot++) {
          const a = into.offset + slot * into.stride
          const b = from.offset + slot * from.stride
          for (let i = 0; i < into.lanes; i++) into.buffer[a + i]! += from.buffer[b + i]!
        }
      },
      result({ buffer, offset, stride, lanes }, out) {
        for (let lane = 0; lane < lanes; lane++) {
          const count = (bin: number) => buffer[offset + bin * stride + lane]!
          const energy = (bin: number) => buffer[offset + (bins + bin) * stride + lane]!
          const all = levelFrom(count, energy, -Infinity)
          out[of]![lane] = of === 'integrated' ? levelFrom(count, energy, all - 10, empty) : rangeFrom(count, energy, all - 20)
        }
      },
    }
  },
)

type Of = (bin: number) => number

/** The bins whose blocks are at least as loud as a level, on their average. */
function from(count: Of, energy: Of, least: number): number[] {
  const power = 10 ** (least / 10)
  const within: number[] = []
  for (let bin = 0; bin < bins; bin++) if (count(bin) !== 0 && !(energy(bin) < power * count(bin))) within.push(bin)
  return within
}

/** The level of the mean power of blocks at least as loud as a level. */
function levelFrom(count: Of, energy: Of, least: number, empty = gate): number {
  let [weight, sum] = [0, 0]
  for (const bin of from(count, energy, least)) {
    weight += count(bin)
    sum += energy(bin)
  }
  return weight === 0 ? empty : 10 * Math.log10(sum / weight)
}

/** From the 10th to the 95th percentile of blocks at least as loud as a level. */
function rangeFrom(count: Of, energy: Of, least: number): number {
  const within = from(count, energy, least)
  const total = within.reduce((sum, bin) => sum + count(bin), 0)
  if (Number.isNaN(total)) return NaN
  const at = (q: number) => {
    let before = 0
    const bin = within.find((one) => {
      before += count(one)
      return before > 0 && before >= q * total
    })
    return bin === undefined ? 0 : 10 * Math.log10(energy(bin) / count(bin))
  }
  return at(0.95) - at(0.1)
}
