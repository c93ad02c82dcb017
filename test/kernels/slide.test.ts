// Windows that slide by a kernel: the bits of a plain implementation on states, in any cuts.
import fc from 'fast-check'
import { kernelsReady } from 'poolwise'
import { beforeAll, expect, test } from 'vitest'
import type { Measure } from '../../src/core/pooling.ts'
import { type Slider, slider } from '../../src/kernels/slide.ts'
import type { Slide } from '../../src/kernels/slideLayout.ts'
import { drawn } from '../drawn.ts'
import { bitsOf } from './bits.ts'

beforeAll(async () => expect(await kernelsReady()).toBe(true))

const all: readonly Measure[] = ['max', 'min', 'peak', 'sum', 'mean', 'norm2', 'power2', 'std']

interface State {
  weight: number
  sum: number
  energy: number
  shift: number
  squares: number
  max: number
  min: number
  peak: number
}

function nothing(): State {
  const [max, min] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  return { weight: 0, sum: 0, energy: 0, shift: 0, squares: 0, max, min, peak: 0 }
}

function add(state: State, x: number, w: number, shift: number): void {
  if (state.weight === 0) state.shift = shift
  state.weight += w
  state.sum += w * x
  state.energy += w * x * x
  state.squares += w * (x - shift) * (x - shift)
  state.max = Math.max(state.max, x)
  state.min = Math.min(state.min, x)
  state.peak = Math.max(state.peak, Math.abs(x))
}

function merge(into: State, from: State): void {
  if (from.weight === 0) return
  if (into.weight === 0) into.shift = from.shift
  const d = from.shift - into.shift
  into.squares += d === 0 ? from.squares : from.squares + d * (2 * (from.sum - from.weight * from.shift) + d * from.weight)
  into.weight += from.weight
  into.sum += from.sum
  into.energy += from.energy
  into.max = Math.max(into.max, from.max)
  into.min = Math.min(into.min, from.min)
  into.peak = Math.max(into.peak, from.peak)
}

function resultOf(measure: Measure, { weight, sum, energy, shift, squares, max, min, peak }: State): number {
  if (measure === 'max') return max + 0
  if (measure === 'min') return min + 0
  if (measure === 'peak') return peak
  if (measure === 'sum') return sum
  if (measure === 'norm2') return Math.sqrt(energy)
  if (weight === 0) return 0
  if (measure === 'mean') return sum / weight
  if (measure === 'power2') return Math.sqrt(energy / weight)
  const d = sum / weight - shift
  return Math.sqrt(Math.max(0, squares - weight * d * d) / weight)
}

interface Slid {
  readonly out: Float32Array
  readonly weighed: Float32Array
}

interface Case {
  readonly measures: readonly Measure[]
  readonly slide: Slide
  readonly lanes: number
  readonly data: Float32Array
  readonly weights: Float32Array | undefined
}

/** All of a sequence at once, lane by lane. */
function plain({ measures, slide, lanes, data, weights }: Case): Slid {
  const { pane, block, panes, step } = slide
  const [rows, high] = [data.length / lanes, pane * block]
  const paneCount = Math.floor(rows / pane)
  const windows = Math.max(0, Math.floor((paneCount - panes) / step) + 1)
  const [out, weighed] = [new Float32Array(windows * measures.length * lanes), new Float32Array(windows)]
  const weightOf = (row: number): number => weights?.[row] ?? 1
  for (let lane = 0; lane < lanes; lane++) {
    const states = Array.from({ length: paneCount }, (_, p) => {
      const start = Math.floor((p * pane) / high) * high
      let anchor = start
      while (anchor < rows && weightOf(anchor) === 0) anchor++
      const x = anchor < rows ? data[anchor * lanes + lane]! : 0
      const state = nothing()
      for (let row = p * pane; row < (p + 1) * pane; row++) {
        if (weightOf(row) > 0) add(state, data[row * lanes + lane]!, weightOf(row), Number.isFinite(x) ? x : 0)
      }
      return state
    })
    const prefixes: State[] = []
    for (const [p, state] of states.entries()) {
      prefixes[p] = p % block === 0 ? nothing() : { ...prefixes[p - 1]! }
      merge(prefixes[p]!, state)
    }
    // The pane before the panes after it.
    const suffixes = states.map(() => nothing())
    for (let p = paneCount - 1; p >= 0; p--) {
      suffixes[p] = { ...states[p]! }
      if ((p + 1) % block !== 0 && p + 1 < paneCount) merge(suffixes[p]!, suffixes[p + 1]!)
    }
    for (let window = 0; window < windows; window++) {
      const p = window * step + panes - 1
      const b = Math.floor(p / block)
      const state = p % block < block - 1 || panes % 2 === 1 ? { ...suffixes[p + 1 - panes]! } : nothing()
      merge(state, prefixes[b * block - 1]!)
      merge(state, prefixes[p]!)
      weighed[window] = state.weight
      for (const [i, measure] of measures.entries()) out[(window * measures.length + i) * lanes + lane] = resultOf(measure, state)
    }
  }
  return { out, weighed }
}

/** A case on its way through a slider, in turns of so many rows. */
class Run {
  readonly slid: Slid
  private readonly slider: Slider
  private readonly one: Case
  private row = 0
  private ended = 0

  constructor(one: Case, { out, weighed }: Slid) {
    this.one = one
    this.slider = slider(one.measures, one.slide, one.lanes)!
    // Nothing may be written outside the results.
    this.slid = { out: new Float32Array(out.length + 2).fill(7), weighed: new Float32Array(weighed.length + 2).fill(7) }
  }

  get over(): boolean {
    return this.row * this.one.lanes === this.one.data.length
  }

  push(rows: number): void {
    const { data, lanes, measures, weights } = this.one
    const count = Math.min(rows, data.length / lanes - this.row)
    const at = 1 + this.ended * measures.length * lanes
    const { out, weighed } = this.slid
    const slid = this.slider.push({ data, offset: this.row * lanes, rows: count, weights: weights?.subarray(this.row) })
    out.set(slid.data, at)
    weighed.set(slid.weights, 1 + this.ended)
    this.ended += slid.weights.length
    this.row += count
  }
}

/** Where the bits first differ; -1 where they do not. Around the values is what nothing may be written over. */
function differs(framed: Float32Array, values: Float32Array): number {
  const [actual, expected] = [bitsOf(framed), bitsOf(Float32Array.from({ length: framed.length }, (_, i) => values[i - 1] ?? 7))]
  return actual.findIndex((bits, i) => bits !== expected[i])
}

function agree({ slid }: Run, { out, weighed }: Slid): void {
  expect(differs(slid.out, out)).toBe(-1)
  expect(differs(slid.weighed, weighed)).toBe(-1)
}

function agreeInCuts(one: Case, cuts: readonly number[], expected: Slid = plain(one)): void {
  const run = new Run(one, expected)
  for (let i = 0; !run.over; i++) run.push(cuts[i % cuts.length]!)
  agree(run, expected)
}

const value = fc.oneof(
  { weight: 80, arbitrary: fc.float({ noNaN: true, min: -1000, max: 1000 }) },
  { weight: 10, arbitrary: fc.float({ noNaN: true, min: Math.fround(1e6), max: Math.fround(1e6 + 100) }) },
  { weight: 2, arbitrary: fc.constantFrom(0, -0, 1e-45, -1e-39, 3.4e38) },
)
const special = fc.constantFrom(0, -0, 1e-45, -1e-45, 3.4e38, Infinity, -Infinity, Number.NaN)

const slides: fc.Arbitrary<Slide> = fc
  .record({
    pane: fc.integer({ min: 1, max: 4 }),
    step: fc.integer({ min: 1, max: 4 }),
    times: fc.integer({ min: 5, max: 12 }),
    more: fc.nat(3),
  })
  .map(({ pane, step, times, more }) => {
    const panes = step * times + Math.min(more, step) + 1
    return { pane, step, panes, block: Math.floor(panes / 2) }
  })

/** Absent, the same for all, any, and long stretches of unseen rows. */
const weightings: fc.Arbitrary<((row: number, high: number) => number) | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.constant(() => 1),
  fc
    .array(fc.oneof(fc.constantFrom(0, 1, 0.5), fc.float({ noNaN: true, min: Math.fround(1e-3), max: 3 })), { minLength: 5, maxLength: 40 })
    .map((weights) => (row: number) => weights[(row * 3) % weights.length]!),
  fc.record({ every: fc.integer({ min: 30, max: 400 }), seen: fc.integer({ min: 0, max: 9 }), weight: fc.constantFrom(1, 0.3) }).map(
    ({ every, seen, weight }) =>
      (row: number, high: number) =>
        row % Math.ceil((every * high) / 100) < seen ? weight : 0,
  ),
)

const cases: fc.Arbitrary<Case> = fc
  .record({
    measures: fc.oneof(
      fc.shuffledSubarray([...all], { minLength: 1 }),
      fc.constantFrom(...all).map((one) => [one]),
      fc.constant(['mean', 'std'] as Measure[]),
    ),
    slide: slides,
    lanes: fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 9, 80),
    length: fc.integer({ min: 0, max: 1000 }),
    values: fc.array(value, { minLength: 20, maxLength: 90 }),
    specials: fc.array(fc.tuple(fc.integer({ min: 0, max: 999 }), special), { maxLength: 6 }),
    weightOf: weightings,
  })
  .map(({ measures, slide, lanes, length, values, specials, weightOf }) => {
    const high = slide.pane * slide.block
    const rows = 1 + Math.floor((length * high) / 100)
    const data = Float32Array.from({ length: rows * lanes }, (_, i) => values[(i * 7) % values.length]!)
    for (const [where, x] of specials) data[Math.floor((where * data.length) / 1000)] = x
    return { measures, slide, lanes, data, weights: weightOf && Float32Array.from({ length: rows }, (_, row) => weightOf(row, high)) }
  })
const cuttings = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(20, 64, 100, 1000)), { minLength: 1, maxLength: 6 })

test('any measures, sizes, lanes, weights, special values and cuts', () => {
  fc.assert(
    fc.property(cases, cuttings, (one, cuts) => agreeInCuts(one, cuts)),
    drawn(400),
  )
})

test('weights of 1 are no weights', () => {
  fc.assert(
    fc.property(cases, cuttings, (one, cuts) => {
      const weights = new Float32Array(one.data.length / one.lanes).fill(1)
      agreeInCuts({ ...one, weights }, cuts, plain({ ...one, weights: undefined }))
    }),
    drawn(60),
  )
})

test('two by turns', () => {
  fc.assert(
    fc.property(cases, cases, cuttings, (a, b, cuts) => {
      const expected = [plain(a), plain(b)] as const
      const runs = [new Run(a, expected[0]), new Run(b, expected[1])] as const
      for (let i = 0; !runs.every(({ over }) => over); i++) for (const run of runs) run.push(cuts[i % cuts.length]!)
      for (const [i, run] of runs.entries()) agree(run, expected[i]!)
    }),
    drawn(60),
  )
})

test.each([
  [1, 300, 900],
  [10, 30, 900],
  [1, 1000, 1800],
  [1, 1001, 1800],
  [100, 13, 3000],
])('panes of %i rows of 80 lanes, %i in a window: all that the kernels take at once, and more', (pane, panes, rows) => {
  const slide = { pane, panes, step: 1, block: Math.floor(panes / 2) }
  const data = Float32Array.from({ length: rows * 80 }, (_, i) => 1000 + 10 * Math.sin(i * 0.37))
  const weights = Float32Array.from({ length: rows }, (_, row) => (row % 700 < 100 ? 0 : 0.1 + (row % 3)))
  const one: Case = { measures: ['mean', 'std', 'max'], slide, lanes: 80, data, weights: undefined }
  const expected = plain(one)
  for (const cuts of [[rows], [100], [1, 400]]) agreeInCuts(one, cuts, expected)
  agreeInCuts({ ...one, weights }, [rows])
})

test('undefined where a pane is too large', () => {
  expect(slider(['max'], { pane: 10_000, block: 5, panes: 10, step: 1 }, 80)).toBeUndefined()
})
