import { DataError, refusal } from '../../core/check.ts'
import { type Frames, join, type Layout, lanesOf, rateOf, slice, type Values } from '../../core/frames.ts'
import { greatestDivisor } from '../../core/greatestDivisor.ts'
import { integer, number } from '../../core/options.ts'
import { planOf, pointwise } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'

/** The highest rate in use for sound. A resampler's filter grows with the rate, so that neither an option nor a header must name any. */
export const highestRate = 384_000

/** Samples that one may become, at most: a header of 1 Hz must not make hours of sound of 16 kB. An ECG of 100 Hz needs 160 at 16 kHz. */
export const mostTimes = 1000

/** Values of a filter, and of what is held. */
const most = 2 ** 24
/** Values of a block that comes out. */
const mostGiven = 2 ** 30

/** The filter of an output phase: output j·up + phase is Σ weights[k]·x[j·down + first + k]. */
interface Filter {
  readonly first: number
  readonly weights: Float64Array
}

/**
 * Resampling by a windowed sinc, band-limited to the lower of both rates.
 *
 * Shape: any frames at a whole number per second, samples as a rule → the same shape and names at `to` per second, ⌈n·to / from⌉ of them.
 * Beyond the ends is silence. A sample is unseen if any the filter covers is; summed in float64. The same bits whatever the blocks.
 * Source: torchaudio.functional.resample with 'sinc_interp_hann'.
 *
 * @throws RangeError or TypeError for rates that are not whole numbers or more than 1000 times the input's, a width below 1 or a rolloff not in (0, 1]; for filters
 * of more than 2²⁴ values (long ones of two rates without a common divisor). A DataError for a block that gives more than 2³⁰ values.
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
      const [down, up] = [from / divisor, to / divisor]
      if (up > mostTimes * down) throw refusal('resample', `to must be at most ${mostTimes} times the input's rate of ${from} Hz`, to)
      const lanes = lanesOf(input)
      const { filterOf, taps } = filtersOf(down, up, width, rolloff)
      // What is held, and what one frame more may bring.
      const atOnce = taps * Math.ceil(up / down) * lanes
      if (atOnce > most) throw refusal('resample', `${lanes} lanes, width and the two rates must make at most 2²⁴ values at a time`, atOnce)
      const countOf = (n: number) => Math.ceil((n * up) / down)
      const layout: Layout = {
        ...rest,
        clock: { unit: 'second', start: input.clock.start, hop: 1 / to, span: 1 / to },
        ...(samples === undefined ? {} : { length: countOf(samples) }),
      }
      const firstOf = (n: number) => Math.floor(n / up) * down + filterOf(n % up).first
      const endOf = (n: number) => firstOf(n) + filterOf(n % up).weights.length

      /** Outputs `start` to `end` from the samples at hand, silence elsewhere. */
      const between = (held: Frames, start: number, end: number): Frames | undefined => {
        if (end <= start) return undefined
        const data = new Float32Array((end - start) * lanes)
        const seen = held.weights && new Float32Array(end - start).fill(1)
        const marks = held.boundaries && new Uint8Array(end - start)
        const endOfHeld = held.start + held.length
        for (let n = start; n < end; ) {
          const at = firstOf(n) - held.start
          const row = (n - start) * lanes
          if (at >= 0 && n + 4 <= end && endOf(n + 3) <= endOfHeld) {
            const [a, b, c, d] = [
              filterOf(n % up).weights,
              filterOf((n + 1) % up).weights,
              filterOf((n + 2) % up).weights,
              filterOf((n + 3) % up).weights,
            ]
            const [p, q, r, s] = [
              at * lanes,
              (firstOf(n + 1) - held.start) * lanes,
              (firstOf(n + 2) - held.start) * lanes,
              (firstOf(n + 3) - held.start) * lanes,
            ]
            for (let lane = 0; lane < lanes; lane++)
              fourSums(a, b, c, d, held.data, p + lane, q + lane, r + lane, s + lane, lanes, data, row + lane)
            n += 4
          } else {
            const { weights } = filterOf(n % up)
            const [low, high] = [Math.max(0, -at), Math.min(weights.length, held.length - at)]
            for (let lane = 0; lane < lanes; lane++) data[row + lane] = addedTo(0, weights, low, high, held.data, at * lanes + lane, lanes)
            n++
          }
        }
        if (seen)
          for (let n = start; n < end; n++)
            for (let k = Math.max(firstOf(n), held.start); k < Math.min(endOf(n), endOfHeld); k++)
              if (held.weights![k - held.start] === 0) seen[n - start] = 0
        if (marks)
          for (let n = start; n < end; n++) {
            // A mark goes to the first output that is not before its sample.
            const last = Math.floor((n * down) / up)
            for (let t = Math.floor(((n - 1) * down) / up) + 1; t <= last; t++) if (held.boundaries![t - held.start]) marks[n - start] = 1
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
        reach: { size: filterOf(0).weights.length, stride: down / up, latency: Math.max(0, endOf(0) - 1) },
        start: (): { held: Frames | undefined; next: number } => ({ held: undefined, next: 0 }),
        run: (live) => ({
          push(frames) {
            const given = countOf(frames.length) * lanes
            if (given > mostGiven)
              throw new DataError(`resample: expected blocks that give at most 2³⁰ values, got one that gives ${given}`)
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
              // Once what was not seen has gone by, nothing is to be asked of weights.
              ...(tail.weights?.includes(0) && { weights: tail.weights.slice() }),
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

interface Filters {
  readonly taps: number
  filterOf(phase: number): Filter
}

/** Those of the last few rates: of a corpus of short recordings they would take longer to make than to use. */
const kept = /* @__PURE__ */ new Map<string, Filters>()
const mostKept = 8

/** Filters are made as they come up: of rates without a common divisor, a short recording needs few of very many. */
function filtersOf(down: number, up: number, width: number, rolloff: number): Filters {
  const name = [down, up, width, rolloff].join()
  const known = kept.get(name)
  if (known) return known
  // Zero crossings of the sinc in one period of both rates.
  const crossings = Math.min(down, up) * rolloff
  const reach = (width * down) / crossings
  const taps = Math.ceil(2 * reach)
  if (up * taps > most) throw refusal('resample', `width, rolloff and the two rates must make filters of at most 2²⁴ values`, up * taps)
  const filters = new Array<Filter | undefined>(up).fill(undefined)
  const made = (phase: number): Filter => {
    const center = (phase * down) / up
    const first = Math.ceil(center - reach)
    const weights = new Float64Array(Math.floor(center + reach) - first + 1)
    for (let k = 0; k < weights.length; k++) {
      const t = ((first + k) / down - phase / up) * crossings
      const angle = Math.PI * t
      weights[k] = (t === 0 ? 1 : Math.sin(angle) / angle) * Math.cos(angle / width / 2) ** 2 * (crossings / down)
    }
    const filter = { first, weights }
    filters[phase] = filter
    return filter
  }
  const all = { taps, filterOf: (phase: number) => filters[phase] ?? made(phase) }
  // A megabyte at most of each.
  if (up * taps <= 2 ** 17) {
    if (kept.size === mostKept) kept.delete(kept.keys().next().value!)
    kept.set(name, all)
  }
  return all
}

/** Adds the taps `from` to `to`, the first of all being at `at`. */
function addedTo(sum: number, filter: Float64Array, from: number, to: number, data: Values, at: number, step: number): number {
  for (let k = from; k < to; k++) sum += filter[k]! * data[at + k * step]!
  return sum
}

/** The sums of four outputs at a time, each to the bit as alone: a processor adds to others while one waits for its last addition. */
function fourSums(
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  d: Float64Array,
  data: Values,
  p: number,
  q: number,
  r: number,
  s: number,
  lanes: number,
  out: Float32Array,
  at: number,
): void {
  const most = Math.min(a.length, b.length, c.length, d.length)
  let [w, x, y, z] = [0, 0, 0, 0]
  for (let k = 0, step = 0; k < most; k++, step += lanes) {
    w += a[k]! * data[p + step]!
    x += b[k]! * data[q + step]!
    y += c[k]! * data[r + step]!
    z += d[k]! * data[s + step]!
  }
  out[at] = addedTo(w, a, most, a.length, data, p, lanes)
  out[at + lanes] = addedTo(x, b, most, b.length, data, q, lanes)
  out[at + 2 * lanes] = addedTo(y, c, most, c.length, data, r, lanes)
  out[at + 3 * lanes] = addedTo(z, d, most, d.length, data, s, lanes)
}
