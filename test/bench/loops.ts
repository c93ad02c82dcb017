// The stages of streams.ts as a careful user writes them by hand: loops over typed arrays, one output, no SIMD; nothing of weights, NaN, blocks or clocks. They are also what
// ours are checked against, for they are short enough to be seen to be right.

/** Frames × bins in, output frames × outputs × bins out. */
export type Loops = (x: Float32Array, bins: number) => Float32Array

const windows = (x: Float32Array, bins: number, size: number, stride: number) => Math.floor((x.length / bins - size) / stride) + 1

/** One number for each window and bin, from its first value on. */
const each =
  (size: number, stride: number, value: (x: Float32Array, at: number, bins: number) => number): Loops =>
  (x, bins) => {
    const out = new Float32Array(windows(x, bins, size, stride) * bins)
    for (let o = 0, at = 0; o < out.length; at += stride * bins) for (let b = 0; b < bins; b++) out[o++] = value(x, at + b, bins)
    return out
  }

export const max = (size: number, stride: number): Loops =>
  each(size, stride, (x, at, bins) => {
    let high = x[at]!
    for (let k = 1, j = at + bins; k < size; k++, j += bins) high = Math.max(high, x[j]!)
    return high
  })

export const mean = (size: number, stride: number): Loops =>
  each(size, stride, (x, at, bins) => {
    let sum = 0
    for (let k = 0, j = at; k < size; k++, j += bins) sum += x[j]!
    return sum / size
  })

/** Windows twice as long as their stride, from the sums of their halves, each summed once. */
const halves =
  (stride: number, term: (value: number) => number, end: (sum: number) => number): Loops =>
  (x, bins) => {
    const out = new Float32Array(windows(x, bins, 2 * stride, stride) * bins)
    let [before, after] = [new Float64Array(bins), new Float64Array(bins)]
    for (let o = -bins, at = 0; o < out.length; o += bins) {
      after.fill(0)
      for (const stop = at + stride * bins; at < stop; at += bins) for (let b = 0; b < bins; b++) after[b]! += term(x[at + b]!)
      if (o >= 0) for (let b = 0; b < bins; b++) out[o + b] = end(before[b]! + after[b]!)
      const spare = before
      before = after
      after = spare
    }
    return out
  }

export const meanOfHalves = (stride: number): Loops =>
  halves(
    stride,
    (value) => value,
    (sum) => sum / (2 * stride),
  )
export const cubes = (stride: number): Loops =>
  halves(
    stride,
    (value) => Math.abs(value * value * value),
    (sum) => Math.cbrt(sum / (2 * stride)),
  )
export const norm = (stride: number): Loops => halves(stride, (value) => value * value, Math.sqrt)

/** Half the maximum and half the mean, of windows twice as long as their stride. */
export const mixed =
  (stride: number): Loops =>
  (x, bins) => {
    const out = new Float32Array(windows(x, bins, 2 * stride, stride) * bins)
    const [sums, highs] = [new Float64Array(bins), new Float64Array(bins)]
    for (let o = -bins, at = 0; o < out.length; o += bins, at += stride * bins) {
      for (let b = 0; b < bins; b++) {
        let [sum, high] = [0, -Infinity]
        for (let k = 0, j = at + b; k < stride; k++, j += bins) {
          const value = x[j]!
          sum += value
          if (value > high) high = value
        }
        if (o >= 0) out[o + b] = 0.5 * Math.max(highs[b]!, high) + (0.25 * (sums[b]! + sum)) / stride
        sums[b] = sum
        highs[b] = high
      }
    }
    return out
  }

export const moments =
  (size: number, stride: number): Loops =>
  (x, bins) => {
    const out = new Float32Array(windows(x, bins, size, stride) * 4 * bins)
    for (let o = 0, at = 0; o < out.length; o += 4 * bins, at += stride * bins) {
      for (let b = 0; b < bins; b++) {
        let [sum, second, third, fourth] = [0, 0, 0, 0]
        for (let k = 0, j = at + b; k < size; k++, j += bins) sum += x[j]!
        const middle = sum / size
        for (let k = 0, j = at + b; k < size; k++, j += bins) {
          const d = x[j]! - middle
          const square = d * d
          second += square
          third += square * d
          fourth += square * square
        }
        const variance = second / size
        out[o + b] = middle
        out[o + bins + b] = variance
        out[o + 2 * bins + b] = third / size / (variance * Math.sqrt(variance))
        out[o + 3 * bins + b] = fourth / size / (variance * variance) - 3
      }
    }
    return out
  }

/** Sums that go along: what enters is added, what leaves subtracted, in float64. With `high` a maximum too, of the maxima of `stride` frames each. */
const running =
  (size: number, stride: number, high: boolean): Loops =>
  (x, bins) => {
    const outputs = high ? 3 : 2
    const out = new Float32Array(windows(x, bins, size, stride) * outputs * bins)
    const [sums, squares] = [new Float64Array(bins), new Float64Array(bins)]
    const tops = high ? max(stride, stride)(x, bins) : x
    let enter = 0
    for (let o = 0, leave = 0, first = 0; o < out.length; o += outputs * bins, first += bins) {
      for (; enter < (o === 0 ? size * bins : leave + size * bins); enter += bins) {
        for (let b = 0; b < bins; b++) {
          const value = x[enter + b]!
          sums[b]! += value
          squares[b]! += value * value
        }
      }
      for (let b = 0; b < bins; b++) {
        const middle = sums[b]! / size
        out[o + b] = middle
        out[o + bins + b] = Math.sqrt(Math.max(0, squares[b]! / size - middle * middle))
      }
      if (high) {
        for (let b = 0; b < bins; b++) {
          let top = tops[first + b]!
          for (let k = 1, j = first + b + bins; k < size / stride; k++, j += bins) if (tops[j]! > top) top = tops[j]!
          out[o + 2 * bins + b] = top
        }
      }
      for (const end = leave + stride * bins; leave < end; leave += bins) {
        for (let b = 0; b < bins; b++) {
          const value = x[leave + b]!
          sums[b]! -= value
          squares[b]! -= value * value
        }
      }
    }
    return out
  }

export const stats = (size: number, stride: number): Loops => running(size, stride, false)
export const statsAndMax = (size: number, stride: number): Loops => running(size, stride, true)

/** Maxima of windows that slide by one, three comparisons a value however long they are: from each frame to its block's end, and from the next block's start on. */
export const sliding =
  (size: number): Loops =>
  (x, bins) => {
    const out = new Float32Array(windows(x, bins, size, 1) * bins)
    const tails = new Float32Array(size * bins)
    const head = new Float32Array(bins)
    for (let from = 0; from < out.length; from += size * bins) {
      tails.set(x.subarray(from, from + size * bins))
      for (let j = (size - 1) * bins - 1; j >= 0; j--) if (tails[j + bins]! > tails[j]!) tails[j] = tails[j + bins]!
      head.fill(-Infinity)
      const end = Math.min(size * bins, out.length - from)
      for (let j = 0; j < end; j += bins) {
        for (let b = 0; b < bins; b++) out[from + j + b] = tails[j + b]! > head[b]! ? tails[j + b]! : head[b]!
        const next = from + size * bins + j
        if (next < x.length) for (let b = 0; b < bins; b++) if (x[next + b]! > head[b]!) head[b] = x[next + b]!
      }
    }
    return out
  }

/** One number for each 2 × 2 square. */
const squares =
  (value: (a: number, b: number, c: number, d: number) => number): Loops =>
  (x, bins) => {
    const out = new Float32Array(x.length / 4)
    for (let o = 0, row = 0; o < out.length; row += 2 * bins)
      for (let j = row; j < row + bins; j += 2) out[o++] = value(x[j]!, x[j + 1]!, x[j + bins]!, x[j + bins + 1]!)
    return out
  }

function highest(a: number, b: number, c: number, d: number): number {
  return Math.max(Math.max(a, b), Math.max(c, d))
}
export const maxSquares: Loops = squares(highest)
export const meanSquares: Loops = squares((a, b, c, d) => (a + b + c + d) / 4)
export const mixedSquares: Loops = squares((a, b, c, d) => 0.5 * highest(a, b, c, d) + 0.125 * (a + b + c + d))

/** Maxima of 3 × 3 at every place, from those of three frames, each found once. */
export const maxThrees: Loops = (x, bins) => {
  const out = new Float32Array((x.length / bins - 2) * (bins - 2))
  const column = (at: number) => Math.max(Math.max(x[at]!, x[at + bins]!), x[at + 2 * bins]!)
  for (let o = 0, row = 0; o < out.length; row += bins) {
    let before = column(row)
    let middle = column(row + 1)
    for (let b = 2; b < bins; b++) {
      const after = column(row + b)
      out[o++] = Math.max(Math.max(before, middle), after)
      before = middle
      middle = after
    }
  }
  return out
}

/** Maxima of squares twice as large as their stride: of four squares of the stride each. */
export const maxHalfway =
  (stride: number): Loops =>
  (x, bins) => {
    const [rows, columns] = [Math.floor(x.length / bins / stride), Math.floor(bins / stride)]
    const cells = new Float32Array(rows * columns)
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const at = row * stride * bins + column * stride
        let high = x[at]!
        for (let t = at; t < at + stride * bins; t += bins) for (let j = t; j < t + stride; j++) if (x[j]! > high) high = x[j]!
        cells[row * columns + column] = high
      }
    }
    const out = new Float32Array((rows - 1) * (columns - 1))
    for (let o = 0, at = 0; o < out.length; at++)
      for (const end = at + columns - 1; at < end; at++)
        out[o++] = highest(cells[at]!, cells[at + 1]!, cells[at + columns]!, cells[at + columns + 1]!)
    return out
  }

/** Means of `count` × `count` cells that the frames and the bins divide into. */
export const meanCells =
  (count: number): Loops =>
  (x, bins) => {
    const out = new Float32Array(count * count)
    const [long, wide] = [x.length / bins / count, bins / count]
    for (let row = 0, at = 0; row < count; row++) {
      const sums = new Float64Array(count)
      for (let t = 0; t < long; t++) {
        for (let cell = 0; cell < count; cell++) {
          let sum = 0
          for (const end = at + wide; at < end; at++) sum += x[at]!
          sums[cell]! += sum
        }
      }
      for (let cell = 0; cell < count; cell++) out[row * count + cell] = sums[cell]! / (long * wide)
    }
    return out
  }

/** Mean and deviation of the whole, its halves and its quarters, from the sums of the quarters. */
export const pyramid: Loops = (x, bins) => {
  const quarter = x.length / bins / 4
  const parts = [0, 1, 2, 3].map((part) => {
    const [sums, squares] = [new Float64Array(bins), new Float64Array(bins)]
    for (let at = part * quarter * bins; at < (part + 1) * quarter * bins; at += bins) {
      for (let b = 0; b < bins; b++) {
        const value = x[at + b]!
        sums[b]! += value
        squares[b]! += value * value
      }
    }
    return { sums, squares }
  })
  const out = new Float32Array(7 * 2 * bins)
  let o = 0
  for (const count of [1, 2, 4]) {
    for (let from = 0; from < 4; from += 4 / count) {
      const [own, n] = [parts.slice(from, from + 4 / count), (4 / count) * quarter]
      for (let b = 0; b < bins; b++) {
        const middle = own.reduce((sum, { sums }) => sum + sums[b]!, 0) / n
        out[o + b] = middle
        out[o + bins + b] = Math.sqrt(own.reduce((sum, { squares }) => sum + squares[b]!, 0) / n - middle * middle)
      }
      o += 2 * bins
    }
  }
  return out
}
