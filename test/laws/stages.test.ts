// Every stage there is keeps the laws of machines over whatever it takes; a new one is tested by being exported.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Frames, join, spanOf } from '../../src/core/frames.ts'
import { guarded } from '../../src/core/stage.ts'
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
