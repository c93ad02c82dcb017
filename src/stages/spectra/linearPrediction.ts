/** What a signal is predicted by: x[t] ≈ −Σ a[k]·x[t − k], a[0] = 1, and the mean square of what is left, on which the spectrum's level rests. */
export interface Prediction {
  readonly coefficients: Float64Array
  readonly error: number
}

/** What is a millionth of a billionth of a sum of squares is rounding. */
const nothing = 1e-15

/** Of the autocorrelation, by Levinson and Durbin's recursion: always a stable filter. Source: Makhoul 1975. */
export function byAutocorrelation(x: Float64Array, order: number): Prediction {
  const correlation = Float64Array.from({ length: order + 1 }, (_, lag) => {
    let sum = 0
    for (let t = lag; t < x.length; t++) sum += x[t]! * x[t - lag]!
    return sum
  })
  const a = new Float64Array(order + 1)
  a[0] = 1
  let error = correlation[0]!
  for (let n = 1; n <= order && error > nothing * correlation[0]!; n++) {
    let sum = correlation[n]!
    for (let k = 1; k < n; k++) sum += a[k]! * correlation[n - k]!
    error = reflect(a, n, -sum / error, error)
  }
  return { coefficients: a, error: error / x.length }
}

/** By Burg's method: least errors forward and backward, without a window's smearing. Source: Childers 1978, as Praat has it. */
export function byBurg(x: Float64Array, order: number): Prediction {
  const [forward, backward] = [x.slice(), x.slice()]
  const a = new Float64Array(order + 1)
  a[0] = 1
  const power = x.reduce((sum, y) => sum + y * y, 0) / x.length
  let error = power
  for (let n = 1; n <= order && error > nothing * power; n++) {
    let [common, squares] = [0, 0]
    for (let t = n; t < x.length; t++) {
      common += forward[t]! * backward[t - 1]!
      squares += forward[t]! ** 2 + backward[t - 1]! ** 2
    }
    if (!(squares > 0)) break
    const k = (-2 * common) / squares
    error = reflect(a, n, k, error)
    for (let t = x.length - 1; t >= n; t--) {
      const [f, b] = [forward[t]!, backward[t - 1]!]
      forward[t] = f + k * b
      backward[t] = b + k * f
    }
  }
  return { coefficients: a, error }
}

/** Takes a prediction of order n − 1 to order n by its reflection coefficient, and gives what error is left. */
function reflect(a: Float64Array, n: number, k: number, error: number): number {
  for (let i = 1; i <= n >> 1; i++) {
    const [low, high] = [a[i]!, a[n - i]!]
    a[i] = low + k * high
    a[n - i] = high + k * low
  }
  a[n] = k
  return error * (1 - k * k)
}

/**
 * The roots of Σ a[k]·z^(n − k), a[0] being 1, all at once by Aberth and Ehrlich's iteration: real and imaginary parts. Some hundredths of a hertz are enough for what they are used for.
 * Source: Aberth 1973.
 */
export function rootsOf(a: Float64Array): { readonly re: Float64Array; readonly im: Float64Array } {
  const n = a.length - 1
  // Apart from one another, and off the real axis, on a circle within that of stable filters.
  const angle = (k: number) => (2 * Math.PI * (k + 0.35)) / n
  const re = Float64Array.from({ length: n }, (_, k) => 0.9 * Math.cos(angle(k)))
  const im = Float64Array.from({ length: n }, (_, k) => 0.9 * Math.sin(angle(k)))
  for (let round = 0; round < 100; round++) {
    let moved = 0
    for (let k = 0; k < n; k++) {
      const [x, y] = [re[k]!, im[k]!]
      // The polynomial and its derivative at z = x + iy, by Horner's rule.
      let [p, q, dp, dq] = [1, 0, 0, 0]
      for (let i = 1; i <= n; i++) {
        ;[dp, dq] = [dp * x - dq * y + p, dp * y + dq * x + q]
        ;[p, q] = [p * x - q * y + a[i]!, p * y + q * x]
      }
      if (p === 0 && q === 0) continue
      // z moves by 1 / (derivative / polynomial − Σ 1 / (z − other)).
      const size = p * p + q * q
      let [u, v] = [(dp * p + dq * q) / size, (dq * p - dp * q) / size]
      for (let j = 0; j < n; j++) {
        if (j === k) continue
        const [dx, dy] = [x - re[j]!, y - im[j]!]
        const distance = dx * dx + dy * dy || Number.MIN_VALUE
        u -= dx / distance
        v += dy / distance
      }
      const square = u * u + v * v
      if (!(square > 0 && square < Infinity)) continue
      re[k] = x - u / square
      im[k] = y + v / square
      moved = Math.max(moved, 1 / square)
    }
    if (moved < 1e-24) break
  }
  return { re, im }
}
