// All 88 of eGeMAPS of ten recordings, eight speakers among them, against their definitions in float64.
import { expect, test } from 'vitest'
import { near, recordingOf } from '../stages/egemapsNear.ts'

const recordings = [
  'banana-v1',
  'bat-v2',
  'bin-v3',
  'banana-v4',
  'umbrella-v5',
  'elephant-v6',
  'ship-v7',
  'bat-v8',
  'umbrella-v1',
  'elephant-v2',
]

test.each(recordings)('%s', async (word) => {
  const samples = await recordingOf(word)
  expect(samples.length).toBeGreaterThan(4000)
  near(samples)
})
