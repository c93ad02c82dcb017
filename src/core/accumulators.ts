import type { Values } from './frames.ts'

/**
 * What a slot of a state can accumulate, one float64 a lane, in words that kernels know too:
 * Σw, Σw², Σwx, Σwx², a number c near the data, Σw(x − c)², the largest x, the smallest, and the largest |x|.
 *
 * `squares` goes with `weight`, `sum` and `shift`: about 0 the squares of data far from 0 would leave no digits for their differences.
 */
export type Accumulator = 'weight' | 'weight2' | 'sum' | 'energy' | 'shift' | 'squares' | 'high' | 'low' | 'magnitude'

/** The rows of one state by slot name, one float64 a lane. */
export type Rows<Slot extends string = string> = { readonly [slot in Slot]: Float64Array }

/** Rows of some accumulators. */
export type Accumulators = { readonly [name in Accumulator]?: Float64Array }

/** Rows of frames that follow one another: `lanes` values each, row after row from `offset` on. */
export interface Run {
  readonly data: Values
  readonly offset: number
  readonly lanes: number
  readonly rows: number
  /** One a row, above 0; for poolings that go by the order of taps 0 where a row was not seen. */
  readonly weights: Float64Array
  /** Lane i of row k is at position `index + k·step + places[i]`, places being 0 where there are none. */
  readonly index: number
  readonly step: number
  readonly places?: Int32Array | undefined
}

type Merge = (into: Float64Array, from: Float64Array) => void

/**
 * Each accumulator before any frame, and how what comes later is merged. A shift that is no number is not chosen yet: the first row that is seen chooses it; where squares are
 * summed about different ones, `mergeSquares` merges both.
 */
const slots: { readonly [name in Accumulator]: readonly [start: number, merge?: Merge] } = {
  weight: [0, plus],
  weight2: [0, plus],
  sum: [0, plus],
  energy: [0, plus],
  shift: [Number.NaN],
  squares: [0],
  high: [-Infinity, larger],
  low: [Infinity, smaller],
  magnitude: [0, larger],
}

export function startsOf(names: readonly Accumulator[]): number[] {
  return names.map((name) => slots[name][0])
}

/** Chooses the numbers about which squares are summed, where that has not been done: those of a row that is seen. */
export function chooseShift(shift: Float64Array, data: Values, offset: number): void {
  for (let i = 0; i < shift.length; i++) {
    if (!Number.isNaN(shift[i]!)) continue
    const x = data[offset + i]!
    shift[i] = Number.isFinite(x) ? x : 0
  }
}

/** Adds rows in their order, each product and sum rounded: the definition that kernels follow to the bit. */
export function accumulate(into: Accumulators, run: Run): void {
  const { sum, energy, shift, squares, high, low, magnitude } = into
  addWeights(into, run.rows, run.weights)
  if (squares) {
    chooseShift(shift!, run.data, run.offset)
    addMoments(sum!, shift!, squares, run)
  } else if (sum) addSum(sum, run)
  if (energy) addEnergy(energy, run)
  if (high) addHigh(high, run)
  if (low) addLow(low, run)
  if (magnitude) addMagnitude(magnitude, run)
}

/** The sum of the weights of rows `from` to `to`, or of their squares, absent for 1, added to `start` one by one, since sums of fractions depend on the order. */
export function sumOf(weights: Float32Array | Float64Array | undefined, from: number, to: number, start = 0, power: 1 | 2 = 1): number {
  const count = Math.max(0, to - from)
  if (!weights && Number.isSafeInteger(start) && Number.isSafeInteger(start + count)) return start + count
  let sum = start
  for (let row = from; row < to; row++) {
    const weight = weights ? weights[row]! : 1
    sum += power === 1 ? weight : weight * weight
  }
  return sum
}

/** Adds the weights of the first `rows` rows to those accumulators that have them; lanes that are alike stay alike. */
export function addWeights({ weight, weight2 }: Accumulators, rows: number, weights: Float32Array | Float64Array | undefined): void {
  const add = (sums: Float64Array, power: 1 | 2) => {
    const first = sums[0]!
    const total = sumOf(weights, 0, rows, first, power)
    for (let i = 0; i < sums.length; i++) sums[i] = sums[i] === first ? total : sumOf(weights, 0, rows, sums[i], power)
  }
  if (weight) add(weight, 1)
  if (weight2) add(weight2, 2)
}

// Lane by lane, with the lane's sums in variables, rows cost V8 half of what they do one by one.

function addSum(sum: Float64Array, { data, offset, lanes, rows, weights }: Run): void {
  for (let i = 0; i < lanes; i++) {
    let s = sum[i]!
    for (let k = 0, j = offset + i; k < rows; k++, j += lanes) s += weights[k]! * data[j]!
    sum[i] = s
  }
}

function addMoments(sum: Float64Array, shift: Float64Array, squares: Float64Array, { data, offset, lanes, rows, weights }: Run): void {
  for (let i = 0; i < lanes; i++) {
    const c = shift[i]!
    let s = sum[i]!
    let q = squares[i]!
    for (let k = 0, j = offset + i; k < rows; k++, j += lanes) {
      const w = weights[k]!
      const d = data[j]! - c
      s += w * data[j]!
      q += w * d * d
    }
    sum[i] = s
    squares[i] = q
  }
}

function addEnergy(energy: Float64Array, { data, offset, lanes, rows, weights }: Run): void {
  for (let i = 0; i < lanes; i++) {
    let e = energy[i]!
    for (let k = 0, j = offset + i; k < rows; k++, j += lanes) e += weights[k]! * data[j]! * data[j]!
    energy[i] = e
  }
}

// Of many rows few are larger than what was there, and what is no number stays.

function addHigh(high: Float64Array, { data, offset, lanes, rows }: Run): void {
  for (let i = 0; i < lanes; i++) {
    let x = high[i]!
    for (let k = 0, j = offset + i; k < rows; k++, j += lanes) if (data[j]! > x || Number.isNaN(data[j]!)) x = data[j]!
    high[i] = x
  }
}

function addLow(low: Float64Array, { data, offset, lanes, rows }: Run): void {
  for (let i = 0; i < lanes; i++) {
    let x = low[i]!
    for (let k = 0, j = offset + i; k < rows; k++, j += lanes) if (data[j]! < x || Number.isNaN(data[j]!)) x = data[j]!
    low[i] = x
  }
}

function addMagnitude(magnitude: Float64Array, { data, offset, lanes, rows }: Run): void {
  for (let i = 0; i < lanes; i++) {
    let x = magnitude[i]!
    for (let k = 0, j = offset + i; k < rows; k++, j += lanes) {
      const y = Math.abs(data[j]!)
      if (y > x || Number.isNaN(y)) x = y
    }
    magnitude[i] = x
  }
}

/** Merges what comes later in time, or from the next bin. */
export function mergeAccumulators(into: Accumulators, from: Accumulators): void {
  // Squares move to another number by the weights and sums that were not merged yet.
  if (into.squares) mergeSquares(into as Rows<Moments>, from as Rows<Moments>)
  for (const name in into) slots[name as Accumulator][1]?.(into[name as Accumulator]!, from[name as Accumulator]!)
}

/** What moments about a number consist of. */
export type Moments = 'weight' | 'sum' | 'shift' | 'squares'

function mergeSquares({ weight, shift, squares }: Rows<Moments>, { weight: w, sum: s, shift: c, squares: q }: Rows<Moments>): void {
  for (let i = 0; i < squares.length; i++) {
    if (w[i] === 0) continue
    if (weight[i] === 0) shift[i] = c[i]!
    // Σw(x − b)² = Σw(x − c)² + 2(c − b)·Σw(x − c) + (c − b)²·Σw
    const d = c[i]! - shift[i]!
    squares[i]! += d === 0 ? q[i]! : q[i]! + d * (2 * (s[i]! - w[i]! * c[i]!) + d * w[i]!)
  }
}

function plus(into: Float64Array, from: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i]! += from[i]!
}

function larger(into: Float64Array, from: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i] = Math.max(into[i]!, from[i]!)
}

function smaller(into: Float64Array, from: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i] = Math.min(into[i]!, from[i]!)
}
