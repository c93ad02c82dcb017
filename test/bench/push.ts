// One frame at a time into a window that slides, as live streams do.
import { definePooling, type Frames, frames, type Machine, open, type PoolingLike, pool1d } from 'poolwise'
import { noise } from './ours.ts'
import { goal, measure, significant, type Table, times, usual } from './timing.ts'

const bands = 80
const pushes = 2000
const sizes = [10, 100, 1000, 10_000]
const data = noise(12_000 * bands)
const { layout } = frames(data, { bins: bands, hop: 0.01 })

/** A machine whose window is full, and what pushes the next frame into it. */
function filled(pooling: PoolingLike, size: number): () => void {
  const { length, ...endless } = layout
  const machine: Machine = open(pool1d(pooling, { size, stride: 1 }), endless)
  let start = 0
  const push = (count: number) => {
    const at = start % (data.length / bands - count)
    const block: Frames = { layout: endless, start, length: count, data: data.subarray(at * bands, (at + count) * bands) }
    machine.push(block)
    start += count
  }
  for (let filled = 0; filled < size; filled += 10) push(10)
  return () => push(1)
}

/** The most and the mean number of merges that a push takes, counted over two windows. */
function combines(size: number): { most: number; mean: number } {
  let merges = 0
  const counted = definePooling({
    name: 'counted',
    slots: { high: -Infinity },
    outputs: ['high'],
    exact: true,
    about: { formula: 'max x', source: 'max', use: 'counting', example: { input: [1], output: [1] }, empty: -Infinity },
    add({ high }, { data, offset, lanes, rows }) {
      for (let j = 0; j < rows * lanes; j++) high[j % lanes] = Math.max(high[j % lanes]!, data[offset + j]!)
    },
    merge({ high }, { high: other }) {
      merges++
      for (let i = 0; i < high.length; i++) high[i] = Math.max(high[i]!, other[i]!)
    },
    result({ high }, out) {
      out.high.set(high)
    },
  })
  const push = filled(counted, size)
  let [most, sum] = [0, 0]
  for (let n = 0; n < 2 * size; n++) {
    merges = 0
    push()
    most = Math.max(most, merges)
    sum += merges
  }
  return { most, mean: sum / (2 * size) }
}

export async function push(): Promise<Table> {
  const rows: string[][] = []
  for (const pooling of ['max', 'mean', 'stats'] as const) {
    const runs = sizes.map((size) => {
      const next = filled(pooling, size)
      return () => {
        for (let n = 0; n < pushes; n++) next()
      }
    })
    const measured = await measure(runs, { ...usual, seconds: 2 })
    for (const [i, { time, toFirst, count }] of measured.entries()) {
      const size = sizes[i]!
      const { most, mean } = combines(size)
      rows.push([
        pooling,
        String(size),
        significant((time * 1e6) / pushes),
        times(toFirst),
        i === 0 ? '' : goal(toFirst, { most: 2 }),
        `${significant(mean)}, at most ${most}`,
        goal(most, { most: 4 }),
        String(count),
      ])
    }
  }
  return {
    title: 'Pushing frames of 80 bands, one at a time, into a sliding window, stride 1',
    note: 'Merges are counted with a pooling of the user’s own, which has no kernel.',
    head: ['pooling', 'window', 'ns a push', '× window 10', 'goal', 'merges a push', 'goal of merges', 'runs'],
    rows,
  }
}
