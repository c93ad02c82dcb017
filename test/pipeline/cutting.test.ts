// A recording that is pooled in stretches gives the bits of the whole, whatever the stages, wherever it is cut.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blocks, type Frames, slice } from '../../src/core/frames.ts'
import { apply, chain, type Stage } from '../../src/core/stage.ts'
import {
  deltas,
  globalPool,
  globalPool2d,
  kWeighting,
  l2Normalize,
  log,
  markBoundaries,
  normalize,
  pick,
  pool1d,
  preemphasis,
  rms,
  signal,
  smooth,
  spectrogram,
} from '../../src/index.ts'
import { joinedStretches, pooledStretch, stretchesOf } from '../../src/pipeline/cutting.ts'
import * as leaves from '../../src/poolings/leaves.ts'
import { poolingOf } from '../../src/poolings/named.ts'
import { said } from '../laws/laws.ts'
import { property } from '../property.ts'

const noise = (length: number) => {
  let state = length
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state / 2 ** 31 - 1
  })
}

/** As a reader that begins at any sample gives it. */
async function* from(all: Frames, sample: number, size: number): AsyncGenerator<Frames> {
  const { length: _, ...layout } = all.layout
  yield* blocks({ ...slice(all, sample, all.length), start: 0, layout }, size)
}

async function inStretches(all: Frames, stages: readonly Stage[], most: number, size: number): Promise<Frames | undefined> {
  const stretches = stretchesOf(stages, { ...all.layout, length: all.length }, most)
  if (stretches.length === 0) return undefined
  expect(stretches.length).toBeLessThanOrEqual(most)
  const states = await Promise.all(
    stretches.map(async (stretch) => structuredClone(await pooledStretch(stages, stretch, from(all, stretch.sample, size)))),
  )
  // Float32 hides most of what another order of sums would change: the tree's nodes must be those of the whole, each smaller than the one before.
  const { joining } = stages.at(-2)!.plan(chain(...stages.slice(0, -2)).plan(all.layout).layout)
  const { heights } = joining!.join(states).state as { heights: readonly number[] }
  expect(heights).toEqual([...new Set(heights)].sort((a, b) => b - a))
  return joinedStretches(stages, all.layout, states)
}

interface Before {
  /** Samples from one frame to the next. */
  readonly hop: number
  readonly stages: readonly Stage[]
}

const hop = fc.integer({ min: 1, max: 3 })
/** What may stand before: nothing, what is of a sample, what frames, at the edges by zeros or by what is reflected, and what looks at frames around. */
const before: fc.Arbitrary<Before> = fc.oneof(
  fc.constantFrom([], [preemphasis()], [smooth({ size: 5 }), smooth({ size: 3 })]).map((stages) => ({ hop: 1, stages })),
  fc
    .tuple(hop, fc.integer({ min: 2, max: 40 }), fc.boolean(), fc.constantFrom('zeros' as const, 'reflect' as const), fc.nat(3))
    .map(([hop, length, center, padding, more]) => ({
      hop,
      stages: [
        preemphasis(),
        spectrogram({ length, hop, fft: length << more, ...(center && { center, padding }) }),
        pick({ of: ['hz0'] }),
        log(),
      ],
    })),
  fc.tuple(hop, fc.constantFrom('nearest' as const, 'interp' as const), fc.constantFrom(1, 2)).map(([hop, edges, order]) => ({
    hop,
    stages: [rms({ length: 20, hop, center: true }), deltas({ width: 5, edges, order }), smooth({ size: 3 })],
  })),
)
const joining = Object.keys(leaves).filter((name) => !poolingOf(name as never, 'test').keeps && !poolingOf(name as never, 'test').across)
const pools = fc.constantFrom(
  globalPool(['stats', 'last', 'positionMean']),
  ...joining.map((name) => globalPool(name as never)),
  globalPool2d('moments'),
)

/** About so many panes and frames, so that the last stretch may have hardly any. */
const lengths = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.oneof(fc.integer({ min: -3, max: 3 }), fc.nat(4096)), fc.nat(60))

property([lengths, before, pools, fc.integer({ min: 2, max: 8 }), fc.integer({ min: 50, max: 20_000 })], { numRuns: 40 })(
  'joins to the bits of the whole',
  async ([panes, more, samples], { hop, stages }, pool, most, size) => {
    const all = signal(noise(Math.max(0, (panes * 4096 + more) * hop + samples)), { rate: 8000 })
    const whole = [...stages, pool, l2Normalize()]
    const joined = await inStretches(all, whole, most, size)
    if (joined) expect(said(joined)).toEqual(said(apply(all, ...whole)))
    else if (stages.length < 3) expect(chain(...stages).plan(all.layout).layout.length).toBeLessThanOrEqual(4096)
  },
)

test('is not cut where a stage goes by more than it sees, waits for the end, or pools other than globally, nor what keeps its values', () => {
  const input = { ...signal([], { rate: 8000 }).layout, length: 100_000 }
  const cut = (...stages: Stage[]) => stretchesOf(stages, input, 8).length
  expect(cut(preemphasis(), globalPool('mean'))).toBe(7)
  for (const stages of [
    [kWeighting(), globalPool('mean')],
    [normalize(), globalPool('mean')],
    [markBoundaries({ at: [9] }), globalPool('mean')],
    [pool1d('mean', { size: 9 }), globalPool('mean')],
    [globalPool('quantile')],
    [preemphasis()],
    [],
  ])
    expect(cut(...stages), stages.map(({ spec }) => spec.stage).join()).toBe(0)
})

test('a recording that ends before the stretch does is refused', async () => {
  const all = signal(noise(5000), { rate: 8000 })
  await expect(pooledStretch([globalPool('mean')], { sample: 0, from: 0, to: 8192 }, from(all, 0, 999))).rejects.toThrow(
    'expected 8192 frames, got 5000',
  )
})
