// Transformers.js' pooling of tokens beside ours: equal where it is right, and where it is wrong what it gives.
import fc from 'fast-check'
import { poolTokens } from 'poolwise/tensors'
import { describe, expect, test } from 'vitest'
import { loadPeers, type Peers } from './peers.ts'

const peers = await loadPeers()
const { transformers } = peers ?? ({} as Peers)

const dimensions = 3
const tokens = fc.integer({ min: 1, max: 12 })
/** Rows of a mask, by where their zeros are. */
const masks = {
  'nothing masked': tokens.map((length) => new Array<number>(length).fill(1)),
  'padded right': tokens.chain((length) => fc.nat(length - 1).map((pad) => Array.from({ length }, (_, t) => Number(t < length - pad)))),
  'padded left': tokens.chain((length) => fc.nat(length - 1).map((pad) => Array.from({ length }, (_, t) => Number(t >= pad)))),
  holes: tokens
    .chain((length) => fc.array(fc.constantFrom(0, 1), { minLength: length, maxLength: length }))
    .filter((row) => row.includes(1)),
}

const inputs = (mask: fc.Arbitrary<number[]>) =>
  mask.chain((row) =>
    fc.tuple(
      fc.constant(row),
      fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: row.length * dimensions, maxLength: row.length * dimensions }),
    ),
  )
function tensors(row: readonly number[], data: readonly number[]) {
  const hidden = new transformers.Tensor('float32', Float32Array.from(data), [1, row.length, dimensions])
  const mask = new transformers.Tensor('int64', BigInt64Array.from(row, BigInt), [1, row.length])
  return { hidden, mask }
}
const meanOf = (row: readonly number[], data: readonly number[]) =>
  Array.from({ length: dimensions }, (_, d) => {
    const seen = row.flatMap((bit, t) => (bit === 1 ? [data[t * dimensions + d]!] : []))
    return seen.reduce((sum, x) => sum + x, 0) / Math.max(seen.length, 1e-9)
  })

describe.skipIf(!peers)('mean_pooling of Transformers.js', () => {
  test.each(Object.keys(masks) as (keyof typeof masks)[])(
    '%s: the same bits as poolTokens, which takes its tensors, and the formula',
    (kind) => {
      fc.assert(
        fc.property(inputs(masks[kind]), ([row, data]) => {
          const { hidden, mask } = tensors(row, data)
          const ours = poolTokens(hidden, mask, { pooling_mode_mean_tokens: true }).data
          expect([...ours]).toEqual([...transformers.mean_pooling(hidden, mask).data])
          expect([...ours]).toEqual(meanOf(row, data).map(Math.fround))
        }),
      )
    },
  )

  test('a row that is masked throughout: NaN there, zeros here and by the formula', () => {
    const { hidden, mask } = tensors([0, 0], [1, 2, 3, 4, 5, 6])
    const [theirs, ours] = [[...transformers.mean_pooling(hidden, mask).data], [...poolTokens(hidden, mask, 'mean').data]]
    console.log(`Transformers.js: mean_pooling of a row that is masked throughout: theirs [${theirs}], ours [${ours}]`)
    expect(ours).toEqual(meanOf([0, 0], [1, 2, 3, 4, 5, 6]))
    // Mended there, this test has nothing more to say.
    expect(theirs).toEqual([NaN, NaN, NaN])
  })
})
