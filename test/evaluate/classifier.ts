// A linear classifier: multinomial logistic regression. The kept package (ml-logistic-regression) has no penalty and fits a class at a time by plain descent.

export interface ClassifierOptions {
  /** What the squared weights cost, by half: scikit-learn's 1 / C. */
  readonly strength?: number
}

/** As many vectors as there are labels, and others: the labels that a classifier trained on the first gives the others. Components are standardized by the first. */
export function classify(
  train: readonly Float32Array[],
  labels: readonly string[],
  test: readonly Float32Array[],
  { strength = 1 }: ClassifierOptions = {},
): string[] {
  const classes = [...new Set(labels)].sort()
  const standard = standardizer(train)
  const weights = logistic(
    train.map(standard),
    labels.map((label) => classes.indexOf(label)),
    classes.length,
    strength,
  )
  return test.map(standard).map((vector) => {
    const scores = weights.map((row) => product(row, vector))
    return classes[scores.indexOf(Math.max(...scores))]!
  })
}

/** Brings each component to mean 0 and deviation 1 over these vectors, one that is constant to 0; a constant 1 comes last. */
export function standardizer(vectors: readonly Float32Array[]): (vector: Float32Array) => Float64Array {
  const mean = (of: (vector: Float32Array, k: number) => number) =>
    Float64Array.from(vectors[0]!, (_, k) => vectors.reduce((sum, vector) => sum + of(vector, k), 0) / vectors.length)
  const means = mean((vector, k) => vector[k]!)
  const deviations = mean((vector, k) => (vector[k]! - means[k]!) ** 2).map((x) => (x > 1e-20 ? Math.sqrt(x) : 1))
  return (vector) =>
    Float64Array.from({ length: vector.length + 1 }, (_, k) => (k < vector.length ? (vector[k]! - means[k]!) / deviations[k]! : 1))
}

/**
 * The weights, a row a class, where −Σ log softmax(W x)[class of x] + ½ strength ‖W‖² is least.
 *
 * They are sums of the inputs, W = Aᵀ X, so L-BFGS runs on A (inputs × classes), with G = X Xᵀ for inner products: the gradient is P − Y + strength · A, and a step costs inputs² × classes
 * however long the inputs are. Vectors are kept as [V, G V], so that only gradients are ever multiplied by G. Source: Nocedal, Wright, "Numerical Optimization", algorithm 7.4.
 */
export function logistic(inputs: readonly Float64Array[], labels: readonly number[], classes: number, strength: number): Float64Array[] {
  const count = inputs.length
  const half = count * classes
  const gram = gramOf(inputs)
  const inner = (a: Float64Array, b: Float64Array) => product(a.subarray(0, half), b.subarray(half))
  const gradientAt = (at: Float64Array): readonly [gradient: Float64Array, loss: number] => {
    const gradient = new Float64Array(2 * half)
    let loss = (strength / 2) * inner(at, at)
    for (let i = 0; i < count; i++) {
      const [from, to] = [i * classes, (i + 1) * classes]
      const scores = at.subarray(half + from, half + to)
      const most = Math.max(...scores)
      const sum = scores.reduce((total, score) => total + Math.exp(score - most), 0)
      loss += Math.log(sum) + most - scores[labels[i]!]!
      for (let c = 0; c < classes; c++)
        gradient[from + c] = Math.exp(scores[c]! - most) / sum - Number(c === labels[i]) + strength * at[from + c]!
    }
    multiply(gradient.subarray(half), gram, gradient.subarray(0, half), classes)
    return [gradient, loss]
  }

  /** Minus a gradient, divided by the curvature where L-BFGS begins, W = 0: U = −(G / classes + strength)⁻¹ V, so G U = −classes · (V + strength · U). */
  const inverted = inverse(
    gram.map((x, i) => x / classes + (i % (count + 1) === 0 ? strength : 0)),
    count,
  )
  const divided = (vector: Float64Array) => {
    const out = new Float64Array(2 * half)
    multiply(out, inverted, vector.subarray(0, half), classes)
    for (let i = 0; i < half; i++) {
      out[i]! *= -1
      out[half + i] = -classes * (vector[i]! + strength * out[i]!)
    }
    return out
  }

  let at: Float64Array = new Float64Array(2 * half)
  let [gradient, loss] = gradientAt(at)
  const least = 1e-8 * inner(gradient, gradient)
  const past: { readonly step: Float64Array; readonly turn: Float64Array; readonly bend: number }[] = []
  for (let round = 0; round < 500 && inner(gradient, gradient) > least; round++) {
    // The two loops: the direction is the gradient through what the last steps told of the curvature.
    let way = gradient.slice()
    const shares = past.map(({ step, turn, bend }) => {
      const share = inner(step, way) / bend
      add(way, -share, turn)
      return share
    })
    way = divided(way)
    for (let p = past.length - 1; p >= 0; p--) {
      const { step, turn, bend } = past[p]!
      add(way, -shares[p]! - inner(turn, way) / bend, step)
    }
    const slope = inner(gradient, way)
    let length = 1
    let [next, then] = [at, [gradient, loss] as const]
    do {
      next = add(at.slice(), length, way)
      then = gradientAt(next)
      length /= 2
    } while (then[1] > loss + 1e-4 * 2 * length * slope && length > 1e-10)
    const step = add(next.slice(), -1, at)
    const turn = add(then[0].slice(), -1, gradient)
    past.unshift({ step, turn, bend: inner(step, turn) })
    past.splice(10)
    at = next
    ;[gradient, loss] = then
  }
  return Array.from({ length: classes }, (_, c) => {
    const row = new Float64Array(inputs[0]!.length)
    for (let i = 0; i < count; i++) add(row, at[i * classes + c]!, inputs[i]!)
    return row
  })
}

function gramOf(inputs: readonly Float64Array[]): Float64Array {
  const count = inputs.length
  const gram = new Float64Array(count * count)
  for (let i = 0; i < count; i++) for (let j = 0; j <= i; j++) gram[i * count + j] = gram[j * count + i] = product(inputs[i]!, inputs[j]!)
  return gram
}

/** Adds a square matrix times one of `columns` columns to `to`, four rows at a time: it is most of the work. */
function multiply(to: Float64Array, square: Float64Array, matrix: Float64Array, columns: number): void {
  const count = matrix.length / columns
  for (let i = 0; i < count; i++) {
    const at = i * columns
    let j = 0
    for (; j + 3 < count; j += 4) {
      const [first, second, third] = [j * columns, (j + 1) * columns, (j + 2) * columns]
      const k = i * count + j
      const [p, q, r, s] = [square[k]!, square[k + 1]!, square[k + 2]!, square[k + 3]!]
      for (let c = 0, fourth = third + columns; c < columns; c++)
        to[at + c]! += p * matrix[first + c]! + q * matrix[second + c]! + r * matrix[third + c]! + s * matrix[fourth + c]!
    }
    for (; j < count; j++) for (let c = 0, x = square[i * count + j]!; c < columns; c++) to[at + c]! += x * matrix[j * columns + c]!
  }
}

/** Of a positive definite matrix, in its place, by elimination: it needs no pivots. */
function inverse(matrix: Float64Array, count: number): Float64Array {
  for (let p = 0; p < count; p++) {
    const pivot = matrix[p * count + p]!
    matrix[p * count + p] = 1
    for (let j = 0; j < count; j++) matrix[p * count + j]! /= pivot
    for (let i = 0; i < count; i++) {
      if (i === p) continue
      const factor = matrix[i * count + p]!
      matrix[i * count + p] = 0
      for (let j = 0; j < count; j++) matrix[i * count + j]! -= factor * matrix[p * count + j]!
    }
  }
  return matrix
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function add(to: Float64Array, factor: number, what: Float64Array): Float64Array {
  for (let i = 0; i < to.length; i++) to[i]! += factor * what[i]!
  return to
}
