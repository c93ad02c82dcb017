import fc from 'fast-check'
import { apply, type Frames, frames, globalPool, open, pool1d, quantile, segmentPool, slice, spanOf } from 'poolwise'
import { describe, expect, test } from 'vitest'
import type { PoolingName } from '../../src/poolings/named.ts'
import { cuts, ignoresUnseen, said, sequence, streams } from '../laws/laws.ts'

const names: PoolingName[] = ['mean', 'stats', 'max', 'argmax', 'first']

/** First frame and end of every segment: the definition, frame by frame. */
function segmentsOf({ length, boundaries }: Frames, min: number, max: number): [from: number, to: number][] {
  const starts: number[] = []
  for (let t = 0; t < length; t++) {
    const since = t - (starts.at(-1) ?? t)
    if (t === 0 || (boundaries?.[t] && since >= min) || since === max) starts.push(t)
  }
  return starts.map((from, i) => [from, starts[i + 1] ?? length])
}

/** A part of a sequence as a sequence of its own. */
function alone(input: Frames, [from, to]: [number, number]): Frames {
  const { spans: _, boundaries: __, ...part } = slice(input, from, to)
  return { ...part, start: 0, layout: { ...input.layout, length: to - from, clock: { unit: 'token', start: 0, hop: 1 } } }
}

describe('segmentPool', () => {
  const sizes = fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom(3, 7, Infinity))
    .map(([min, more]): [number, number] => [min, min + more])

  test('is global pooling of each segment, with its span and its mark', () => {
    fc.assert(
      fc.property(sequence(40, { bins: 2 }), fc.constantFrom(...names), sizes, (input, name, [min, max]) => {
        const given = segmentPool(name, { min, ...(max < Infinity && { max }), unseen: 'keep' })
        const segments = segmentsOf(input, min, max)
        const out = apply(input, given)
        expect(out.length).toBe(segments.length)
        for (const [i, segment] of segments.entries()) {
          const expected = apply(alone(input, segment), globalPool(name))
          const lanes = out.data.length / out.length
          expect([...out.data.subarray(i * lanes, (i + 1) * lanes)]).toEqual([...expected.data])
          expect(out.weights![i]).toBe(expected.weights![0])
          expect(spanOf(out, i)).toEqual([spanOf(input, segment[0])[0], spanOf(input, segment[1] - 1)[1]])
          expect(out.boundaries?.[i] ?? 0).toBe(input.boundaries?.[segment[0]] ?? 0)
        }
        const seen = apply(input, segmentPool(name, { min, ...(max < Infinity && { max }) }))
        expect(seen.length).toBe(segments.filter((_, i) => out.weights![i]! > 0).length)
      }),
    )
  })

  test('streams, and never sees a frame of weight 0', () => {
    const stages = [segmentPool('stats'), segmentPool(quantile(), { max: 5 }), segmentPool('covariance', { min: 2, unseen: 'keep' })]
    fc.assert(
      fc.property(sequence(40, { bins: 2 }), fc.constantFrom(...stages), cuts, fc.nat(), (input, stage, sizes, at) => {
        streams(stage, input, sizes, at)
        ignoresUnseen(stage, input)
      }),
    )
  })

  test('pools pooled frames: their marks are those of what they newly cover', () => {
    const input = frames([1, 2, 3, 4, 5, 6, 7, 8], { boundaries: [1, 0, 0, 0, 1, 0, 0, 0] })
    expect([...apply(input, pool1d('mean', { size: 2 }), segmentPool('mean')).data]).toEqual([2.5, 6.5])
  })

  test('a live source gives a segment when the next one begins', () => {
    const block = frames([1, 2, 3, 4], { boundaries: [1, 0, 0, 1] })
    const { length: _, ...rest } = block.layout
    const layout = { ...rest, live: true as const }
    const machine = open(segmentPool('mean'), layout)
    expect(said(machine.push({ ...block, layout }))).toMatchObject({ length: 1, data: Float32Array.of(2) })
  })

  test('refuses what makes no segments', () => {
    expect(() => segmentPool('mean', { min: 0 })).toThrow('segmentPool: min must be an integer ≥ 1, got 0')
    expect(() => segmentPool('mean', { min: 5, max: 4 })).toThrow('segmentPool: max must be at least min, 5, got 4')
    expect(() => segmentPool('mean', { unseen: 'mask' as 'drop' })).toThrow('unseen must be one of drop, keep')
    expect(() => segmentPool(quantile()).plan(frames([1]).layout)).toThrow('keeps the values of a region, so expected a max, got none')
    expect(() => segmentPool('mean', { min: '1s', max: '10ms' }).plan(frames([1], { hop: 0.01 }).layout)).toThrow(
      'max must be at least min',
    )
  })
})
