// Many spans of one sequence, as late chunking has them, beside plain loops over the frames of each.
import { apply, frames, spanPool } from 'poolwise'
import { randomOf } from '../evaluate/random.ts'
import { noise } from './ours.ts'
import { goal, measure, significant, type Table, times } from './timing.ts'

const [length, bands, count] = [100_000, 80, 10_000]
/** Spans that plain loops go over, in proportion of all. */
const tried = 20

type Span = [from: number, to: number]

/** Each output of a span from its frames alone, in float64. */
const naive = {
  mean: (data: Float32Array, span: Span) => means(data, span),
  stats(data: Float32Array, [from, to]: Span) {
    const middles = means(data, [from, to])
    const squares = new Float64Array(bands)
    for (let t = from; t < to; t++) for (let i = 0; i < bands; i++) squares[i]! += (data[t * bands + i]! - middles[i]!) ** 2
    return Float64Array.of(...middles, ...squares.map((sum) => Math.sqrt(sum / (to - from))))
  },
  max(data: Float32Array, [from, to]: Span) {
    const most = new Float64Array(bands).fill(-Infinity)
    for (let t = from; t < to; t++) for (let i = 0; i < bands; i++) most[i] = Math.max(most[i]!, data[t * bands + i]!)
    return most
  },
}

function means(data: Float32Array, [from, to]: Span): Float64Array {
  const sums = new Float64Array(bands)
  for (let t = from; t < to; t++) for (let i = 0; i < bands; i++) sums[i]! += data[t * bands + i]!
  return sums.map((sum) => sum / (to - from))
}

export async function spans(): Promise<Table> {
  const random = randomOf('spans')
  const upTo = (n: number) => Math.floor(random() * n)
  const all = Array.from({ length: count }, (): Span => {
    const [a, b] = [upTo(length), upTo(length)]
    return [Math.min(a, b), Math.max(a, b) + 1]
  })
  const some = all.slice(0, tried)
  const covered = (list: readonly Span[]) => list.reduce((sum, [from, to]) => sum + to - from, 0)
  const data = noise(length * bands, 1).map((x) => 1000 + x)
  const input = frames(data, { bins: bands, hop: 0.01 })
  const rows: string[][] = []
  for (const name of ['mean', 'stats', 'max'] as const) {
    const stage = spanPool(name, { spans: all })
    const ours = () => apply(input, stage).data
    const theirs = () => some.map((span) => naive[name](data, span))
    const [got, expected] = [ours(), theirs()]
    const width = got.length / count
    const off = Math.max(...expected.flatMap((row, k) => Array.from(row, (x, i) => Math.abs(got[k * width + i]! - x) / Math.abs(x))))
    const [tree, plain] = await measure([ours, theirs], { runs: 3, rounds: 3, seconds: 2 })
    const scaled = (plain!.time * covered(all)) / covered(some)
    const faster = scaled / tree!.time
    const error = off === 0 ? '0' : off.toExponential(1)
    rows.push([
      name,
      significant(tree!.time),
      significant(scaled),
      times(faster),
      goal(faster, { least: 100 }),
      error,
      goal(off, { most: 1e-6 }),
    ])
  }
  return {
    title: 'spanPool: 10,000 random spans of 100,000 frames × 80 bands at 1000 ± 1',
    note: `Plain loops go over each span by itself: timed, and compared with, over the first ${tried} spans, and the time scaled by the frames in all.`,
    head: ['pooling', 'ms', 'ms of plain loops', 'faster', 'goal', 'off by', 'goal of error'],
    rows,
  }
}
