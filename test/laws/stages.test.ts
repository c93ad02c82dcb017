// Every stage there is keeps the laws of machines over whatever it takes; a new one is tested by being exported.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Frames, join, slice, spanOf } from '../../src/core/frames.ts'
import { apply, guarded } from '../../src/core/stage.ts'
import { timedClock } from '../../src/windows/eventClock.ts'
import { everyStage } from './everyStage.ts'
import { cut, cuts, said, streams } from './laws.ts'

test.each([...everyStage])('%s gives the same bits in any blocks, saved or not', (_, { make, args, input }) => {
  const stage = make(...args)
  fc.assert(
    fc.property(cuts, fc.nat(20), (sizes, at) => streams(stage, input, sizes, at)),
    { numRuns: 8 },
  )
})

const local = [...everyStage].filter(([, { make, args, input }]) => make(...args).plan(input.layout).reach.local)

test('what makes spectra of sound is local', () => {
  expect(local.map(([name]) => name)).toEqual(
    expect.arrayContaining(['logMel', 'mel', 'stft', 'deltas', 'smooth', 'l2Normalize', 'preemphasis']),
  )
})

test.each(local)(
  '%s is local as it says: begun later, it gives the same bits once it has seen what a frame sees',
  (_, { make, args, input }) => {
    const stage = make(...args)
    const { size, stride } = stage.plan(input.layout).reach
    const weight = fc.constantFrom(1, 1, 1, 0, 0.5)
    const each = <One>(one: fc.Arbitrary<One>) => fc.array(one, { minLength: input.length, maxLength: input.length })
    fc.assert(
      fc.property(fc.nat(input.length), fc.option(each(weight)), fc.option(each(fc.constantFrom(0, 0, 1))), (at, weights, boundaries) => {
        const all: Frames = {
          ...input,
          ...(weights && { weights: Float32Array.from(weights) }),
          ...(boundaries && { boundaries: Uint8Array.from(boundaries) }),
        }
        const first = Math.floor(at / stride)
        const later = { ...slice(all, first * stride, all.length), start: 0 }
        const [whole, part] = [apply(all, stage), apply(later, stage)]
        const from = Math.min(part.length, Math.ceil(size / stride))
        const start = first + from
        const tail = { ...slice(part, from, part.length), start, layout: whole.layout }
        expect(said(tail)).toEqual(said(slice(whole, Math.min(whole.length, start), whole.length)))
      }),
      { numRuns: 40 },
    )
  },
)

/** The same frames on a clock without a hop, as segments and events have it. */
function irregular(input: Frames): Frames {
  const spans = Float64Array.from({ length: 2 * input.length }, (_, i) => spanOf(input, i >> 1)[i % 2]!)
  return { ...input, layout: { ...input.layout, clock: timedClock(input.layout.clock) }, spans }
}

test.each([...everyStage])('%s takes watermarks, with frames and without, for what they are', (name, { make, args, input }) => {
  const stage = make(...args)
  const given = irregular(input)
  let plan: ReturnType<typeof guarded>
  try {
    plan = guarded('law', stage.plan(given.layout), given.layout)
  } catch (cause) {
    // What needs a rate says so.
    expect(String(cause), name).toMatch(/irregular|regular hop|regular rate/)
    return
  }
  const run = (parts: readonly Frames[]) => {
    const machine = plan.open()
    const out = [...parts.map((part) => machine.push(part)), machine.close()]
    // A watermark that goes on is one that what follows keeps.
    let passed = -Infinity
    for (const block of out) {
      for (let f = 0; f < (block?.length ?? 0); f++) expect(spanOf(block!, block!.start + f)[0], name).toBeGreaterThanOrEqual(passed)
      passed = Math.max(passed, block?.watermark ?? -Infinity)
    }
    return said(join(out))
  }
  fc.assert(
    fc.property(cuts, (sizes) => {
      const parts = cut(given, sizes)
      const marked = parts.flatMap((part): Frames[] => {
        const watermark = spanOf(part, part.start + part.length - 1)[0]
        const { layout, length } = part
        const none = { layout, start: part.start + length, length: 0, data: new Float32Array(0), spans: new Float64Array(0) }
        return [
          { ...part, watermark },
          { ...none, watermark },
        ]
      })
      expect(run(marked)).toEqual(run(parts))
    }),
    { numRuns: 8 },
  )
})
