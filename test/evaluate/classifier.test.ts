import { describe, expect, test } from 'vitest'
import { classify, logistic, standardizer } from './classifier.ts'
import { randomOf } from './random.ts'

const random = randomOf('classifier')
const noise = () => random() + random() + random() - 1.5
/** Vectors of classes whose means are apart by so much. */
const clouds = (count: number, length: number, classes: number, apart: number) => {
  const labels = Array.from({ length: count }, (_, i) => i % classes)
  return { labels, vectors: labels.map((label) => Float32Array.from({ length }, (_, k) => noise() + (k % classes === label ? apart : 0))) }
}
const sum = (values: Iterable<number>) => [...values].reduce((total, x) => total + x, 0)
const dot = (a: Float64Array, b: Float64Array) => sum(a.map((x, k) => x * b[k]!))

describe('logistic', () => {
  test.each([
    [60, 5, 3, 1],
    [40, 90, 4, 1],
    [50, 20, 2, 0.1],
    [50, 20, 5, 30],
  ])('%i vectors of %i, %i classes, strength %d: the gradient is 0 at the solution', (count, length, classes, strength) => {
    const { labels, vectors } = clouds(count, length, classes, 0.5)
    const inputs = vectors.map(standardizer(vectors))
    const weights = logistic(inputs, labels, classes, strength)
    const gradient = (rows: readonly Float64Array[]) => {
      const out = rows.map((row) => row.map((x) => strength * x))
      for (const [i, input] of inputs.entries()) {
        const powers = rows.map((row) => Math.exp(dot(row, input)))
        for (const [c, row] of out.entries())
          for (const [k, x] of input.entries()) row[k]! += (powers[c]! / sum(powers) - Number(labels[i] === c)) * x
      }
      return Math.sqrt(sum(out.map((row) => dot(row, row))))
    }
    expect(gradient(weights) / gradient(weights.map((row) => row.map(() => 0)))).toBeLessThan(1e-4)
  })

  test('of two points the weight that solves its equation', () => {
    // x = ±1, W = ∓w/2: the loss 2 log(1 + e^−w) + strength w²/4 is least where strength w = 4 / (1 + e^w).
    const inputs = [1, -1].map((x) => Float64Array.of(x))
    const [first, second] = logistic(inputs, [0, 1], 2, 0.5)
    const w = first![0]! - second![0]!
    expect(0.5 * w).toBeCloseTo(4 / (1 + Math.exp(w)), 3)
    expect(first![0]).toBeCloseTo(-second![0]!, 12)
  })
})

describe('classify', () => {
  const names = (labels: readonly number[]) => labels.map((label) => `class ${label}`)

  test('tells apart what lies apart, and what was not seen', () => {
    const { vectors, labels } = clouds(200, 12, 4, 3)
    expect(classify(vectors.slice(0, 100), names(labels.slice(0, 100)), vectors.slice(100))).toEqual(names(labels.slice(100)))
  })

  test('labels of nothing but chance are found as often as chance finds them', () => {
    const { vectors, labels } = clouds(600, 8, 4, 0)
    const found = classify(vectors.slice(0, 300), names(labels.slice(0, 300)), vectors.slice(300))
    const right = found.filter((label, i) => label === `class ${labels[300 + i]}`).length
    // A quarter of 300, with deviation 7.5.
    expect(Math.abs(right - 75)).toBeLessThan(23)
  })

  test('scale and offset of a component do not matter, nor does a constant one, nor the order of the vectors', () => {
    const { vectors, labels } = clouds(90, 6, 3, 0.6)
    const answers = (all: readonly Float32Array[], order = labels.map((_, i) => i)) => {
      const train = order.filter((i) => i < 60)
      return classify(
        train.map((i) => all[i]!),
        names(train.map((i) => labels[i]!)),
        all.slice(60),
      )
    }
    const right = answers(vectors)
    expect(new Set(right).size).toBe(3)
    expect(answers(vectors.map((vector) => Float32Array.of(...vector.map((x, k) => x * 2 ** k + k), 7)))).toEqual(right)
    expect(answers(vectors, labels.map((_, i) => i).reverse())).toEqual(right)
  })
})
