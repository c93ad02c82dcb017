import fc from 'fast-check'
import { apply, blocks, type Frames, formatTensors, normalizeBy, parseTensors, project, removeComponents, type TensorFile } from 'poolwise'
import { toFit } from 'poolwise/node'
import { from, lastValueFrom, of } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { cuts, sequence, streams } from '../laws/laws.ts'
import { property } from '../property.ts'
import { angle, directions, fitOf, framesOf, random, rowsIn, rowsOf } from './corpus.ts'

const lanes = 6
const rows = rowsOf(200, lanes, { seed: 7 })
const fit = await fitOf(framesOf(rows))
const [about0, aboutMean] = [directions(rows, false), directions(rows, true)]
const mean = rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length)
const some = rowsOf(20, lanes, { seed: 9, offset: 0.5 })
const close = (given: ArrayLike<number>, expected: readonly number[]) => {
  expect(given.length).toBe(expected.length)
  expected.forEach((x, i) => {
    expect(Math.abs(given[i]! - x), `[${i}]`).toBeLessThan(2e-6 * (1 + Math.abs(x)))
  })
}
const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)

describe('the fit', () => {
  test('has the eigenvectors and eigenvalues that Jacobi finds, about 0 and about the mean', () => {
    for (const [name, expected] of Object.entries({ moment: about0, covariance: aboutMean })) {
      const values = fit.tensors.get(`${name}.eigenvalues`)!.data
      const angles = rowsIn(fit, `${name}.components`).map((vector, k) => angle(vector, expected[k]!.vector))
      console.log(`${name}: the largest angle to an eigenvector by Jacobi is ${Math.max(...angles).toExponential(1)} rad`)
      expect(angles).toHaveLength(lanes)
      expect(Math.max(...angles)).toBeLessThan(1e-9)
      expected.forEach(({ value }, k) => {
        expect(Math.abs(values[k]! / value - 1)).toBeLessThan(1e-9)
      })
    }
  })

  test('has means and deviations', () => {
    close(fit.tensors.get('mean')!.data, mean)
    close(
      fit.tensors.get('std')!.data,
      mean.map((m, i) => Math.sqrt(rows.reduce((sum, row) => sum + (row[i]! - m) ** 2, 0) / rows.length)),
    )
  })

  test('points each component to where its largest number is positive, the first of several', async () => {
    const next = random(3)
    const pairs = Array.from({ length: 50 }, () => {
      const [x, y] = [next() * 5, next()]
      return [x + y, y - x]
    })
    const [first, second] = rowsIn(await fitOf(framesOf(pairs)), 'covariance.components')
    const signs = [0, 1, 2, 3].map((k) => [0, 1, 2, 3].map((i) => (k & i & 1) + ((k & i) >> 1)).map((n) => (n % 2 === 0 ? 1 : -1)))
    for (let round = 0; round < 20; round++) {
      const scaled = signs.flatMap((row, k) => [k + 1 + next(), -k - 1 - next()].map((x) => row.map((sign) => sign * x)))
      for (const vector of rowsIn(await fitOf(framesOf(scaled)), 'moment.components')) expect(vector[0]).toBeCloseTo(0.5, 6)
    }
    expect([first![0]! > 0.6, first![1]! < -0.6, second![0]! > 0.6, second![1]! > 0.6]).toEqual([true, true, true, true])
  })

  property([fc.integer({ min: 1, max: 40 })], { numRuns: 10 })('is the same to the bit whatever the blocks', async (size) => {
    const all = framesOf(rows.slice(0, 60)) as unknown as Frames
    const cut = of({ id: 'cut', frames: from([...blocks(all, size)]) })
    const one = await fitOf(framesOf(rows.slice(0, 60)))
    expect(formatTensors((await lastValueFrom(cut.pipe(toFit()))) as TensorFile)).toEqual(formatTensors(one))
  })
})

describe('removeComponents', () => {
  test.each([1, 2, 5])('takes %i components about 0 off, as SIF does', (count) => {
    const expected = some.flatMap((x) => {
      const found = about0.slice(0, count).map(({ vector }) => [vector, dot(vector, x)] as const)
      return x.map((value, i) => value - found.reduce((sum, [vector, along]) => sum + vector[i]! * along, 0))
    })
    close(apply(framesOf(some), removeComponents({ fit, count })).data, expected)
  })

  test('takes the mean off and components about it where centered', () => {
    const expected = some.flatMap((x) => {
      const centered = x.map((value, i) => value - mean[i]!)
      const found = aboutMean.slice(0, 2).map(({ vector }) => [vector, dot(vector, centered)] as const)
      return centered.map((value, i) => value - found.reduce((sum, [vector, along]) => sum + vector[i]! * along, 0))
    })
    close(apply(framesOf(some), removeComponents({ fit, count: 2, center: true })).data, expected)
  })

  test('takes components off by their shares of the eigenvalues, five of them, as uSIF does', () => {
    const total = about0.slice(0, 5).reduce((sum, { value }) => sum + value, 0)
    const expected = some.flatMap((x) =>
      x.map((value, i) => value - about0.slice(0, 5).reduce((sum, c) => sum + (c.value / total) * c.vector[i]! * dot(c.vector, x), 0)),
    )
    close(apply(framesOf(some), removeComponents({ fit, piecewise: true })).data, expected)
  })

  test('takes off one unless told otherwise', () => {
    const given = apply(framesOf(some), removeComponents({ fit }))
    expect(given).toEqual(apply(framesOf(some), removeComponents({ fit, count: 1 })))
    expect(given).not.toEqual(apply(framesOf(some), removeComponents({ fit, count: 2 })))
  })

  test('leaves weights and what was not seen as they are; NaN stays NaN', () => {
    const input = framesOf([some[0]!, some[1]!.map(() => Number.NaN), some[2]!], [0.5, 1, 0])
    const given = apply(input, removeComponents({ fit }))
    expect(given.weights).toEqual(input.weights)
    expect(given.data.subarray(lanes, 2 * lanes).every(Number.isNaN)).toBe(true)
    expect(given.data.subarray(0, lanes)).toEqual(apply(framesOf([some[0]!]), removeComponents({ fit })).data)
  })

  test('of a corpus of fewer directions takes off those there are', async () => {
    const line = framesOf([1, 2, -3].map((x) => [x, 2 * x, -x]))
    const flat = await fitOf(line)
    expect(rowsIn(flat, 'moment.components')).toHaveLength(1)
    expect(Math.max(...apply(line, removeComponents({ fit: flat, count: 3 })).data.map(Math.abs))).toBeLessThan(1e-6)
    const rounded = [1, 2, -3].map((x) => [x, 2 * x, -x].map((value) => Math.fround(1e5 + value / 3)))
    expect(rowsIn(await fitOf(framesOf(rounded)), 'covariance.components')).toHaveLength(1)
    const still = await fitOf(framesOf([0, 0, 0].map(() => [5, 0.1, 7])))
    expect([rowsIn(still, 'moment.components'), rowsIn(still, 'covariance.components')].map((all) => all.length)).toEqual([1, 0])
    close(apply(framesOf([[6, 0.1, 7]]), removeComponents({ fit: still, center: true })).data, [1, 0, 0])
    const nothing = await fitOf(framesOf([[0, 0]]))
    expect(apply(framesOf([[1, 2]]), removeComponents({ fit: nothing })).data).toEqual(Float32Array.of(1, 2))
  })
})

describe('project', () => {
  test('gives the coordinates along the components about the mean', () => {
    const stage = project({ fit, count: 3 })
    const given = apply(framesOf(some), stage)
    expect(given.layout).toMatchObject({ planes: 1, bins: 3, channels: 1, names: { bins: ['pc0', 'pc1', 'pc2'] } })
    const found = rowsIn(fit, 'covariance.components').slice(0, 3)
    const expected = some.flatMap((x) =>
      found.map((vector) =>
        dot(
          [...vector],
          x.map((value, i) => value - mean[i]!),
        ),
      ),
    )
    close(given.data, expected)
  })

  test('whitened has a variance of 1 over the corpus', () => {
    const { data } = apply(framesOf(rows), project({ fit, count: 4, whiten: true }))
    for (let k = 0; k < 4; k++) {
      const lane = data.filter((_, i) => i % 4 === k)
      expect(lane.reduce((sum, x) => sum + x * x, 0) / lane.length).toBeCloseTo(1, 5)
    }
  })

  test('refuses more components than were found', async () => {
    const line = await fitOf(framesOf([1, 2, -3].map((x) => [x, 2 * x, -x])))
    expect(() => project({ fit: line, count: 2 })).toThrow('project: count must be at most 1, the components that the fit has found, got 2')
  })
})

describe('normalizeBy', () => {
  test('gives every lane of the corpus mean 0 and deviation 1', () => {
    const { data } = apply(framesOf(rows), normalizeBy({ fit }))
    for (let i = 0; i < lanes; i++) {
      const lane = data.filter((_, k) => k % lanes === i)
      expect(lane.reduce((sum, x) => sum + x, 0) / lane.length).toBeCloseTo(0, 5)
      expect(lane.reduce((sum, x) => sum + x * x, 0) / lane.length).toBeCloseTo(1, 5)
    }
  })

  test('only centers a lane that never moved', async () => {
    const still = await fitOf(framesOf([1, 2, 3, 4].map((x) => [x, 0.1])))
    expect([...apply(framesOf([[2.5, 3.1]]), normalizeBy({ fit: still })).data]).toEqual([0, 3])
  })
})

test.each([
  ['removeComponents', removeComponents({ fit, count: 2, center: true })],
  ['project', project({ fit, count: 2 })],
  ['normalizeBy', normalizeBy({ fit })],
] as const)('%s: the same bits whatever the blocks, saved or not, length known or not', (_, stage) => {
  fc.assert(fc.property(sequence(12, { bins: lanes }), cuts, fc.nat(12), (block, sizes, at) => streams(stage, block, sizes, at)))
})

describe('fits of any origin', () => {
  const changed = (
    change: (parts: { tensors: Map<string, { shape: number[]; data: Float64Array }>; metadata: Map<string, string> }) => void,
  ) => {
    const tensors = new Map([...fit.tensors].map(([name, { shape, data }]) => [name, { shape: [...shape], data: Float64Array.from(data) }]))
    const parts = { tensors, metadata: new Map(fit.metadata) }
    change(parts)
    return parseTensors(formatTensors({ name: '', ...parts }), 'bad.safetensors')
  }
  test('one that was written and read again does the same', () => {
    const again = changed(() => {})
    expect(apply(framesOf(some), removeComponents({ fit: again }))).toEqual(apply(framesOf(some), removeComponents({ fit })))
  })
  test.each<[string, TensorFile, RegExp]>([
    [
      'another kind',
      changed(({ metadata }) => metadata.delete('kind')),
      /bad\.safetensors: expected a fit, of kind poolwise-fit, got undefined/,
    ],
    ['another version', changed(({ metadata }) => metadata.set('version', '2')), /expected a fit of version 1, got "2"/],
    [
      'lanes without end',
      changed(({ metadata }) => metadata.set('lanes', '1e9')),
      /lanes must be an integer from 1 to 4096, got 1000000000/,
    ],
    ['no lanes', changed(({ metadata }) => metadata.set('lanes', 'six')), /lanes must be an integer/],
    ['other lanes', changed(({ metadata }) => metadata.set('lanes', '5')), /must have shape \[.*5\]/],
    ['a missing tensor', changed(({ tensors }) => tensors.delete('mean')), /tensors must hold "mean"/],
    ['NaN', changed(({ tensors }) => tensors.get('std')!.data.fill(Number.NaN)), /tensor std must hold finite numbers, got NaN/],
    [
      'fewer eigenvalues',
      changed(({ tensors }) => tensors.set('moment.eigenvalues', { shape: [1], data: Float64Array.of(1) })),
      /"moment\.components" must have shape \[1, 6\]/,
    ],
    [
      'an eigenvalue of 0',
      changed(({ tensors }) => tensors.get('covariance.eigenvalues')!.data.fill(0, 1)),
      /eigenvalues must be > 0, got 0/,
    ],
  ])('refuses %s', (_, weights, message) => {
    expect(() => removeComponents({ fit: weights })).toThrow(message)
    expect(() => normalizeBy({ fit: weights })).toThrow(message)
  })

  test('refuses what is no fit, other lanes and wrong options', () => {
    // @ts-expect-error a path is for pipelines
    expect(() => removeComponents({ fit: 'sif.safetensors' })).toThrow(
      "removeComponents: fit must be a fit, such as await loadTensors('fit.safetensors')",
    )
    expect(() => apply(framesOf([[1, 2]]), removeComponents({ fit }))).toThrow('frames must be of 6 lanes, as those of the fit, got 2')
    expect(() => apply(framesOf([[1, 2]]), normalizeBy({ fit }))).toThrow('frames must be of 6 lanes')
    expect(() => apply(framesOf([[1, 2]]), project({ fit, count: 1 }))).toThrow('frames must be of 6 lanes')
    expect(() => removeComponents({ fit, count: 0 })).toThrow('count must be an integer ≥ 1, got 0')
    // @ts-expect-error a misspelt option
    expect(() => removeComponents({ fit, centre: true })).toThrow('unknown option "centre"; did you mean "center"?')
  })
})
