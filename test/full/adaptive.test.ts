// Adaptive windows over long sequences of unknown length, beside those of the known length.
import fc from 'fast-check'
import { adaptivePool1d, apply, frames, open, spanOf } from 'poolwise'
import { expect, test } from 'vitest'
import { adaptiveWindows } from '../../src/core/window.ts'
import { randomOf } from '../evaluate/random.ts'
import { cut } from '../laws/laws.ts'

/** Bytes of all arrays in a state. */
function bytes(state: unknown): number {
  if (ArrayBuffer.isView(state)) return state.byteLength
  if (typeof state !== 'object' || state === null) return 0
  return Object.values(state).reduce((sum: number, part) => sum + bytes(part), 0)
}

/** As likely to be below 1000 as above. */
const lengths = fc.double({ min: 0, max: 6, noNaN: true }).map((exponent) => Math.round(10 ** exponent))

test('up to a million frames: ends, means and maxima are within the bound of those of the known length, and the state stays within what its windows need', () => {
  let [farthest, most] = [0, 0]
  fc.assert(
    fc.property(
      lengths,
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 5 }),
      fc.string(),
      (length, size, sizes, seed) => {
        const random = randomOf(seed)
        // A walk, so that neighbors are alike: neither the mean nor the maximum of a window can change by much where its ends move by a little.
        let x = 1000
        const input = frames(
          Float32Array.from({ length }, () => {
            x += random() - 0.5
            return x
          }),
          { hop: 1 },
        )
        const stage = adaptivePool1d(['mean', 'max'], { count: size })
        const known = apply(input, stage)
        const { length: _, ...layout } = input.layout
        const machine = open(stage, { ...layout, live: true })
        // With 16 panes for each window there is no room for more.
        const filled = open(stage, { ...layout, live: true })
        filled.push({ layout: { ...layout, live: true }, start: 0, length: 16 * size, data: new Float32Array(16 * size).fill(1) })
        const full = bytes(filled.save().state)
        // Small blocks of long sequences would take their time.
        const scaled = sizes.map((n) => Math.max(n, Math.ceil(length / 500)))
        for (const part of cut({ ...input, layout: { ...layout, live: true } }, scaled)) {
          expect(machine.push(part)).toBeUndefined()
          if (part.start % 3 === 0) expect(bytes(machine.save().state)).toBeLessThanOrEqual(full)
        }
        const out = machine.close()!
        expect(bytes(machine.save().state)).toBeLessThanOrEqual(full)
        expect(out.length).toBe(size)
        const bound = length / (16 * size)
        // 0.5 a step, and float32's rounding of numbers around 1000.
        const slope = 0.5 + 2.5e-4
        for (const [i, [from, to]] of adaptiveWindows('torch', size, length).entries()) {
          const [start, end] = spanOf(out, i)
          farthest = Math.max(farthest, Math.abs(start - from) / bound, Math.abs(end - to) / bound)
          expect(Math.abs(start - from)).toBeLessThanOrEqual(bound)
          expect(Math.abs(end - to)).toBeLessThanOrEqual(bound)
          expect(Math.abs(out.weights![i]! - known.weights![i]!)).toBeLessThanOrEqual(2 * bound)
          const [mean, max] = out.data.subarray(2 * i, 2 * i + 2)
          const [knownMean, knownMax] = known.data.subarray(2 * i, 2 * i + 2)
          // Every frame of one window is at most `bound` from one of the other.
          expect(Math.abs(max! - knownMax!)).toBeLessThanOrEqual(slope * bound)
          // Windows of which 2·bound frames differ: no more of the mean than that share of all there is between the smallest and the largest.
          const around = input.data.subarray(Math.min(from, start), Math.max(to, end))
          const spread = around.reduce((a, b) => Math.max(a, b)) - around.reduce((a, b) => Math.min(a, b))
          expect(Math.abs(mean! - knownMean!)).toBeLessThanOrEqual((spread * 2 * bound) / (to - from) + 2.5e-4)
          most = Math.max(most, Math.abs(mean! - knownMean!) / Math.max(spread, 1))
        }
      },
    ),
    {
      numRuns: 60,
      examples: [
        [1_000_000, 7, [40_000], 'a million'],
        [1_000_000, 1, [9999], 'one window'],
        [999_999, 40, [20_001], 'forty windows'],
      ],
    },
  )
  console.log(
    `the farthest end: ${(100 * farthest).toFixed(0)} % of the bound off; means: at most ${(100 * most).toFixed(2)} % of what a window spans off`,
  )
})
