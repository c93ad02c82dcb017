import fc from 'fast-check'
import { apply, blocks, frames } from 'poolwise'
import { describe, expect, test } from 'vitest'
import { chain } from '../../src/core/stage.ts'
import { embed, vectorsOf } from '../../src/stages/vectors/embed.ts'
import { property } from '../property.ts'

const vectors = vectorsOf('tiny', ['sea', 'land'], Float32Array.of(1, 2, 3, 4, 5, 6))

describe('embed', () => {
  test('replaces ids by rows of the matrix', () => {
    const out = apply(frames([1, 0, 1]), embed(vectors))
    expect([...out.data]).toEqual([4, 5, 6, 1, 2, 3, 4, 5, 6])
    expect(out.weights).toBeUndefined()
    expect(out.layout).toMatchObject({ planes: 1, bins: 3, channels: 1, length: 3, clock: { unit: 'token' } })
    expect(out.layout.names.bins).toEqual(['dim0', 'dim1', 'dim2'])
    expect(embed(vectors).spec).toEqual({ stage: 'embed', vectors: 'tiny' })
  })

  test('gives what is no row zeros of weight 0', () => {
    for (const id of [-1, 2, 0.5, Number.NaN, Infinity, -Infinity]) {
      const out = apply(frames([0, id]), embed(vectors))
      expect([...out.data]).toEqual([1, 2, 3, 0, 0, 0])
      expect([...out.weights!]).toEqual([1, 0])
    }
  })

  test('keeps weights and boundaries, and leaves its input as it was', () => {
    const input = frames([0, -1, 1], { weights: [0.5, 2, 0], boundaries: [1, 0, 1] })
    const out = apply(input, embed(vectors))
    expect([...out.weights!]).toEqual([0.5, 0, 0])
    expect([...out.boundaries!]).toEqual([1, 0, 1])
    expect([...input.weights!]).toEqual([0.5, 2, 0])
  })

  test('gives nothing for nothing', () => {
    const out = apply(frames([]), embed(vectors))
    expect([out.length, out.layout.bins]).toEqual([0, 3])
  })

  property([fc.array(fc.integer({ min: -2, max: 3 }), { minLength: 1 }), fc.integer({ min: 1, max: 5 })])(
    'does not depend on blocks',
    (ids, size) => {
      const whole = frames(ids)
      const machine = chain(embed(vectors)).plan(whole.layout).open()
      const parts = [...blocks(whole, size)].map((block) => machine.push(block)!)
      const weights = (part: (typeof parts)[number]) => [...(part.weights ?? new Float32Array(part.length).fill(1))]
      const out = apply(whole, embed(vectors))
      expect(parts.flatMap((part) => [...part.data])).toEqual([...out.data])
      expect(parts.flatMap(weights)).toEqual(weights(out))
    },
  )

  test('refuses frames of several values, and ids of another vocabulary', () => {
    expect(() => apply(frames([1, 2], { bins: 2 }), embed(vectors))).toThrow('embed: frames must be of one value, the id of a token, got 2')
    const other = frames([1], { names: { bins: ['glove.txt'] } })
    expect(() => apply(other, embed(vectors))).toThrow('embed: ids must be of the vocabulary "tiny", got "glove.txt"')
    expect([...apply(frames([0], { names: { bins: ['tiny'] } }), embed(vectors)).data]).toEqual([1, 2, 3])
  })
})

describe('vectorsOf', () => {
  test('finds words, hostile ones included, and nothing that is no word', () => {
    const words = ['__proto__', 'constructor', 'sea']
    const hostile = vectorsOf('hostile', words, new Float32Array(6))
    expect(words.map(hostile.indexOf)).toEqual([0, 1, 2])
    expect(['toString', 'hasOwnProperty', 'Sea', ''].map(hostile.indexOf)).toEqual([undefined, undefined, undefined, undefined])
    expect([hostile.wordAt(0), hostile.wordAt(3), hostile.dimensions, hostile.words]).toEqual(['__proto__', undefined, 2, 3])
  })

  test('takes the first of equal words', () => {
    expect(vectorsOf('twice', ['a', 'b', 'a'], new Float32Array(3)).indexOf('a')).toBe(0)
  })

  test('refuses a matrix that does not fit', () => {
    expect(() => vectorsOf('bad', ['a', 'b'], new Float32Array(3))).toThrow(
      'vectorsOf: matrix must hold one row for each of the 2 words, got 3',
    )
    expect(() => vectorsOf('bad', ['a'], new Float32Array(0))).toThrow('vectorsOf: matrix must hold one row for each of the 1 words, got 0')
    expect(() => vectorsOf('bad', [], new Float32Array(0))).toThrow('vectorsOf: the number of words must be an integer')
  })
})
