// Targets with faults, by which the harness itself is tested.
import { DataError } from '../../src/core/check.ts'
import { must } from './judge.ts'
import type { Target } from './target.ts'

const target = (name: string, attempt: (number: number) => unknown): Target => ({
  name,
  open: () => (draws) => attempt(draws.below(2)),
})

const held: Uint8Array[] = []

export const targets: readonly Target[] = [
  target('sound', (n) => {
    if (n === 0) throw new DataError('sound: expected more, got less')
  }),
  target('nan', (n) => must(Number.isFinite(n > 0 ? n : Number.NaN), () => 'a value that is not finite')),
  target('internal', (n) => (n > 0 ? n : (null as unknown as { length: number }).length)),
  target('wrapped', (n) => {
    if (n === 0) throw new TypeError("wrapped: Cannot read properties of undefined (reading 'length')")
  }),
  target('crash', (n) => n > 0 || process.abort()),
  target('hang', (n) => {
    while (n === 0);
  }),
  target('asleep', (n) => n > 0 || new Promise(() => {})),
  target('memory', (n) => n > 0 || held.push(new Uint8Array(700 * 2 ** 20).fill(1)) < 0),
  { name: 'closed', open: () => Promise.reject(new Error('no ground')) },
]
