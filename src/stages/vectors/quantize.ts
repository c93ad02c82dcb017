import { isList, listIn, number, refusal } from '../../core/check.ts'
import { type Frames, type Layout, laneNames, lanesOf } from '../../core/frames.ts'
import { checked, oneOf } from '../../core/options.ts'
import { pointwise } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'

/** One number for all values of a frame, or one each. */
type Bound = number | readonly number[]

/**
 * Fewer bits a value: whole numbers in place of the values of each frame, as sentence-transformers' quantize_embeddings gives them.
 *
 * Shape: any frames → 'int8' and 'uint8': the same shape and names; 'binary' and 'ubinary': 1 × ⌈lanes / 8⌉ × 1, names 'dim0-dim7'. The numbers travel as float32;
 * `toNpy` with `dtype` writes each in one byte.
 * With ranges [low, high] and step = (high − low) / 255, in float64: 'uint8' is (x − low) / step, 'int8' 128 less, both towards 0, and at the ends of the type beyond the ranges,
 * where the reference wraps round. `globalPool(['min', 'max'])` over vectors gives their ranges. NaN stays NaN.
 * 'ubinary': a bit is 1 where x > 0, the most significant first, zeros after the last; 'binary' is 128 less.
 *
 * @throws RangeError or TypeError for a precision that is none, for ranges that are missing, fall or have no effect, and, when planned, that are not one for each value of a frame.
 * @example
 * apply(frames([1, -1, 0.5, 0, 2, -3, 0, 4], { bins: 8 }), quantize({ precision: 'ubinary' })).data // [169]
 */
export const quantize = /* @__PURE__ */ defineStage(
  'quantize',
  {
    /** 'int8' (−128 … 127) and 'uint8' (0 … 255): 255 steps over `ranges`. 'binary' (−128 … 127) and 'ubinary' (0 … 255): eight signs in one value. */
    precision: oneOf('int8', 'uint8', 'binary', 'ubinary'),
    /** The smallest and the largest value that 'int8' and 'uint8' tell apart: numbers, or lists of one for each value of a frame. */
    ranges: checked<readonly [low: Bound, high: Bound]>(
      { type: 'array', items: { anyOf: [{ type: 'number' }, { type: 'array', items: { type: 'number' } }] }, minItems: 2, maxItems: 2 },
      (_, __, value) => {
        bounds('', value)
        return value as readonly [Bound, Bound]
      },
    ).optional('none for bits'),
  },
  ({ precision, ranges }, spec) => {
    if (precision === 'binary' || precision === 'ubinary') {
      if (ranges !== undefined) throw refusal('quantize', `ranges have no effect with precision '${precision}'`, ranges)
      const offset = precision === 'binary' ? 128 : 0
      return (input) => pointwise(spec, input, packedLayout(input), (frames) => packed(frames, lanesOf(input), offset))
    }
    const [low, high] = bounds(precision, ranges)
    const offset = precision === 'int8' ? 128 : 0
    return (input) => {
      const lanes = lanesOf(input)
      for (const bound of [low, high]) {
        if (bound.length !== 1 && bound.length !== lanes)
          throw refusal('quantize', `ranges must hold one number or one for each of the ${lanes} values of a frame`, bound.length)
      }
      const lows = Float64Array.from({ length: lanes }, (_, i) => low[i % low.length]!)
      const steps = Float64Array.from(lows, (from, i) => (high[i % high.length]! - from) / 255)
      const flat = steps.find((step) => !(step > 0))
      if (flat !== undefined) throw refusal('quantize', 'ranges must rise from low to high', ranges)
      return pointwise(spec, input, input, ({ data }) => {
        const clamp = (x: number) => Math.min(255 - offset, Math.max(-offset, x))
        return data.map((x, i) => clamp(Math.trunc((x - lows[i % lanes]!) / steps[i % lanes]! - offset)) + 0)
      })
    }
  },
)

function bounds(precision: string, ranges: unknown): readonly [low: readonly number[], high: readonly number[]] {
  if (!isList(ranges) || ranges.length !== 2)
    throw refusal(
      'quantize',
      `${precision && `precision '${precision}' `}must come with ranges such as [-1, 1] or [[-1, 0], [1, 2]]`,
      ranges,
    )
  const bound = (given: unknown) => {
    const list: readonly unknown[] = listIn(given) ?? [given]
    if (list.length === 0) throw refusal('quantize', 'ranges must hold numbers', ranges)
    return list.map((x) => number('quantize', 'a bound of ranges', x))
  }
  return [bound(ranges[0]), bound(ranges[1])]
}

/** Eight lanes in one bin, 'dim0-dim7'. */
function packedLayout(input: Layout): Layout {
  const names = laneNames(input)
  const bins = Array.from({ length: Math.ceil(names.length / 8) }, (_, i) => {
    const eight = names.slice(8 * i, 8 * i + 8)
    return eight.length === 1 ? eight[0]! : `${eight[0]}-${eight.at(-1)}`
  })
  return { ...input, planes: 1, bins: bins.length, channels: 1, names: { planes: [''], bins, channels: [''] } }
}

function packed({ data, length }: Frames, lanes: number, offset: number): Float32Array {
  const bytes = Math.ceil(lanes / 8)
  const out = new Float32Array(length * bytes).fill(0 - offset)
  for (let t = 0; t < length; t++) {
    for (let i = 0; i < lanes; i++) {
      // The most significant bit first.
      if (data[t * lanes + i]! > 0) out[t * bytes + (i >> 3)]! += 128 >> (i & 7)
    }
  }
  return out
}
