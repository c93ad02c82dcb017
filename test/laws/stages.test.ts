// Every stage there is keeps the laws of machines over whatever it takes; a new one is tested by being exported.
import fc from 'fast-check'
import { test } from 'vitest'
import { everyStage } from './everyStage.ts'
import { cuts, streams } from './laws.ts'

test.each([...everyStage])('%s gives the same bits in any blocks, saved or not', (_, { make, args, input }) => {
  const stage = make(...args)
  fc.assert(
    fc.property(cuts, fc.nat(20), (sizes, at) => streams(stage, input, sizes, at)),
    { numRuns: 8 },
  )
})
