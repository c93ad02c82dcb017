// Ten thousand spans of a long sequence, each beside what its frames alone give.
import { apply, frames, spanPool } from 'poolwise'
import { expect, test } from 'vitest'
import { randomOf } from '../evaluate/random.ts'

const [length, bins, count] = [100_000, 80, 10_000]
const random = randomOf('ten thousand spans')
const upTo = (n: number) => Math.floor(random() * n)
/** 1000 ± 1 in steps of 1/256: whole numbers whose sums, and those of their squares, float64 holds exactly. */
const steps = Int16Array.from({ length: length * bins }, () => upTo(513) - 256)
const input = frames(
  Float32Array.from(steps, (step) => 1000 + step / 256),
  { bins, hop: 0.01 },
)
const spans = Array.from({ length: count }, (): [from: number, to: number] => {
  const [a, b] = [upTo(length), upTo(length)]
  return [Math.min(a, b), Math.max(a, b) + 1]
})

/** Sums of a band's values up to each frame. */
function sums(band: number, of: (step: number) => number): Float64Array {
  const all = new Float64Array(length + 1)
  for (let t = 0; t < length; t++) all[t + 1] = all[t]! + of(steps[t * bins + band]!)
  return all
}

/** The largest of 2ᵏ values of a band from each frame on, by k. */
function largest(band: number): Int16Array[] {
  const levels = [Int16Array.from({ length }, (_, t) => steps[t * bins + band]!)]
  for (let width = 1; 2 * width <= length; width *= 2) {
    const last = levels.at(-1)!
    levels.push(last.map((x, t) => Math.max(x, last[Math.min(length - 1, t + width)]!)))
  }
  return levels
}

test('mean, deviation and maximum of 10,000 random spans are those of their frames, at an offset of 1000', () => {
  const stats = apply(input, spanPool('stats', { spans })).data
  const mean = apply(input, spanPool('mean', { spans })).data
  const max = apply(input, spanPool('max', { spans })).data
  const off = { mean: 0, std: 0, max: 0 }
  for (let band = 0; band < bins; band++) {
    const [sum, squares, levels] = [sums(band, (x) => x), sums(band, (x) => x * x), largest(band)]
    for (const [i, [from, to]] of spans.entries()) {
      const n = to - from
      const [s, q] = [sum[to]! - sum[from]!, squares[to]! - squares[from]!]
      const middle = 1000 + s / n / 256
      const deviation = Math.sqrt(n * q - s * s) / n / 256
      const level = levels[Math.floor(Math.log2(n))]!
      const most = 1000 + Math.max(level[from]!, level[to - 2 ** Math.floor(Math.log2(n))]!) / 256
      const far = (x: number, y: number) => (x === y ? 0 : Math.abs(x - y) / Math.abs(y))
      off.mean = Math.max(off.mean, far(mean[i * bins + band]!, middle), far(stats[2 * i * bins + band]!, middle))
      off.std = Math.max(off.std, far(stats[(2 * i + 1) * bins + band]!, deviation))
      off.max = Math.max(off.max, far(max[i * bins + band]!, most))
    }
  }
  console.log(`off by at most: mean ${off.mean.toExponential(1)}, std ${off.std.toExponential(1)}, max ${off.max}`)
  // Results are float32: half a unit in the last place is 6e-8.
  expect(off.mean).toBeLessThan(1e-7)
  expect(off.std).toBeLessThan(1e-6)
  expect(off.max).toBe(0)
})
