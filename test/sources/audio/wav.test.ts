import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { DataError } from '../../../src/core/check.ts'
import type { Frames } from '../../../src/core/frames.ts'
import { audioFiles } from '../../../src/sources/audio/audioFiles.ts'
import { decodeAudio } from '../../../src/sources/audio/decode.ts'
import { chunk, concat, cut, ending, folder, s16, type WavOptions, wavOf, whole } from '../recordings.ts'

const ramp = Int16Array.from({ length: 1000 }, (_, i) => i * 60 - 30000)
const heard = Float32Array.from(ramp, (x) => x / 32768)
const files = folder()

function decode(bytes: Uint8Array) {
  return decodeAudio(bytes, { channels: 'keep' })
}

function stream(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  const parts = cut(bytes, size)
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
}

describe('WAV', () => {
  test.prop([fc.integer({ min: 1, max: 3000 })], { numRuns: 20 })('gives the same samples wherever the bytes are cut', async (size) => {
    const block = await whole(decodeAudio(stream(wavOf(s16(ramp)), size)))
    expect(block.data).toEqual(heard)
    expect(block.layout.length).toBeUndefined()
  })

  // Each row: the bytes of −1, 0, and half of full scale.
  it.each<[WavOptions, number[]]>([
    [{ bits: 8 }, [0, 128, 192]],
    [{ bits: 16 }, [0, 0x80, 0, 0, 0, 0x40]],
    [{ bits: 24 }, [0, 0, 0x80, 0, 0, 0, 0, 0, 0x40]],
    [{ bits: 32 }, [0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40]],
    [{ bits: 32, format: 3 }, [...new Uint8Array(Float32Array.of(-1, 0, 0.5).buffer)]],
    [{ bits: 64, format: 3 }, [...new Uint8Array(Float64Array.of(-1, 0, 0.5).buffer)]],
  ])('reads %j, plain and extensible', async (options, bytes) => {
    for (const extensible of [false, true]) {
      const block = await whole(decode(wavOf(Uint8Array.from(bytes), { ...options, extensible })))
      expect([...block.data]).toEqual([-1, 0, 0.5])
      expect(block.layout.length).toBe(3)
    }
  })

  it('passes NaN and infinities on', async () => {
    const values = Float32Array.of(Number.NaN, Infinity, -Infinity, 0)
    const block = await whole(decode(wavOf(new Uint8Array(values.buffer), { bits: 32, format: 3 })))
    expect(block.data).toEqual(values)
  })

  it('gives silence as zeros', async () => {
    const block = await whole(decode(wavOf(s16(new Int16Array(5000)))))
    expect(block.data).toEqual(new Float32Array(5000))
  })

  it('interleaves channels it keeps and takes their mean where it mixes', async () => {
    const bytes = wavOf(s16([100, 200, -300, 500]), { channels: 2 })
    const kept = await whole(decodeAudio(bytes, { channels: 'keep' }))
    expect([...kept.data].map((x) => x * 32768)).toEqual([100, 200, -300, 500])
    expect(kept.layout.channels).toBe(2)
    const mixed = await whole(decodeAudio(bytes))
    expect([...mixed.data].map((x) => x * 32768)).toEqual([150, 100])
    expect(mixed.layout.channels).toBe(1)
  })

  it('skips chunks it does not know, of odd sizes too, and stops where the samples end', async () => {
    const odd = chunk('LIST', new TextEncoder().encode('odd'))
    const block = await whole(decode(wavOf(s16(ramp), { before: odd, after: concat(odd, odd) })))
    expect(block.data).toEqual(heard)
  })

  it.each([
    ['0 after a header', { dataSize: 0, riffSize: 36 }],
    ['0 in both places', { dataSize: 0, riffSize: 0 }],
    ["0xFFFFFFFF, ffmpeg's", { dataSize: 0xffffffff, riffSize: 0xffffffff }],
    ["0x7FFFF000, sox's", { dataSize: 0x7ffff000, riffSize: 0x7ffff024 }],
    ["0x80000000, arecord's", { dataSize: 0x80000000, riffSize: 0x80000024 }],
  ])('reads a piped WAV, whose size is %s, to its end', async (_, sizes) => {
    const { length, blocks, error } = await ending(decode(wavOf(s16(ramp), sizes)))
    expect(error).toBeUndefined()
    expect(length).toBe(1000)
    expect(blocks[0]!.layout.length).toBeUndefined()
  })

  it('tells the length only where the file is long enough for it', async () => {
    const lengths = await Promise.all(
      [1998, 2000, 2002].map(async (dataSize) => (await ending(decode(wavOf(s16(ramp), { dataSize })))).blocks[0]!.layout.length),
    )
    expect(lengths).toEqual([999, 1000, undefined])
  })

  it('takes a header followed by nothing for a recording of no samples', async () => {
    const { blocks, error } = await ending(decode(wavOf(new Uint8Array(0))))
    expect(error).toBeUndefined()
    expect(blocks.map((block) => block.length)).toEqual([0])
  })

  it('does not take what follows an empty recording for samples', async () => {
    const { length, error } = await ending(decode(wavOf(new Uint8Array(0), { after: chunk('LIST', new Uint8Array(100)) })))
    expect([length, error]).toEqual([0, undefined])
  })

  it.each<[string, Uint8Array, number, string]>([
    ['a header that promises more', wavOf(s16(ramp), { dataSize: 4000 }), 1000, 'expected 2000 samples, as its header promises, got 1000'],
    ['4 GB', wavOf(s16(ramp), { dataSize: 0xfffffff0 }), 1000, 'expected 2147483640 samples, as its header promises, got 1000'],
    ['a cut in a sample', wavOf(s16(ramp)).subarray(0, 2043), 999, 'expected 1000 samples, as its header promises, got 999'],
    ['an odd byte', wavOf(new Uint8Array(5)), 2, 'expected whole frames of 2 bytes, got 1 left over at the end'],
    ['0 Hz', wavOf(s16(ramp), { rate: 0 }), 0, 'expected a rate from 1 to 384000 Hz, got 0 Hz'],
    ['4 GHz', wavOf(s16(ramp), { rate: 4e9 }), 0, 'expected a rate from 1 to 384000 Hz, got 4000000000 Hz'],
    ['0 channels', wavOf(s16(ramp), { channels: 0 }), 0, 'expected at least 1 channel, got 0'],
    [
      '12 bits',
      wavOf(s16(ramp), { bits: 12 }),
      0,
      'expected integers of 8, 16, 24 or 32 bits or floats of 32 or 64, got 12 bits of format 1',
    ],
    ['A-law', wavOf(s16(ramp), { bits: 8, format: 6 }), 0, 'got 8 bits of format 6'],
    ['frames of another size', wavOf(s16(ramp), { block: 3 }), 0, 'expected frames of 2 bytes (1 × 16 bits), got 3'],
    ['no samples chunk', wavOf(s16(ramp)).subarray(0, 36), 0, 'expected a "data" chunk, got the end of the file after 36 bytes'],
    [
      'a fmt chunk of 4 GB',
      chunk('RIFF', concat(new TextEncoder().encode('WAVE'), chunk('fmt ', new Uint8Array(4), 0xffffffff))),
      0,
      'expected a "fmt " chunk of at least 16 bytes, got 4',
    ],
    [
      'samples without a format',
      chunk('RIFF', concat(new TextEncoder().encode('WAVE'), chunk('data', s16(ramp)))),
      0,
      'expected a "fmt " chunk before the samples, got none',
    ],
    ['an AVI file', chunk('RIFF', new TextEncoder().encode('AVI LIST')), 0, 'expected a RIFF WAVE header, got another'],
    [
      'text',
      new TextEncoder().encode('Dear reader, this is a letter.'),
      0,
      'expected WAV, MP3, FLAC or Ogg Vorbis, got a file that begins with "Dear reader,"',
    ],
    ['an empty file', new Uint8Array(0), 0, 'expected audio, got an empty file'],
  ])('says what is wrong with %s, after the samples there are', async (name, bytes, samples, message) => {
    const path = files.write(`${name.replaceAll(' ', '-')}.wav`, bytes)
    const sequences = await new Promise<{ id: string; run: ReturnType<typeof ending> }[]>((resolve) => {
      const all: { id: string; run: ReturnType<typeof ending> }[] = []
      audioFiles(path).subscribe({ next: ({ id, frames }) => all.push({ id, run: ending(frames) }), complete: () => resolve(all) })
    })
    const { length, error } = await sequences[0]!.run
    expect(error).toBeInstanceOf(DataError)
    expect(error!.message.startsWith(`audioFiles: ${path}: `)).toBe(true)
    expect(error!.message).toContain(message)
    expect(length).toBe(samples)
  })

  it('shows first bytes that are no text as numbers', async () => {
    const { error } = await ending(decode(Uint8Array.of(0, 1, 2, 255)))
    expect(error?.message).toBe('decodeAudio: expected WAV, MP3, FLAC or Ogg Vorbis, got a file that begins with the bytes 00 01 02 ff')
  })

  it('holds of two hours no more than what it was given last', async () => {
    const seconds = 7200
    const head = wavOf(new Uint8Array(0), { rate: 8000, bits: 8, dataSize: seconds * 8000 })
    const second = new Uint8Array(8000).fill(128)
    let given = -1
    const hours = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          controller.enqueue(given === -1 ? head : second)
          given += 1
          if (given === seconds) controller.close()
        },
      },
      { highWaterMark: 0 },
    )
    let taken = 0
    let ahead = 0
    await new Promise<void>((complete, error) => {
      const next = (block: Frames) => {
        ahead = Math.max(ahead, given * 8000 - taken)
        taken += block.length
      }
      decodeAudio(hours, { rate: 8000 }).subscribe({ next, error, complete })
    })
    expect(taken).toBe(seconds * 8000)
    expect(ahead).toBe(8000)
  })
})
