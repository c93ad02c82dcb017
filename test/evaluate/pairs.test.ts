import { describe, expect, it } from 'vitest'
import { type Agreement, agreement, correlation, pairsOf, retrieval } from './pairs.ts'

const graded = (scores: readonly number[], cosines: readonly number[]): Agreement => ({
  pairs: scores.map((score, i) => ({ id: `${i}`, genre: '', score, a: '', b: '' })),
  cosines,
  found: [],
})
const all = [0, 1, 2, 3, 4]

describe('pairs', () => {
  it('correlates ranks, ties sharing their mean rank', () => {
    // By hand: ranks 1, 2.5, 2.5, 4, 5 and 1, 3, 2, 4.5, 4.5; 9 / √(9.5 · 9.5).
    expect(correlation(graded([0, 2, 2, 4, 5], [-1, 0.3, 0.2, 0.9, 0.9]), all)).toBeCloseTo(9 / 9.5, 12)
    expect(correlation(graded([0, 1, 2, 3, 4], [5, 4, 3, 2, 1]), all)).toBeCloseTo(-1, 12)
  })

  it('finds a paraphrase where no other second sentence is as near', () => {
    const pair = { id: 'x-1', genre: 'x', score: 5, a: 'a', b: 'b' }
    const vectors = new Map([
      ['a', Float32Array.of(1, 0)],
      ['b', Float32Array.of(1, 0.1)],
      ['c', Float32Array.of(0, 1)],
      ['d', Float32Array.of(2, 0.2)],
    ])
    const found = (other: string) =>
      retrieval(
        agreement([pair, { ...pair, score: 0, a: 'c', b: other }], (sentence) => vectors.get(sentence)!),
        [0, 1],
      )
    expect(found('c')).toBe(1)
    expect(found('d')).toBe(0)
  })

  it('are half to choose by and half to report on, without a common subject or sentence', () => {
    const [choose, report] = [pairsOf('choose'), pairsOf('report')]
    expect([choose.length, report.length]).toEqual([120, 120])
    expect(new Set([...choose, ...report].flatMap(({ a, b }) => [a, b])).size).toBe(480)
    const subjects = new Set(choose.map(({ id }) => id.replace(/-\d+$/, '')))
    expect(report.filter(({ id }) => subjects.has(id.replace(/-\d+$/, '')))).toEqual([])
  })
})
