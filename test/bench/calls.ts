// What small things cost: a call, a machine, a frame.
import {
  adaptivePool2d,
  apply,
  eachSequence,
  type Frames,
  frames,
  globalPool,
  globalPool2d,
  open,
  pool1d,
  pool2d,
  type Sequence,
  type Stage,
} from 'poolwise'
import { poolTokens } from 'poolwise/tensors'
import { from, of } from 'rxjs'
import { noise } from './ours.ts'
import { goal, type Measured, measure, significant, type Table, usual } from './timing.ts'

const bins = 80
const many = 2000
const short = frames(noise(10 * bins), { bins, hop: 0.01 })
const { length, ...endless } = short.layout
const sentence = { data: noise(12 * 384), shape: [1, 12, 384] }

interface Work {
  /** How many of them one run is. */
  readonly count: number
  readonly most?: number
  /** What is there before the first run. */
  run(): () => unknown
}

const called = (call: () => unknown): Work => ({
  count: many,
  run: () => () => {
    for (let n = 0; n < many; n++) call()
  },
})

/** Frames of a sequence without end, one at a time; their arrays are cut before. The rounds that are not counted fill the windows. */
const pushed = (stage: Stage, most?: number): Work => ({
  count: many,
  ...(most !== undefined && { most }),
  run() {
    const data = noise(many * bins)
    const rows = Array.from({ length: many }, (_, i) => data.subarray(i * bins, (i + 1) * bins))
    const machine = open(stage, endless)
    let start = 0
    return () => {
      for (const row of rows) machine.push({ layout: endless, start: start++, length: 1, data: row })
    }
  },
})

const sequences: Work = {
  count: 20_000,
  run() {
    const blocks = [...Array(20_000).keys()].map((i): Frames => ({ ...short, data: noise(10 * bins, 1 + (i % 7)) }))
    const all = blocks.map((block, i): Sequence => ({ id: String(i), frames: of(block) }))
    return () =>
      from(all)
        .pipe(eachSequence(globalPool('mean')))
        .subscribe()
  },
}

const [mean, both, planned] = [globalPool('mean'), globalPool(['mean', 'std']), pool1d('mean', { size: 10, stride: 5 })]
const slide = (pooling: 'max' | 'mean' | 'stats', size: number, stride: number) => pushed(pool1d(pooling, { size, stride }))
const works: { readonly [name: string]: Work } = {
  "apply(10 × 80, globalPool('mean'))": called(() => apply(short, mean)),
  "apply(10 × 80, globalPool(['mean', 'std']))": called(() => apply(short, both)),
  'poolTokens of one sentence, 12 × 384, mean': called(() => poolTokens(sentence, undefined, 'mean')),
  'open(pool1d mean 10/5)': called(() => open(planned, endless)),
  'push: pool1d max 2/2': slide('max', 2, 2),
  'push: pool1d mean 100/10': slide('mean', 100, 10),
  'push: pool1d max 300/1': slide('max', 300, 1),
  'push: pool1d stats 300/1': slide('stats', 300, 1),
  'push: pool2d max 2×2': pushed(pool2d('max', { size: [2, 2] })),
  'push: globalPool mean': pushed(mean),
  'push: globalPool2d max': pushed(globalPool2d('max'), 500),
  'push: adaptivePool2d mean 10×10, length unknown': pushed(adaptivePool2d('mean', { count: [10, 10] })),
  'eachSequence(globalPool mean), sequences of 10 × 80': sequences,
}

export const small: readonly string[] = Object.keys(works)

/** One row. */
export async function calls(name: string): Promise<Table> {
  const { count, most, run } = works[name]!
  const [{ time, count: runs }] = (await measure([run()], usual)) as [Measured]
  const each = (time * 1e6) / count
  return {
    title: 'Small calls',
    note: 'Frames of 80 bins, pushed one at a time into a machine that has seen thousands. Each in a process of its own.',
    head: ['call', 'ns a call', 'goal', 'calls', 'ms for all', 'runs'],
    rows: [
      [name, significant(each), goal(each, most === undefined ? undefined : { most }), String(count), significant(time), String(runs)],
    ],
  }
}
