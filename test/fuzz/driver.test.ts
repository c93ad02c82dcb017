// The harness notices what it is for: each planted fault, and nothing else.
import { expect, test } from 'vitest'
import type { Finding } from './child.ts'
import { fuzz, type Row } from './driver.ts'
import { judge } from './judge.ts'
import { targets } from './planted.ts'
import { findingsOf, rowsOf } from './report.ts'

const plan = { registry: import.meta.resolve('./planted.ts'), seeds: '', seed: '13', seconds: 1, patience: 1.5 }

test('planted faults are found, counted and told apart, and can be met again', async () => {
  const findings: Finding[] = []
  const rows = await fuzz({ ...plan, targets, cases: [0, 2], found: (finding) => findings.push(finding) })
  const expected: { readonly [target: string]: string } = {
    nan: 'garbage',
    internal: 'internal',
    wrapped: 'internal',
    crash: 'crash',
    hang: 'hang',
    asleep: 'hang',
    memory: 'memory',
    closed: 'crash',
  }
  const wrong = ({ counts }: Row) => Object.entries(counts).filter(([outcome, count]) => count > 0 && !['error', 'fine'].includes(outcome))
  for (const row of rows) {
    const outcome = expected[row.target]
    expect([row.target, wrong(row).map(([name]) => name)]).toEqual([row.target, outcome ? [outcome] : []])
    expect(row.tried).toBe(row.target === 'closed' ? 1 : 2)
  }
  const sound = rows.find(({ target }) => target === 'sound')!
  expect(sound.counts.error).toBeGreaterThan(0)
  expect(sound.counts.fine).toBeGreaterThan(0)

  for (const target of ['nan', 'crash']) {
    const { case: number, outcome } = findings.find((finding) => finding.target === target)!
    const [again] = await fuzz({ ...plan, targets: [{ name: target }], cases: [number, number + 1] })
    expect(again!.counts[outcome]).toBe(1)
    expect(again!.tried).toBe(1)
  }
  expect(rowsOf(rows).every((line) => line.length <= 80)).toBe(true)
  expect(findingsOf(findings, '13').join('\n')).toMatch(
    /crash: crash.*\n.*SIGABRT.*\n {2}npm run fuzz -- --seed 13 --target crash --case \d+\n/,
  )
}, 120_000)

test('time is shared, and ends', async () => {
  const rows = await fuzz({ ...plan, targets: ['sound', 'nan', 'internal'].map((name) => ({ name })) })
  for (const { tried } of rows) expect(tried).toBeGreaterThan(50)
}, 60_000)

test.each<[string, Error]>([
  ['error', new TypeError('pool1d: size must be an integer ≥ 1, got "Cannot read properties of null"')],
  ['error', new RangeError('stages[0].pooling: expected a pooling, got 3')],
  ['internal', new RangeError('Invalid array length')],
  ['internal', new TypeError('stages[0]: x.map is not a function')],
  ['internal', new Error("ENOENT: no such file or directory, open 'x'")],
  ['internal', new SyntaxError('Unexpected token } in JSON at position 3')],
])('an %s: %s', (outcome, error) => {
  expect(judge(error).outcome).toBe(outcome)
})
