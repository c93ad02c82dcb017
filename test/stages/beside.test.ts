// Branches side by side, against the branches alone whose frames are put together by hand.
import fc from 'fast-check'
import {
  apply,
  beside,
  blocks,
  chain,
  DataError,
  deltas,
  detectOnsets,
  detectSpeech,
  type Frames,
  frames,
  globalPool,
  l2Normalize,
  laneNames,
  logMel,
  markBoundaries,
  mel,
  normalize,
  open,
  pool1d,
  pyramidPool,
  rms,
  type Stage,
  segmentPool,
  signal,
  spanOf,
  spectrogram,
  stageFrom,
  trim,
  truncate,
} from 'poolwise'
import { describe, expect, test } from 'vitest'
import { cuts, said, sequence, streams } from '../laws/laws.ts'
import { property } from '../property.ts'

/** What gives as many frames as it gets, at once, later or at the end; marks, masks; leaves bins out, adds planes. */
const framewise: readonly Stage[] = [
  chain(),
  deltas(),
  deltas({ width: 9, edges: 'interp' }),
  normalize(),
  chain(deltas({ width: 3 }), normalize()),
  l2Normalize(),
  detectOnsets(),
  detectSpeech(),
  markBoundaries({ at: [1, 4] }),
  truncate({ dimensions: 1 }),
  chain(l2Normalize(), beside([chain(), deltas()])),
]

/** What gives one frame. */
const vectors: readonly Stage[] = [
  globalPool('mean'),
  globalPool(['max', 'first']),
  pyramidPool('stats', { levels: [1, 3] }),
  chain(pool1d('max', { size: 2, partial: 'keep' }), globalPool('std')),
  chain(deltas(), globalPool('last')),
]

const branches = (of: readonly Stage[]) =>
  fc.array(fc.tuple(fc.constantFrom(...of), fc.constantFrom(0, 0.5, 1, 3)), { minLength: 1, maxLength: 4 })
const input = fc.constantFrom({ bins: 2 }, { bins: 3, channels: 2 }).chain((shape) => sequence(24, shape))

const span = (block: Frames, f: number) => spanOf(block, block.start + f)

describe('each frame', () => {
  const check = (all: readonly (readonly [Stage, number])[], block: Frames) => {
    const parts = all.map(([stage]) => apply(block, stage))
    const stage = beside(
      all.map(([stage]) => stage),
      { weights: all.map(([, weight]) => weight) },
    )
    const out = apply(block, stage)
    const length = parts[0]!.length
    expect(out.length).toBe(length)
    for (let f = 0; f < length; f++) {
      const row = <Data extends Frames>({ data, length }: Data) => [
        ...data.subarray((f * data.length) / length, ((f + 1) * data.length) / length),
      ]
      expect(row(out)).toEqual(parts.flatMap((part, b) => row(part).map((x) => Math.fround(x * all[b]![1]))))
      expect(out.weights?.[f] ?? 1).toBe(Math.min(...parts.map(({ weights }) => weights?.[f] ?? 1)))
      expect(out.boundaries?.[f] ?? 0).toBe(Math.max(...parts.map(({ boundaries }) => boundaries?.[f] ?? 0)))
      const spans = parts.map((part) => span(part, f))
      expect(span(out, f)).toEqual([Math.min(...spans.map(([from]) => from)), Math.max(...spans.map(([, to]) => to))])
    }
    const names = laneNames(out.layout)
    expect(new Set(names).size).toBe(names.length)
    expect(names.length * length).toBe(out.data.length)
    return stage
  }

  property([branches(framewise), input, cuts, fc.nat(20)], { numRuns: 60 })('has the lanes of all branches', (all, block, sizes, at) => {
    // Speech and onsets have a rate.
    fc.pre(block.layout.clock.hop !== undefined || all.every(([stage]) => !stage.spec.stage.startsWith('detect')))
    streams(check(all, block), block, sizes, at)
  })

  property([branches(vectors), input, cuts, fc.nat(20)], { numRuns: 40 })('is one vector of several', (all, block, sizes, at) => {
    streams(check(all, block), block, sizes, at)
  })

  property([branches([...framewise, ...vectors]), input], { numRuns: 40 })(
    'has the same bits when the stage has been JSON',
    (all, block) => {
      const weights = all.map(([, weight]) => weight)
      const stage = beside(all.map(([stage]) => stage), { weights }) // biome-ignore format: one call
      const again = stageFrom(JSON.parse(JSON.stringify(stage.spec)))
      expect(again.spec).toEqual(stage.spec)
      const given = (one: Stage) => {
        try {
          return said(apply(block, one))
        } catch (error) {
          return String(error)
        }
      }
      expect(given(again)).toEqual(given(stage))
    },
  )
})

test('outputs beside each other are those of a list', () => {
  const words = frames([3, 1, 4, 1, 5, 9], { bins: 2 })
  expect(said(apply(words, beside([globalPool('mean'), globalPool('first')])))).toEqual(said(apply(words, globalPool(['mean', 'first']))))
})

test('float64 is seen with all its digits by what sees it alone', () => {
  const precise = frames(Float64Array.of(1 + 2 ** -40, 1), { hop: 0.01 })
  const stage = beside([globalPool('std'), globalPool('mean')])
  expect(apply(precise, stage).data[0]).toBe(apply(precise, globalPool('std')).data[0])
  expect(apply(precise, stage).data[0]).toBeGreaterThan(0)
})

describe('names', () => {
  const sound = signal(
    Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i * i)),
    { rate: 8000 },
  )
  const bands = frames([1, 2, 3, 4, 5, 6], { bins: 2, hop: 0.01 })
  const few = (count: number, pooling: 'mean' | 'max') => chain(logMel({ bands: count }), globalPool(pooling))

  test.each<[string, Stage[], Frames, shape: number[], names: string[]]>([
    ['more bins', [chain(spectrogram(), mel({ bands: 2 })), rms()], sound, [1, 3, 1], ['mel0', 'mel1', 'rms']],
    ['more bins of one plane', [few(1, 'mean'), chain(rms(), globalPool('mean'))], sound, [1, 2, 1], ['mel0.mean', 'rms.mean']],
    ['more planes', [globalPool('mean'), globalPool('max')], bands, [2, 2, 1], ['bin0.mean', 'bin1.mean', 'bin0.max', 'bin1.max']],
    ['lanes as bins', [few(2, 'mean'), chain(rms(), globalPool('max'))], sound, [1, 3, 1], ['mel0.mean', 'mel1.mean', 'rms.max']],
    ['the last stage where they are the same', [normalize(), chain(l2Normalize(), deltas())], bands, [3, 2, 1],
      ['bin0.normalize', 'bin1.normalize', 'bin0.deltas', 'bin1.deltas', 'bin0.delta.deltas', 'bin1.delta.deltas']],
    ['what was there beside what became of it', [chain(), normalize()], bands, [2, 2, 1], ['bin0', 'bin1', 'bin0.normalize', 'bin1.normalize']],
    ['the place where the stages are the same', [few(1, 'mean'), few(2, 'mean')], sound, [1, 3, 1],
      ['mel0.1of2.mean', 'mel0.2of2.mean', 'mel1.2of2.mean']],
    ['only of those that are the same', [globalPool('mean'), globalPool('mean'), globalPool('max')], bands, [3, 2, 1],
      ['bin0.mean.1of3', 'bin1.mean.1of3', 'bin0.mean.2of3', 'bin1.mean.2of3', 'bin0.max', 'bin1.max']],
  ])('%s', (_, stages, block, shape, names) => {
    const { layout } = apply(block, beside(stages))
    expect([layout.planes, layout.bins, layout.channels]).toEqual(shape)
    expect(laneNames(layout)).toEqual(names)
  }) // biome-ignore format: a table
})

describe('what does not go together', () => {
  const sound = signal(new Float32Array(2000), { rate: 8000 })
  const rows = frames([1, 2, 3, 4, 5, 6], { hop: 0.01 })

  test.each<[() => unknown, string]>([
    [() => beside([]), 'beside: stages must be a list of 1 to 256, got []'],
    [() => beside(rms() as never), 'beside: stages must be a list of 1 to 256, got'],
    [() => beside(['rms'] as never), 'beside: expected a stage, got "rms"'],
    [() => beside([rms()], { weights: [1, 2] }), 'beside: weights must be one for each of the 1 stages, got 2'],
    [() => beside([rms()], { weights: [] }), 'beside: weights must be a list such as [1, 0.5], got []'],
    [() => beside([rms(), rms()], { weights: [1, -1] }), 'beside: weights[1] must be a finite number ≥ 0, got -1'],
    [() => beside([rms(), rms()], { weights: [1, Infinity] }), 'beside: weights[1] must be a finite number ≥ 0, got Infinity'],
    [() => beside([rms()], { weight: [1] } as never), 'beside: unknown option "weight"; did you mean "weights"?'],
    [() => stageFrom({ stage: 'beside', stages: [{ stage: 'rmz' }] }), 'stageFrom: unknown stage "rmz"'],
    [() => stageFrom({ stage: 'beside' }), 'beside: stages must be a list of at most 256, got undefined'],
    [() => apply(sound, beside([rms(), rms({ hop: 40 })])),
      'beside: stages[1] must give a frame every 0.01 seconds from 0 on, as stages[0] does, got a frame every 0.005 seconds from 0 on'],
    [() => apply(sound, beside([rms(), globalPool('mean')])), 'as stages[0] does, got frames at any seconds'],
    [() => apply(sound, beside([rms(), logMel({ center: true })])), 'beside: stages[1] must give a frame every 0.01 seconds from 0 on'],
    [() => apply(rows, beside([pool1d('max', { size: 1 }), pool1d('max', { size: 3, stride: 1 })])),
      'beside: stages[1] must give 6 frames, as stages[0] does, got 4'],
    [() => apply(rows, beside([chain(), mel()])), 'mel: '],
  ])('%# is refused when planned', (give, message) => {
    expect(give).toThrow(message)
  }) // biome-ignore format: a table

  test('stages too deep in one another', () => {
    const deep = JSON.parse(`${'{"stage":"beside","stages":['.repeat(5000)}${']}'.repeat(5000)}`)
    expect(() => stageFrom(deep)).toThrow('beside: stages must be a list of at most 256, got ')
  })

  test('other numbers of frames, told at the end, with the first that is alone', () => {
    const { length: _, ...layout } = rows.layout
    const machine = open(beside([pool1d('max', { size: 1 }), pool1d('max', { size: 3, stride: 1 })]), layout)
    expect(machine.push({ ...rows, layout })?.length).toBe(4)
    expect(machine.peek()).toBeUndefined()
    expect(() => machine.close()).toThrow(
      new DataError('beside: stages must give as many frames each, got 6, 4; with strict false, what is beyond the shortest is left out', {
        frame: 4,
      }),
    )
    const marked = frames([1, 2, 3, 4, 5, 6], { hop: 0.01, boundaries: [1, 0, 0, 1, 0, 0] })
    const segments = beside([segmentPool('mean'), segmentPool('mean', { max: 2 })])
    expect(() => apply(marked, segments)).toThrow('beside: stages must give as many frames each, got 2, 4')
  })

  test('a live source, where a branch refuses it', () => {
    const live = { ...rows.layout, live: true as const }
    expect(() => open(beside([chain(), normalize()]), live)).toThrow('normalize: expected a sequence that ends, got a live source')
    expect(open(beside([chain(), deltas()]), live).push({ ...rows, layout: live })?.layout.live).toBe(true)
  })
})

describe('what waits', () => {
  /** Bytes of all the memory that a state holds on to, arrays of which it shows a piece as they are. */
  const held = (state: unknown, buffers = new Set<ArrayBufferLike>()): Set<ArrayBufferLike> => {
    if (ArrayBuffer.isView(state)) buffers.add(state.buffer)
    else if (typeof state === 'object' && state !== null) for (const part of Object.values(state)) held(part, buffers)
    return buffers
  }
  const size = (stage: Stage, block: Frames, by: number) => {
    const { length: _, ...layout } = block.layout
    const machine = stage.plan(layout).open()
    for (const part of blocks(block, by)) machine.push({ ...part, layout })
    return [...held(machine.save())].reduce((sum, { byteLength }) => sum + byteLength, 0)
  }
  const long = frames(Float32Array.from({ length: 40_000 }, (_, i) => i % 7), { bins: 4, hop: 0.01 }) // biome-ignore format: one call

  test.each([1, 7, 50, 10_000])('is as much as the branches are apart, in blocks of %i too', (by) => {
    // Twice the 4 frames that one waits for the other, which holds 8 and 4.
    const frame = 4 * Float32Array.BYTES_PER_ELEMENT
    const bytes = size(beside([chain(), deltas({ width: 9 })]), long, by)
    expect(bytes).toBeGreaterThanOrEqual(4 * frame)
    expect(bytes).toBeLessThanOrEqual((2 * 4 + 8 + 4) * frame)
  })

  test('is what the end is needed for', () => {
    const { length: _, ...layout } = long.layout
    const { needs, reach } = beside([deltas(), pyramidPool('max')]).plan({ ...layout, clock: { unit: 'second', start: 0 } })
    expect([needs, reach.size]).toEqual(['end', Infinity])
    expect(beside([deltas(), chain(), deltas({ width: 9 })]).plan(long.layout).reach).toEqual({ size: 9, stride: 1, latency: 4 })
  })
})

test('silence that is left out by one branch only is no match', () => {
  const sound = signal(Float32Array.from({ length: 8000 }, (_, i) => (i > 2000 && i < 6000 ? Math.sin(i) : 0)), { rate: 8000 }) // biome-ignore format: one call
  const features = (...more: Stage[]) => chain(logMel({ bands: 8 }), ...more)
  expect(() => apply(sound, beside([features(trim()), features(trim(), deltas())]))).not.toThrow()
  expect(() => apply(sound, beside([features(trim()), features(detectSpeech())]))).toThrow(
    'beside: stages[1] must give frames at any seconds',
  )
})
