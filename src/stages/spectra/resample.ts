import { refusal } from '../../core/check.ts'
import { type Frames, join, type Layout, lanesOf, rateOf, slice } from '../../core/frames.ts'
import { integer, number } from '../../core/options.ts'
import { planOf, pointwise } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'

/** The highest rate in use for sound. A resampler's filter grows with the rate, so that neither an option nor a header must name any. */
export const highestRate = 384_000

/** The filter of every output phase: output j·up + phase is Σ weights[k]·x[j·down + first + k]. */
interface Filters {
  readonly down: number
  readonly up: number
  readonly firsts: readonly number[]
  readonly weights: readonly Float64Array[]
}

/**
 * Resampling by a windowed sinc, band-limited to the lower of both rates.
 *
 * Shape: any frames at a whole number per second, samples as a rule → the same shape and names at `to` per second, ⌈n·to / from⌉ of them.
 * Beyond the ends is silence. A sample is unseen if any the filter covers is; summed in float64. The same bits whatever the blocks.
 * Source: torchaudio.functional.resample with 'sinc_interp_hann'.
 *
 * @throws RangeError or TypeError for rates that are not whole numbers, a width below 1 or a rolloff not in (0, 1].
 * @example
 * apply(signal(samples, { rate: 44100 }), resample({ to: 16000 }))
 */
export const resample = /* @__PURE__ */ defineStage(
  'resample',
  {
    /** The rate of the result. */
    to: integer(1, highestRate).unit('Hz'),
    /** Zero crossings of the filter on each side. */
    width: integer(1).default(6),
    /** Where the filter cuts off, as a share of half the lower rate. */
    rolloff: number({ above: 0, max: 1 }).default(0.99),
  },
  ({ to, width, rolloff }, spec) => {
    return (input) => {
      const from = rateOf(input.clock, 'resample')
      if (!Number.isInteger(from)) throw refusal('resample', 'the input must have a whole number of samples per second', from)
      if (from === to) return pointwise(spec, input, input, ({ data }) => data)
      const { length: samples, ...rest } = input
      const divisor = greatestDivisor(from, to)
      const filters = filtersOf(from / divisor, to / divisor, width, rolloff)
      const { down, up, firsts, weights } = filters
      const countOf = (n: number) => Math.ceil((n * up) / down)
      const layout: Layout = {
        ...rest,
        clock: { unit: 'second', start: input.clock.start, hop: 1 / to, span: 1 / to },
        ...(samples === undefined ? {} : { length: countOf(samples) }),
      }
      const lanes = lanesOf(input)
      const firstOf = (n: number) => Math.floor(n / up) * down + firsts[n % up]!
      const endOf = (n: number) => firstOf(n) + weights[n % up]!.length

      /** Outputs `start` to `end` from the samples at hand, silence elsewhere. */
      const between = (held: Frames, start: number, end: number): Frames | undefined => {
        if (end <= start) return undefined
        const data = new Float32Array((end - start) * lanes)
        const seen = held.weights && new Float32Array(end - start).fill(1)
        const marks = held.boundaries && new Uint8Array(end - start)
        for (let n = start; n < end; n++) {
          const filter = weights[n % up]!
          const first = firstOf(n) - held.start
          const low = Math.max(0, -first)
          const high = Math.min(filter.length, held.length - first)
          for (let lane = 0; lane < lanes; lane++) {
            let sum = 0
            for (let k = low; k < high; k++) sum += filter[k]! * held.data[(first + k) * lanes + lane]!
            data[(n - start) * lanes + lane] = sum
          }
          if (seen) for (let k = low; k < high; k++) if (held.weights![first + k] === 0) seen[n - start] = 0
          // A mark goes to the first output that is not before its sample.
          const last = Math.floor((n * down) / up)
          for (let t = Math.floor(((n - 1) * down) / up) + 1; t <= last; t++) if (held.boundaries?.[t - held.start]) marks![n - start] = 1
        }
        return {
          layout,
          start,
          length: end - start,
          data,
          ...(seen?.includes(0) && { weights: seen }),
          ...(marks?.includes(1) && { boundaries: marks }),
        }
      }

      return planOf({
        spec,
        input,
        layout,
        reach: { size: weights[0]!.length, stride: down / up, latency: Math.max(0, weights[0]!.length + firsts[0]! - 1) },
        start: (): { held: Frames | undefined; next: number } => ({ held: undefined, next: 0 }),
        run: (live) => ({
          push(frames) {
            const held = join([live.held, frames])!
            const seen = held.start + held.length
            let until = live.next
            while (until < countOf(seen) && endOf(until) <= seen) until++
            const out = between(held, live.next, until)
            live.next = until
            const keep = Math.max(0, Math.min(held.length, firstOf(until) - held.start, Math.floor(((until - 1) * down) / up) - held.start))
            const tail = slice(held, keep, held.length)
            live.held = {
              ...tail,
              data: tail.data.slice(),
              ...(tail.weights && { weights: tail.weights.slice() }),
              ...(tail.boundaries && { boundaries: tail.boundaries.slice() }),
            }
            return out
          },
          close: () => live.held && between(live.held, live.next, countOf(live.held.start + live.held.length)),
        }),
      })
    }
  },
)

function filtersOf(down: number, up: number, width: number, rolloff: number): Filters {
  // Zero crossings of the sinc in one period of both rates.
  const crossings = Math.min(down, up) * rolloff
  const reach = (width * down) / crossings
  const values = up * Math.ceil(2 * reach)
  if (values > 2 ** 24) throw refusal('resample', `width, rolloff and the two rates must make filters of at most 2²⁴ values`, values)
  const firsts: number[] = []
  const weights: Float64Array[] = []
  for (let phase = 0; phase < up; phase++) {
    const center = (phase * down) / up
    const first = Math.ceil(center - reach)
    firsts.push(first)
    weights.push(
      Float64Array.from({ length: Math.floor(center + reach) - first + 1 }, (_, k) => {
        const t = ((first + k) / down - phase / up) * crossings
        const angle = Math.PI * t
        return (t === 0 ? 1 : Math.sin(angle) / angle) * Math.cos(angle / width / 2) ** 2 * (crossings / down)
      }),
    )
  }
  return { down, up, firsts, weights }
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b)
}
