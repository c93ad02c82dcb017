// Events, one a second on average, in sliding windows of time: what one costs, whatever the window.
import { eventClock, type Frames, layoutOf, open, type PoolingLike, pool1d } from 'poolwise'
import { mergesAnEvent } from '../windows/events.ts'
import { noise } from './ours.ts'
import { goal, median, significant, type Table, times } from './timing.ts'

const sizes = [10, 1000, 100_000, 1_000_000]
const [block, events, runs] = [100, 1_000_000, 3]
const data = noise(10_000)
const layout = { ...layoutOf({}), clock: eventClock() }

/** A machine whose window is full, and what gives it a million events more. */
function filled(pooling: PoolingLike, size: number): () => void {
  const machine = open(pool1d(pooling, { size: `${size}s`, stride: '1s' }), layout)
  let start = 0
  const give = (count: number) => {
    for (const end = start + count; start < end; start += block) {
      // Each up to a second late, so that some windows get none and some two.
      const spans = Float64Array.from({ length: 2 * block }, (_, i) => {
        const event = start + (i >> 1)
        return event + (((event * 7919) % 100) / 100) * 0.99
      })
      const at = start % (data.length - block)
      const given: Frames = { layout, start, length: block, data: data.subarray(at, at + block), spans }
      machine.push(given)
    }
  }
  give(Math.max(block, size))
  return () => give(events)
}

export function timed(): Table {
  const merges = sizes.map((size) => mergesAnEvent(size, Math.max(20_000, 2 * size)))
  const rows: string[][] = []
  for (const pooling of ['max', 'stats'] as const) {
    // A window of a million events turns over once in a million, so that shorter runs would miss what that costs.
    const give = sizes.map((size) => filled(pooling, size))
    const took = sizes.map((): number[] => [])
    for (let run = 0; run < runs; run++)
      for (const [i, next] of give.entries()) {
        const begun = performance.now()
        next()
        took[i]!.push(performance.now() - begun)
      }
    for (const [i, size] of sizes.entries()) {
      const toFirst = median(took[i]!.map((time, run) => time / took[0]![run]!))
      const ratio = i === 0 ? ['', ''] : [times(toFirst), goal(toFirst, { most: 2 })]
      const figures = [significant((median(took[i]!) * 1e6) / events), ...ratio, significant(merges[i]!), goal(merges[i]!, { most: 3 })]
      rows.push([pooling, String(size), ...figures])
    }
  }
  return {
    title: 'Events, one a second, in windows of time that slide by a second',
    note: `A million events in blocks of ${block} into windows that are full. Merges are counted with a pooling whose state is one number.`,
    head: ['pooling', 'events in a window', 'ns an event', '× window 10', 'goal', 'merges an event', 'goal of merges'],
    rows,
  }
}
