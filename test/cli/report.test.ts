import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { reasonsOf } from '../../src/cli/reasons.ts'
import { agreementIn } from '../../src/cli/report/agreement.ts'
import { histogramOf, ticksIn } from '../../src/cli/report/charts.ts'
import { measured } from '../../src/cli/report/collectionFacts.ts'
import { cut, dataOf, html } from '../../src/cli/report/markup.ts'
import { principalAxes } from '../../src/cli/report/principalAxes.ts'
import { draw } from '../../src/core/draw.ts'
import { collectionOf, type Row } from '../../src/sources/collections/collection.ts'
import { inside } from './inside.ts'
import { outside } from './outside.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-report-'))
const at = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true }))

const row = (id: string, label?: string, start = 0): Row => ({
  id,
  ...(label !== undefined && { label }),
  start,
  end: start + 1,
  weight: 1,
  fields: new Map(),
})
const drawn = (count: number, seed: number) => Float32Array.from({ length: count }, (_, i) => draw(seed, i, 1) - 0.5)

describe('what is measured', () => {
  const [rows, size] = [300, 4]
  const matrix = drawn(rows * size, 1)
  for (let r = 0; r < rows; r++) [matrix[r * size + 2], matrix[r * size + 3]] = [0, 5]
  matrix[7 * size] = NaN
  matrix.fill(0, 9 * size, 10 * size)
  matrix[200 * size] = 4
  matrix[200 * size + 1] = 40
  const ids = Array.from({ length: rows }, (_, i) => row(`in${Math.floor(i / 3)}`, undefined, i % 3))
  const all = collectionOf(ids, matrix, { names: ['a', 'b', 'c', 'd'] })

  test('is of all vectors, in one part or several', async () => {
    const found = await measured(() => [all])
    expect(found).toMatchObject({ vectors: rows, inputs: 100, duration: 300, zeros: 1, notFinite: 1, coverage: undefined })
    const column = (k: number) => Array.from({ length: rows }, (_, r) => matrix[r * size + k]!).filter(Number.isFinite)
    for (const [k, { min, max, mean, std, notFinite }] of found.features.entries()) {
      const values = column(k)
      const middle = values.reduce((sum, x) => sum + x, 0) / values.length
      expect([min, max, notFinite]).toEqual([Math.min(...values), Math.max(...values), k === 0 ? 1 : 0])
      expect(mean).toBeCloseTo(middle, 9)
      expect(std).toBeCloseTo(Math.sqrt(values.reduce((sum, x) => sum + (x - middle) ** 2, 0) / values.length), 9)
    }
    expect(found.outliers[0]).toMatchObject({ row: { id: 'in66', start: 2 }, name: 'b' })
    expect(new Set(found.outliers.map(({ row: { id } }) => id)).size).toBe(found.outliers.length)
    const parts = [0, 1, 100, 299, 300].flatMap((from, i, cuts) =>
      i + 1 < cuts.length
        ? [collectionOf(ids.slice(from, cuts[i + 1]), matrix.subarray(from * size, cuts[i + 1]! * size), { names: all.names! })]
        : [],
    )
    expect(await measured(() => parts)).toEqual(found)
  })

  test('vectors of several lengths are refused', async () => {
    const other = collectionOf([row('x')], new Float32Array(3), {})
    await expect(measured(() => [all, other])).rejects.toThrow('report: expected vectors of one length, got 4 and 3 values')
  })

  test('a sample is as likely to have any vector, and the same again', async () => {
    const count = 20_000
    const many = collectionOf(
      Array.from({ length: count }, (_, i) => row(String(i))),
      drawn(count, 2),
      {},
    )
    const { sample } = await measured(() => [many])
    const places = sample.rows.map(({ id }) => Number(id))
    expect(places).toHaveLength(5000)
    expect(places).toEqual([...new Set(places)].sort((a, b) => a - b))
    // Each tenth has a tenth of them: within five standard deviations of the hypergeometric distribution.
    const tenths = Array.from({ length: 10 }, (_, k) => places.filter((x) => Math.floor(x / 2000) === k).length)
    const deviation = Math.sqrt((5000 * 0.1 * 0.9 * (count - 5000)) / (count - 1))
    for (const tenth of tenths) expect(Math.abs(tenth - 500)).toBeLessThan(5 * deviation)
    expect((await measured(() => [many])).sample.rows).toEqual(sample.rows)
  })
})

test.each([1, 2, 3, 12, 40])('principal axes of %d values are those of the covariance', async (size) => {
  const rows = 200
  const matrix = drawn(rows * size, 3 + size).map((x, i) => 100 + x * (1 + 5 / (1 + (i % size))))
  const { points, shares } = await principalAxes(matrix, size)
  const { Matrix, EigenvalueDecomposition } = await import('ml-matrix')
  const data = Matrix.from1DArray(rows, size, matrix)
  const centered = data.subRowVector(data.mean('column'))
  const covariance = centered.transpose().mmul(centered)
  const values = new EigenvalueDecomposition(covariance, { assumeSymmetric: true }).realEigenvalues.sort((a, b) => b - a)
  for (const axis of [0, 1]) {
    const along = Array.from({ length: rows }, (_, r) => points[2 * r + axis]! ** 2).reduce((sum, x) => sum + x, 0)
    expect(along / covariance.trace()).toBeCloseTo((values[axis] ?? 0) / covariance.trace(), 6)
    expect(shares[axis]).toBeCloseTo((values[axis] ?? 0) / covariance.trace(), 6)
  }
})

test('what does not vary has no axes', async () => {
  const same = new Float32Array(30).fill(0.1)
  expect(await principalAxes(same, 3)).toEqual({ points: new Float64Array(20), shares: [0, 0] })
  expect(await principalAxes(new Float32Array(0), 0)).toEqual({ points: new Float64Array(0), shares: [0, 0] })
})

describe('neighbors', () => {
  test('are of other inputs, and chance is that of those', () => {
    // Of each input two windows that are the same: were they neighbors, all would agree.
    const rows = ['a1', 'a1', 'b1', 'b1', 'a2', 'a2', 'b2', 'b2'].map((id) => row(id, id[0]!))
    const angles = [0, 0, 1, 1, 0.1, 0.1, 0.3, 0.3]
    const matrix = Float32Array.from(angles.flatMap((x) => [Math.cos(x), Math.sin(x)]))
    const found = agreementIn({ rows, matrix }, 2)!
    // a1 and a2 have each other; b1 is nearest to b2, which is nearest to a2.
    expect(found).toMatchObject({ queries: 8, among: 8, nearest: 0.75, chance: 2 / 6 })
    expect(found.ten).toBeCloseTo(1 / 3, 12)
    expect(found.labels).toEqual([
      { label: 'b', queries: 4, nearest: 0.5, chance: 2 / 6, other: ['a', 2] },
      { label: 'a', queries: 4, nearest: 1, chance: 2 / 6 },
    ])
  })

  test('of labels by chance agree as chance says', () => {
    const rows = Array.from({ length: 1200 }, (_, i) => row(String(i), `__proto__${Math.floor(4 * draw(9, i, 0))}`))
    const { nearest, chance } = agreementIn({ rows, matrix: drawn(1200 * 8, 5) }, 8)!
    expect(chance).toBeCloseTo(0.25, 2)
    expect(Math.abs(nearest - chance)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / 1200))
  })

  test('there are none where no label is on two inputs', () => {
    expect(agreementIn({ rows: [row('a', 'x'), row('a', 'x'), row('b', 'y'), row('c')], matrix: drawn(8, 6) }, 2)).toBeUndefined()
  })
})

describe('a page', () => {
  test('has what others wrote as text', () => {
    expect(html`<p title="${'"><b>'}">${['</p>', 1, undefined]}</p>`.text).toBe('<p title="&#34;&#62;&#60;b&#62;">&#60;/p&#62;1</p>')
    expect(dataOf({ a: '</script><!--' }).text).toBe('{"a":"\\u003c/script>\\u003c!--"}')
    expect(JSON.parse(dataOf({ a: '</script><!--' }).text)).toEqual({ a: '</script><!--' })
    expect(cut('a\u202eb\u0000c', 80)).toBe('a b c')
    expect([...cut('😀'.repeat(500), 11)]).toHaveLength(11)
    expect(cut(`${'x'.repeat(1000)}end`, 9)).toBe('xxxx…xend')
  })

  test('scales are round, and bars hold all values', () => {
    expect(ticksIn(0.13, 1.02)).toEqual([0.2, 0.4, 0.6, 0.8, 1])
    expect(ticksIn(3, 3)).toEqual([3])
    const values = [...drawn(1000, 7), 30, 300]
    const { counts, beyond, edges } = histogramOf(values)!
    expect(counts.reduce((sum, x) => sum + x, beyond)).toBe(values.length)
    expect(beyond).toBeGreaterThanOrEqual(2)
    for (const [i, count] of counts.slice(0, -1).entries())
      expect(count).toBe(values.filter((x) => x >= edges[i]! && x < edges[i + 1]!).length)
    expect(histogramOf([2, 2, 2])).toBeUndefined()
  })

  test('reasons are told apart by what they say, not by names and numbers', () => {
    const failures = [
      { id: 'in/a1.wav', error: 'audioFiles: in/a1.wav: expected 12 samples' },
      { id: 'in/b.wav', error: 'audioFiles: /far/in/b.wav: no sound' },
      { id: 'in/__proto__', error: 'audioFiles: in/__proto__: expected 7 samples\nmore' },
    ]
    expect(reasonsOf(failures)).toEqual([
      { reason: 'audioFiles: …: expected N samples', count: 2, first: 'in/a1.wav' },
      { reason: 'audioFiles: …: no sound', count: 1, first: 'in/b.wav' },
    ])
  })
})

describe('poolwise report', () => {
  const line = (id: string, label: string, vector: readonly number[]) => JSON.stringify({ id, label, start: 0, end: 1, weight: 1, vector })

  test.each([
    ['no vector', []],
    ['one', [line('one', 'a', [1, 2, 3])]],
    ['two that are the same', [line('one', 'a', [0, 0]), line('two', 'a', [0, 0])]],
    ['vectors of one value', Array.from({ length: 20 }, (_, i) => line(`x${i}`, i % 2 ? 'a' : 'b', [i]))],
  ])('of %s', async (what, lines) => {
    const path = at(`${what.replaceAll(' ', '-')}.jsonl`)
    writeFileSync(path, lines.map((text) => `${text}\n`).join(''))
    const { code, err } = await inside('report', path)
    expect([code, err]).toEqual([undefined, ''])
    const page = readFileSync(path.replace('.jsonl', '.html'), 'utf8')
    expect(page).toContain(`<h1>${lines.length} vector`)
    expect(page.replace(/<script>.*?<\/script>/s, '')).not.toMatch(/NaN|undefined|Infinity/)
  })

  test('hostile names are text, and nothing asks for anything', async () => {
    const names = ['</script><script>alert(1)</script>', '__proto__', '"><img src=x onerror=alert(1)>', '\u202egnp.exe', 'x'.repeat(1e5)]
    writeFileSync(
      at('hostile.jsonl'),
      names.flatMap((id, i) => names.map((label, k) => `${line(`${id}${k}`, label, [i, k, i * k])}\n`)).join(''),
    )
    expect(await inside('report', at('hostile.jsonl'), '-o', at('hostile.html'))).toEqual({ code: undefined, err: '' })
    const page = readFileSync(at('hostile.html'), 'utf8')
    expect(page).not.toContain('<img')
    expect(page.match(/<script/g)).toHaveLength(2)
    expect(page).not.toContain('\u202e')
    expect(page).not.toMatch(/https?:|@import|url\(/)
    expect(page.length).toBeLessThan(100_000)
  })

  test('no other file is written over', async () => {
    writeFileSync(at('own.html'), 'mine')
    writeFileSync(at('own.jsonl'), `${line('a', 'b', [1])}\n`)
    expect((await inside('report', at('own.jsonl'), '-o', at('own.jsonl'))).err).toContain('expected a file that ends in .html')
    expect((await inside('report', at('none.jsonl'))).err).toContain('none.jsonl')
  })
})

test('a run writes its page: the same bytes by threads, with failures and sounds; status tells why', async () => {
  const words = resolve('samples/audio/words')
  mkdirSync(at('sounds'))
  const good = ['bat-v1', 'bat-v2', 'pat-v1', 'pat-v2', 'fan-v1', 'fan-v2']
  for (const name of good) writeFileSync(at(`sounds/${name}.wav`), readFileSync(join(words, `${name}.wav`)))
  for (const [i, bytes] of [900, 1100, 1300].entries())
    writeFileSync(at(`sounds/z${i}.wav`), readFileSync(join(words, 'bat-v1.wav')).subarray(0, bytes))
  const args = (out: string, ...more: string[]) => ['audio', at('sounds'), '--out', at(out), '--shard', '2', ...more]
  expect((await inside(...args('local/'))).code).toBe(1)
  expect((await outside(args('threads/', '--engine', 'threads'))).code).toBe(1)
  const page = readFileSync(at('local/report.html'), 'utf8')
  expect(readFileSync(at('threads/report.html'), 'utf8')).toBe(page)
  expect(page).toContain('3 inputs failed')
  expect(page).toMatch(/"clip":\[\["file:[^"]*bat-v1\.wav",/)
  const { out } = await outside(['status', at('local'), '--json'])
  expect(JSON.parse(out)).toMatchObject({
    state: 'whole',
    shards: { done: 5, all: 5 },
    inputs: { done: 9, all: 9 },
    vectors: 6,
    failures: 3,
    reasons: [{ reason: expect.stringMatching(/^audioFiles: …: expected N samples/), count: 3, first: at('sounds/z0.wav') }],
    rate: expect.any(Number),
  })
  expect(JSON.parse(out)).not.toHaveProperty('left')
  // What has nothing to do leaves the page, and makes one that is gone.
  rmSync(at('local/report.html'))
  await inside(...args('local/'))
  expect(readFileSync(at('local/report.html'), 'utf8')).toBe(page)
})
