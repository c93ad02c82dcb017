import { listIn, number, refusal } from '../../core/check.ts'
import { checked, read } from '../../core/options.ts'
import type { Outputs, Pooling } from '../../core/pooling.ts'
import type * as leaves from '../leaves.ts'
import { max } from '../max.ts'
import { mean as average } from '../mean.ts'
import { type Named, resolve } from '../resolve.ts'
import { union } from './union.ts'

/** A share of the mixture: one number, or one a channel (or one a lane), repeated over the lanes. */
export type Proportion = number | readonly number[]

/** Two numbers' shares, as most mixtures have, at once; that of a zero first, so that no zero is negative. */
function blendTwo(out: Float32Array, a: number, x: Float32Array, b: number, y: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = 0 + a * x[i]! + b * y[i]!
}

type Part = readonly [pooling: Named<typeof leaves> | Pooling, proportion: Proportion]

const options = {
  /** The poolings, with one output each, and how much of each: one number, or a list that is repeated over the lanes. */
  parts: /* @__PURE__ */ checked<readonly Part[]>(
    { type: 'array', minItems: 1, items: { type: 'array', minItems: 2, maxItems: 2 } },
    (who, name, value) => {
      const all = listIn(value)
      if (!all?.length) throw refusal(who, `${name} must be a list such as [['max', 0.5], ['mean', 0.5]]`, value)
      const odd = all.findIndex((part) => listIn(part)?.length !== 2)
      if (odd >= 0) throw refusal(who, "a part must be a pair such as ['max', 0.5]", all[odd])
      return all as unknown as readonly Part[]
    },
  ),
}

function mix(given: readonly Part[]): Pooling<unknown, 'mixed'> {
  const { parts } = read('mixed', options, { parts: given })
  const poolings = parts.map(([like]) => resolve('mixed', like))
  const shares = parts.map(([, proportion]) =>
    Float64Array.from(listIn(proportion) ?? [proportion], (a) => number('mixed', 'a proportion', a)),
  )
  for (const { outputs, spec } of poolings) {
    if (outputs.length !== 1)
      throw refusal('mixed', `every part must have one output, ${JSON.stringify(spec)} has ${outputs.length}`, outputs)
  }
  const mean = (values: Float64Array) => values.reduce((sum, a) => sum + a, 0) / values.length
  const total = (values: readonly number[]) => values.reduce((sum, x, k) => sum + (mean(shares[k]!) === 0 ? 0 : mean(shares[k]!) * x), 0)
  if (poolings.some((pooling) => pooling.across))
    throw new TypeError('mixed: every part must pool each lane for itself, got one across lanes')
  const two = shares.length === 2 && shares.every((share) => share.length === 1 && share[0] !== 0)
  const rooms = shares.map(() => new Float32Array(0))
  let sum = new Float64Array(0)
  const again = (fitted: readonly Pooling[]) => mix(fitted.map((pooling, k) => [pooling, parts[k]![1]]))
  /** The proportions of what `valuesOf` gives of each part, as float32. */
  const blended = (out: Float32Array, valuesOf: (k: number) => Float32Array): void => {
    if (two) {
      blendTwo(out, shares[0]![0]!, valuesOf(0), shares[1]![0]!, valuesOf(1))
      return
    }
    if (sum.length !== out.length) sum = new Float64Array(out.length)
    sum.fill(0)
    for (let k = 0; k < poolings.length; k++) {
      const values = valuesOf(k)
      const share = shares[k]!
      // A share of 0 leaves its part out, infinite or not.
      for (let c = 0; c < share.length; c++) {
        const a = share[c]!
        if (a !== 0) for (let i = c; i < sum.length; i += share.length) sum[i]! += a * values[i]!
      }
    }
    out.set(sum)
  }
  const room = (k: number, size: number): Float32Array => {
    if (rooms[k]!.length !== size) rooms[k] = new Float32Array(size)
    return rooms[k]!
  }
  const { common, view } = union(poolings, again)
  const measured = poolings.every((pooling) => pooling.measures)
  const from = poolings.map((_, k) => poolings.slice(0, k).reduce((count, { measures = [] }) => count + measures.length, 0))
  return {
    ...common,
    ...(measured && {
      measures: poolings.flatMap((pooling) => pooling.measures!),
      ...(shares.every(({ length }) => length === 1) &&
        !poolings.some((pooling) => pooling.blend) && { shares: shares.map(([share]) => share!) }),
      blend(measures: readonly Float32Array[], out: Outputs) {
        blended(out.mixed!, (k) => {
          const { blend, outputs } = poolings[k]!
          if (!blend) return measures[from[k]!]!
          const values = room(k, out.mixed!.length)
          blend(measures.slice(from[k]!, from[k]! + poolings[k]!.measures!.length), { [outputs[0]!]: values })
          return values
        })
      },
    }),
    fit(shape) {
      for (const { length } of shares) {
        if (shape.lanes % length !== 0) throw refusal('mixed', `a list of proportions must divide the ${shape.lanes} lanes`, length)
      }
      return again(poolings.map((pooling) => pooling.fit?.(shape) ?? pooling))
    },
    spec: { pooling: 'mixed', parts: poolings.map(({ spec }, k) => [spec, shares[k]!.length === 1 ? shares[k]![0]! : [...shares[k]!]]) },
    outputs: ['mixed'],
    about: {
      formula: 'Σ aₖ·poolingₖ(x)',
      source: 'Lee, Gallagher, Tu 2016',
      use: 'how much peak and how much average, chosen per layer or per channel',
      example: { input: [], output: [total(poolings.map(({ about }) => about.empty))] },
      empty: total(poolings.map(({ about }) => about.empty)),
    },
    result(state, out, origin) {
      blended(out.mixed, (k) => {
        const values = room(k, out.mixed.length)
        poolings[k]!.result(view(state, k), { [poolings[k]!.outputs[0]!]: values } as Outputs, origin)
        return values
      })
    },
  }
}

/**
 * A mixture of poolings with given proportions, per layer or per channel: Σ aₖ·poolingₖ. The proportions need not sum to 1; a share of 0 leaves its pooling out.
 *
 * @param parts poolings with one output each, by name or as values, and their proportions
 * @throws TypeError where a part has several outputs; RangeError (when planned) where a list of proportions does not divide the lanes
 */
export const mixed: typeof mix & { readonly options: typeof options; readonly example: Pooling } = /* @__PURE__ */ Object.assign(mix, {
  options,
  example: mix([
    [max, 0.5],
    [average, 0.5],
  ]),
})
