// What this library is for: stages over a stream of frames, whole and in blocks, beside loops written by hand and the libraries that pool.
import { adaptivePool2d, apply, blocks, type Frames, frames, mixed, pool1d, pool2d, pyramidPool, type Stage } from 'poolwise'
import { lp, moments, power } from 'poolwise/poolings'
import * as loops from './loops.ts'
import { bands, spectrogram } from './ours.ts'
import { peers } from './peers.ts'
import { agreement, distance, type Kind, onnx, tensorFlow, type Work } from './rivals.ts'
import { called } from './stream.ts'
import { goal, type Measured, measure, significant, type Table, times, usual } from './timing.ts'

const [length, bins] = spectrogram

interface Row {
  readonly stages: readonly Stage[]
  readonly loops: loops.Loops
  readonly theirs: Work
  /** At most so many times `set`: whole, and in blocks of 100. */
  readonly most?: number
  readonly blocks?: number
}

const half = () =>
  mixed([
    ['max', 0.5],
    ['mean', 0.5],
  ])
const over = (kinds: readonly Kind[], size: number, stride: number): Work => [[{ kinds, size, stride }]]
const square = (kind: Kind, size: number, stride: number): Work => [[{ kinds: [kind], size: [size, size], stride: [stride, stride] }]]
const squares = (pooling: Parameters<typeof pool2d>[0], size: number, stride: number) => [
  pool2d(pooling, { size: [size, size], stride: [stride, stride] }),
]
const time = (pooling: Parameters<typeof pool1d>[0], size: number, stride: number) => [pool1d(pooling, { size, stride })]
const stats: readonly Kind[] = ['mean', 'std']

const works: { readonly [name: string]: Row } = {
  'pool1d max 2/2': { stages: time('max', 2, 2), loops: loops.max(2, 2), theirs: over(['max'], 2, 2), most: 6, blocks: 9 },
  'pool1d mean 10/5': { stages: time('mean', 10, 5), loops: loops.meanOfHalves(5), theirs: over(['mean'], 10, 5), most: 6, blocks: 9 },
  'pool1d mixed(max, mean) 10/5': {
    stages: time(half(), 10, 5),
    loops: loops.mixed(5),
    theirs: over(['mixed'], 10, 5),
    most: 10,
    blocks: 15,
  },
  'pool1d [mean, std, max] 100/10': {
    stages: time(['mean', 'std', 'max'], 100, 10),
    loops: loops.statsAndMax(100, 10),
    theirs: over(['mean', 'std', 'max'], 100, 10),
    most: 15,
    blocks: 23,
  },
  'pool1d stats 300/10': {
    stages: time('stats', 300, 10),
    loops: loops.stats(300, 10),
    theirs: over(stats, 300, 10),
    most: 10,
    blocks: 15,
  },
  'pool1d max 300/1': { stages: time('max', 300, 1), loops: loops.sliding(300), theirs: over(['max'], 300, 1), most: 16, blocks: 24 },
  'pool1d stats 300/1': { stages: time('stats', 300, 1), loops: loops.stats(300, 1), theirs: over(stats, 300, 1) },
  'pool2d max 2×2': { stages: squares('max', 2, 2), loops: loops.maxSquares, theirs: square('max', 2, 2), most: 8, blocks: 12 },
  'pool2d mean 2×2': { stages: squares('mean', 2, 2), loops: loops.meanSquares, theirs: square('mean', 2, 2), most: 8, blocks: 12 },
  'pool2d mixed(max, mean) 2×2': {
    stages: squares(half(), 2, 2),
    loops: loops.mixedSquares,
    theirs: square('mixed', 2, 2),
    most: 16,
    blocks: 24,
  },
  'pool2d max 3×3/1': { stages: squares('max', 3, 1), loops: loops.maxThrees, theirs: square('max', 3, 1), most: 12, blocks: 18 },
  'pool2d max 32×32/16': { stages: squares('max', 32, 16), loops: loops.maxHalfway(16), theirs: square('max', 32, 16), most: 6, blocks: 9 },
  'adaptivePool2d mean 10×10': {
    stages: [adaptivePool2d('mean', { count: [10, 10] })],
    loops: loops.meanCells(10),
    theirs: [[{ kinds: ['mean'], size: [length / 10, bins / 10], stride: [length / 10, bins / 10] }]],
    most: 10,
  },
  'pyramidPool stats 1, 2, 4': {
    stages: [pyramidPool('stats')],
    loops: loops.pyramid,
    theirs: [1, 2, 4].map((count) => [{ kinds: stats, size: length / count, stride: length / count }]),
    most: 14,
  },
  'pool1d moments 10/5': { stages: time(moments(), 10, 5), loops: loops.moments(10, 5), theirs: over(['moments'], 10, 5) },
  'pool1d power, p = 3, 10/5': { stages: time(power({ p: 3 }), 10, 5), loops: loops.cubes(5), theirs: over(['cubes'], 10, 5) },
  'pool1d lp, p = 2, 10/5': { stages: time(lp({ p: 2 }), 10, 5), loops: loops.norm(5), theirs: over(['lp'], 10, 5) },
  'pool2d max 2×2 → pool1d stats 100/10': {
    stages: [...squares('max', 2, 2), ...time('stats', 100, 10)],
    loops: (x, wide) => loops.stats(100, 10)(loops.maxSquares(x, wide), wide / 2),
    theirs: [[...square('max', 2, 2)[0]!, ...over(stats, 100, 10)[0]!]],
  },
  'pool1d mean 2/2 → pool1d max 5/5': {
    stages: [...time('mean', 2, 2), ...time('max', 5, 5)],
    loops: (x, wide) => loops.max(5, 5)(loops.mean(2, 2)(x, wide), wide),
    theirs: [[...over(['mean'], 2, 2)[0]!, ...over(['max'], 5, 5)[0]!]],
  },
}

export const stages: readonly string[] = Object.keys(works)

/** One stage's row. */
export async function streams(name: string): Promise<Table> {
  const { stages, loops: byHand, theirs, most, blocks: mostInBlocks } = works[name]!
  const input = bands()
  const all = frames(input, { bins, hop: 0.01 })
  const whole = () => apply(all, ...stages)
  const cut = [200, 100, 1].map((size) => [...blocks(all, size)])
  // What sees everything gives nothing before the end, and is no stage for single frames.
  const live = stages.every((stage) => stage.plan(all.layout).reach.size < Infinity)
  const [twoHundred, hundred, single] = cut.map((parts) => () => called(parts, stages, () => {})) as [() => void, () => void, () => void]
  const { tf, ort } = await peers('tf', 'ort')
  const wasm = tf && tensorFlow(tf, input, [1, length, bins, 1], theirs)
  const native = ort && (await onnx(ort, input, [1, length, bins, 1], theirs))

  const { data } = whole()
  for (const parts of cut.slice(0, live ? 3 : 2)) {
    const results: Frames[] = []
    called(parts, stages, (given) => results.push(given))
    let at = 0
    for (const { data: part } of results)
      for (let i = 0; i < part.length; i++)
        if (!Object.is(part[i], data[at++])) throw new Error(`bench: ${name} in blocks of ${parts[0]!.length} differs at value ${at - 1}`)
    if (at !== data.length) throw new Error(`bench: expected ${data.length} values of ${name} in blocks, got ${at}`)
  }
  const off = distance(byHand(input, bins), data)
  if (!(off < 1e-5)) throw new Error(`bench: ${name} is off by ${off} from the loops`)
  const apart: { [who: string]: number } = {}
  if (wasm) apart['tfjs-wasm'] = distance(data, wasm.values(await wasm.run()))
  if (native) apart['ONNX Runtime'] = distance(data, native.values(await native.run()))

  const copy = new Float32Array(input.length)
  const candidates: (() => unknown)[] = [() => copy.set(input), whole, twoHundred, hundred, () => byHand(input, bins)]
  const optional = [live ? single : undefined, wasm?.run, native?.run]
  for (const run of optional) if (run) candidates.push(run)
  const measured = await measure(candidates, { ...usual, rounds: 9, hot: true })
  const [set, own, inTwoHundreds, inHundreds, hand] = measured as [Measured, Measured, Measured, Measured, Measured]
  const [alone, uploaded, run] = optional.map((candidate) => candidate && measured[candidates.indexOf(candidate)])
  return {
    title: `Streamed stages over ${length} frames × ${bins} bins`,
    note: '‘apply’ has the whole sequence at once; in blocks, what `open` gave is pushed blocks that were cut before: 200 frames are what two seconds of sound give, more than one read of a file. Times are multiples of `Float32Array.set` of the input (9.6 MB) into an array that is there, right after another such `set`, in the same round. Blocks of any size give the same bits as the whole, which is checked first, as are the plain loops within 1e-5 of the largest value. These are what a careful user writes for this very stage: typed arrays, one output, running sums and maxima where windows overlap much; no weights, no NaN, no blocks. tfjs-wasm uploads, pools and reads; ONNX Runtime has its input channels first from the start, and reuses its memory. ‘Faster’ is against apply. Each stage runs in a process of its own.',
    head: [
      'stage',
      'apply, × `set`',
      'goal',
      'blocks of 200, × `set`',
      'blocks of 100, × `set`',
      'goal of blocks',
      'frame by frame, ns a push',
      'plain loops, × `set`',
      'faster than loops',
      'goal of loops',
      'tfjs-wasm, × `set`',
      'faster than tfjs',
      'goal of tfjs',
      'ONNX Runtime, × `set`',
      'faster than ONNX',
      'results',
      '`set`, ms',
    ],
    rows: [
      [
        name,
        times(own.toFirst),
        goal(own.toFirst, most === undefined ? undefined : { most }),
        times(inTwoHundreds.toFirst),
        times(inHundreds.toFirst),
        goal(inHundreds.toFirst, mostInBlocks === undefined ? undefined : { most: mostInBlocks }),
        alone ? significant((alone.time * 1e6) / length) : '',
        ...beside(hand, 3),
        ...beside(uploaded, 1),
        ...beside(run, 1).slice(0, 2),
        agreement(apart),
        significant(set.time),
      ],
    ],
  }
}

/** What a candidate takes, how much faster the second one is, and whether that is enough. */
export function beside(measured: Measured | undefined, least: number): [string, string, string] {
  if (!measured) return ['', '', '']
  return [times(measured.toFirst), times(measured.toSecond), goal(measured.toSecond, { least })]
}
