// How far apart two engines' numbers are.
import type { Report } from './report.ts'

type Numbers = Report['numbers'][string]

const view = new DataView(new ArrayBuffer(8))

/** Where a number stands among all floating-point numbers of its width. */
function place(x: number, single: boolean): bigint {
  if (single) view.setFloat32(0, x)
  else view.setFloat64(0, x)
  const bits = single ? BigInt(view.getInt32(0)) : view.getBigInt64(0)
  return bits < 0n ? (single ? -(2n ** 31n) : -(2n ** 63n)) - bits : bits
}

/** In words: how many numbers differ, and by how many units in the last place at most. */
export function measured(actual: Numbers, expected: Numbers): string {
  let [count, of, most] = [0, 0, 0n]
  if (actual.length !== expected.length) return `gives ${actual.length} arrays, not ${expected.length}`
  for (const [i, { single, values }] of expected.entries()) {
    const others = actual[i]!.values
    if (others.length !== values.length) return `array ${i} holds ${others.length} numbers, not ${values.length}`
    for (const [k, value] of values.entries()) {
      of++
      if (value === others[k]) continue
      count++
      const [x, y] = [Number(value), Number(others[k])]
      if (Number.isNaN(x) !== Number.isNaN(y)) return `gives ${others[k]} for ${value}`
      const apart = place(x, single) - place(y, single)
      const distance = apart < 0n ? -apart : apart
      if (distance > most) most = distance
    }
  }
  return count === 0 ? 'differs in words' : `${count} of ${of} numbers, by at most ${most} ulp`
}

/** The names of what differs. */
export function differing(actual: Readonly<Record<string, unknown>>, expected: Readonly<Record<string, unknown>>): string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(actual)])].filter((name) => actual[name] !== expected[name])
}
