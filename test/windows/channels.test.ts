import fc from 'fast-check'
import { apply, channelPool, covariance, frames, gem, quantile, stageFrom } from 'poolwise'
import { describe, expect, test } from 'vitest'
import { cuts, sequence, streams } from '../laws/laws.ts'
import { property } from '../property.ts'

describe('channelPool', () => {
  property([sequence(9, { planes: 2, bins: 3, channels: 4 })])(
    'pools each bin over the channels of its frame, as a loop does it',
    (input) => {
      // What comes of nothing has no marks.
      fc.pre(input.length > 0)
      const out = apply(input, channelPool(['mean', 'max', 'std', 'argmax', 'last']))
      expect(out.layout).toMatchObject({ planes: 10, bins: 3, channels: 1, clock: input.layout.clock })
      expect([out.length, out.weights, out.boundaries, out.spans]).toEqual([input.length, input.weights, input.boundaries, input.spans])
      for (let t = 0; t < input.length; t++) {
        for (let row = 0; row < 6; row++) {
          const from = (t * 6 + row) * 4
          const values = [...input.data.subarray(from, from + 4)]
          const mean = values.reduce((sum, x) => sum + x, 0) / 4
          const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 4)
          const expected = [mean, Math.max(...values), deviation, values.indexOf(Math.max(...values)), values[3]!]
          for (const [o, x] of expected.entries()) {
            const y = out.data[(t * 5 + o) * 6 + row]!
            expect(Math.abs(y - x)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(x)))
          }
        }
      }
    },
  )

  test('names what it gives, and what poolings keep their values gives too', () => {
    const stereo = frames([1, 3, 5, 9], { bins: 2, channels: 2, names: { bins: ['low', 'high'], channels: ['left', 'right'] } })
    const out = apply(stereo, channelPool(['mean', quantile()]))
    expect([...out.data]).toEqual([2, 7, 2, 7])
    expect(out.layout.names).toEqual({ planes: ['mean', ...quantile().outputs], bins: ['low', 'high'], channels: [''] })
    expect([...apply(frames([1, 5, 2]), channelPool('max')).data]).toEqual([1, 5, 2])
  })

  test('takes float64 as it is', () => {
    expect([...apply(frames(Float64Array.of(2 ** 24 + 1, 1), { channels: 2 }), channelPool('sum')).data]).toEqual([2 ** 24 + 2])
  })

  test('the same bits whatever the blocks, saved or not, length known or not', () => {
    const stage = channelPool(['mean', gem()])
    fc.assert(fc.property(sequence(24, { bins: 2, channels: 3 }), cuts, fc.nat(30), (block, sizes, at) => streams(stage, block, sizes, at)))
    expect(stageFrom(JSON.parse(JSON.stringify(stage.spec))).spec).toEqual(stage.spec)
  })

  test('refuses poolings across lanes', () => {
    expect(() => apply(frames([1, 2], { channels: 2 }), channelPool(covariance()))).toThrow(
      'channelPool: expected a pooling of each lane for itself, got "covariance", which pools across them',
    )
  })
})
