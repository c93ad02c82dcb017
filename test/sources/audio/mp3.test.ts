import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { followed } from '../../../src/sources/audio/mp3.ts'
import { concat, cut, samples } from '../recordings.ts'

async function missing(bytes: Uint8Array, size: number): Promise<number> {
  const frames = followed(cut(bytes, size))
  for await (const _ of frames);
  return frames.missing
}

/** An empty frame of a header's version, bit rate and rate: the sizes are those that the standards' formula gives by hand. */
const frame = (header: number[], size: number) => concat(Uint8Array.of(...header), new Uint8Array(size - header.length))

test.each<[string, number[], number]>([
  ['MPEG-1, 128 kbit/s, 44.1 kHz', [0xff, 0xfb, 0x90, 0x00], 417],
  ['the same, padded, with a checksum', [0xff, 0xfa, 0x92, 0x00], 418],
  ['MPEG-1, 320 kbit/s, 48 kHz', [0xff, 0xfb, 0xe4, 0x00], 960],
  ['MPEG-2, 64 kbit/s, 22.05 kHz', [0xff, 0xf3, 0x80, 0x00], 208],
  ['MPEG-2.5, 8 kbit/s, 8 kHz', [0xff, 0xe3, 0x18, 0x00], 72],
])('%s', async (_, header, size) => {
  const one = frame(header, size)
  for (const chunks of [1, 3, 100, 10_000]) {
    expect(await missing(concat(one, one), chunks)).toBe(0)
    expect(await missing(concat(one, one).subarray(0, -1), chunks)).toBe(1)
    expect(await missing(concat(one, one.subarray(0, 10)), chunks)).toBe(size - 10)
  }
})

test('real files are whole; a free bit rate and what is no frame are not followed', async () => {
  for (const word of ['bat-v1', 'elephant-v8', 'ship-v2', 'umbrella-v5'])
    expect(await missing(readFileSync(`${samples}/formats/${word}.mp3`), 1000)).toBe(0)
  const one = frame([0xff, 0xfb, 0x90, 0x00], 417)
  expect(await missing(concat(one, frame([0xff, 0xfb, 0x00, 0x00], 100)), 50)).toBe(0)
  expect(await missing(concat(one, new Uint8Array(300), one.subarray(0, 9)), 50)).toBe(0)
})
