// Sliding windows against recomputing each window, by the same pooling over the same frames, and the cost of a push as the window grows.
import { type Frames, frames, type PoolingName, pool1d, type Stage } from '../../src/index.ts'
import { poolingOf } from '../../src/poolings/named.ts'
import { everyBin } from '../../src/windows/bins.ts'
import { Pooled } from '../../src/windows/pooled.ts'
import { median, type Table, timed } from './timing.ts'

const bins = 80
const layoutOf = (data: Float32Array): Frames => frames(data, { bins, hop: 0.01 })

function slide(stage: Stage, input: Frames): number {
  const machine = stage.plan(input.layout).open()
  const out = machine.push(input)
  machine.close()
  return out?.length ?? 0
}

/** Every window from its first frame to its last, by the same pooling, into the same kind of blocks. */
function recompute(name: PoolingName, size: number, input: Frames): number {
  const every = everyBin(input.layout)
  const pooled = new Pooled(poolingOf(name, 'bench'), every)
  const count = input.length - size + 1
  const tall = { firsts: Int32Array.from({ length: count }, (_, i) => i), counts: new Int32Array(count).fill(size), step: 1 }
  const data = new Float32Array(count * pooled.width)
  pooled.pool({ data: input.data, offset: 0, rows: input.length, index: 0 }, tall, data)
  return count
}

export function sliding(): Table {
  const rows: string[][] = []
  for (const name of ['max', 'mean', 'stats'] as const) {
    let smallest = 0
    for (const size of [1, 4, 7, 8, 16, 30, 100, 1000, 10_000]) {
      const windows = Math.max(100, Math.min(2000, Math.floor(200_000 / size)))
      const input = layoutOf(Float32Array.from({ length: (windows + size - 1) * bins }, (_, i) => Math.sin(i * 0.37) * 10))
      const stage = pool1d(name, { size, stride: 1 })
      const [ours, theirs] = timed([() => slide(stage, input), () => recompute(name, size, input)], size > 500 ? 3 : 15) as [
        number[],
        number[],
      ]
      const perPush = (median(ours) * 1e6) / input.length
      smallest ||= perPush
      const ratios = ours.map((time, i) => theirs[i]! / time)
      rows.push([name, String(size), `${median(ratios).toFixed(2)}×`, `${(perPush / smallest).toFixed(2)}×`])
    }
  }
  return {
    title: 'Sliding windows over 80 lanes, stride 1',
    head: ['pooling', 'window', 'faster than recomputing', 'cost of a push, window 1 = 1×'],
    rows,
  }
}
