// Lost samples: a frame that holds one is unseen, whichever block told of it and however long ago.
import fc from 'fast-check'
import { apply, blocks, frames, open, rms, spectrogram } from 'poolwise'
import { expect, test } from 'vitest'
import { join } from '../../src/core/frames.ts'

test('blocks that lost nothing need not say so', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.nat(999), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 }),
      (length, hop, lost, sizes) => {
        const weights = new Float32Array(1000).fill(1)
        for (const at of lost) weights[at] = 0
        const input = frames(new Float32Array(1000), { hop: 1e-3, weights })
        const machine = open(rms({ length, hop }), input.layout)
        const given = [...blocks(input, 1)]
        const parts = []
        for (let from = 0, i = 0; from < 1000; i++) {
          const block = join(given.slice(from, from + sizes[i % sizes.length]!))!
          const { weights: said, ...rest } = block
          parts.push(machine.push(said!.includes(0) ? block : rest))
          from += block.length
        }
        const pooled = join([...parts, machine.close()])!
        const seen = Array.from({ length: pooled.length }, (_, i) => Number(!weights.subarray(i * hop, i * hop + length).includes(0)))
        expect([...(pooled.weights ?? new Float32Array(pooled.length).fill(1))]).toEqual(seen)
      },
    ),
  )
})

test('reflected, they are unseen twice', () => {
  const weights = new Float32Array(100).fill(1)
  weights[3] = 0
  const input = frames(new Float32Array(100), { hop: 1e-3, weights })
  const { weights: seen } = apply(input, spectrogram({ fft: 8, length: 8, hop: 2, center: true }))
  // Frame i is around sample 2i; before the signal stand samples 4, 3, 2, 1.
  expect([...seen!].flatMap((weight, i) => (weight === 0 ? [i] : []))).toEqual([0, 1, 2, 3])
})
