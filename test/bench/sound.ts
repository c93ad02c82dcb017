// Sound to one vector, whole and in the blocks that files and microphones give.
import { apply, blocks, type Frames, logMel, pool2d, pyramidPool, type Stage, signal } from 'poolwise'
import { minutes, rate, seconds } from './ours.ts'
import { called } from './stream.ts'
import { measure, type Pace, significant, type Table, times } from './timing.ts'

const pace: Pace = { runs: 5, rounds: 3, seconds: 1 }
const sizes: readonly (readonly [name: string, samples: number])[] = [
  ['1 s', rate],
  ['100 ms', rate / 10],
  ['10 ms', rate / 100],
]
const chains: readonly (readonly [name: string, stages: readonly Stage[]])[] = [
  ['logMel → pool2d max 2×2 → pyramidPool stats', [logMel(), pool2d('max', { size: [2, 2] }), pyramidPool('stats')]],
  ['logMel alone', [logMel()]],
]

export async function sound(): Promise<Table> {
  const all = signal(minutes(), { rate })
  const rows: string[][] = []
  for (const [name, stages] of chains) {
    const whole = () => apply(all, ...stages)
    const cut = sizes.map(([, size]) => [...blocks(all, size)])
    const { data } = whole()
    for (const parts of cut) {
      const results: Frames[] = []
      called(parts, stages, (given) => results.push(given))
      const given = results.flatMap((frames) => [...frames.data])
      if (given.length !== data.length || given.some((x, i) => !Object.is(x, data[i]))) throw new Error(`bench: ${name} in blocks differs`)
    }
    const measured = await measure([whole, ...cut.map((parts) => () => called(parts, stages, () => {}))], pace)
    for (const [i, { time, toFirst, count }] of measured.entries()) {
      // Hops of 10 ms, as logMel has them without options.
      const perFrame = significant((time * 1000) / (seconds * 100))
      rows.push([
        name,
        sizes[i - 1]?.[0] ?? 'the whole',
        times(toFirst),
        perFrame,
        significant((seconds * 1000) / time),
        significant(time),
        String(count),
      ])
    }
  }
  return {
    title: `From sound: ${seconds / 60} minutes at 16 kHz`,
    note: 'Blocks are cut before and pushed into the machines one after the other by hand; they give the bits of the whole, which is checked first. A frame is a hop of 10 ms.',
    head: ['stages', 'in blocks of', '× the whole', 'µs a frame', '× real time', 'ms', 'runs'],
    rows,
  }
}
