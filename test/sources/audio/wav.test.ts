import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DataError } from '../../../src/core/check.ts'
import type { Frames } from '../../../src/core/frames.ts'
import { cursor } from '../../../src/files/bytes.ts'
import { audioFiles } from '../../../src/sources/audio/audioFiles.ts'
import { decodeAudio } from '../../../src/sources/audio/decode.ts'
import type { Samples } from '../../../src/sources/audio/encoding.ts'
import { wav } from '../../../src/sources/audio/wav.ts'
import { property } from '../../property.ts'
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
  property([fc.integer({ min: 1, max: 3000 })], { numRuns: 20 })('gives the same samples wherever the bytes are cut', async (size) => {
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
    [{ bits: 64 }, [...new Uint8Array(BigInt64Array.of(-(2n ** 63n), 0n, 2n ** 62n).buffer)]],
    // Left-justified where there are more bits than are used.
    [{ bits: 7, block: 1 }, [0, 128, 192]],
    [{ bits: 12, block: 2 }, [0, 0x80, 0, 0, 0, 0x40]],
    [{ bits: 20, block: 3 }, [0, 0, 0x80, 0, 0, 0, 0, 0, 0x40]],
    [{ bits: 20, block: 4 }, [0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40]],
    [{ bits: 24, block: 4 }, [0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40]],
  ])('reads %j, plain and extensible', async (options, bytes) => {
    for (const extensible of [false, true]) {
      const block = await whole(decode(wavOf(Uint8Array.from(bytes), { ...options, extensible })))
      expect([...block.data]).toEqual([-1, 0, 0.5])
      expect(block.layout.length).toBe(3)
    }
  })

  // Of all 256 codes, of what sox and ffmpeg give: their sum over the positive half, the largest, and a few.
  it.each([
    [7, 'mu-law', { 0: -32124, 15: -16764, 16: -15996, 127: 0, 128: 32124, 239: 132, 254: 8, 255: 0 }],
    [6, 'A-law', { 0: -5504, 42: -32256, 85: -8, 213: 8, 170: 32256, 128: 5504, 255: 848, 127: -848 }],
  ])('reads format %d, %s, plain and extensible', async (format, _, some) => {
    const codes = Uint8Array.from({ length: 256 }, (_, code) => code)
    for (const extensible of [false, true]) {
      const { data } = await whole(decode(wavOf(codes, { bits: 8, format, extensible })))
      for (const [code, value] of Object.entries(some)) expect(data[Number(code)]! * 32768).toBe(value)
      // The other half has the other sign.
      for (let code = 0; code < 128; code++) expect(data[code]! + data[code + 128]!).toBe(0)
      expect(new Set(data).size).toBe(format === 7 ? 255 : 256)
    }
  })

  it.each([
    [32, Float32Array.of(0, 0.5, Number.NaN, 1), 'NaN'],
    [32, Float32Array.of(0, 0.5, -Infinity, Number.NaN), '-Infinity'],
    [32, Float32Array.of(0, 0.5, 1e30), '1.0000000150474662e+30'],
    [64, Float64Array.of(0, 0.5, 1e300), 'Infinity'],
  ])('ends at a sample that is none, of %d bits: %o', async (bits, values, got) => {
    const { length, error } = await ending(decode(wavOf(new Uint8Array(values.buffer), { bits, format: 3 })))
    expect(error).toBeInstanceOf(DataError)
    expect(error?.message).toBe(`decodeAudio: expected samples between −2⁴⁰ and 2⁴⁰, got ${got} at sample 2, after 0.000125 s`)
    expect((error as DataError).frame).toBe(2)
    expect(length).toBe(2)
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

  // What writers leave in the header of a WAV that they send through a pipe, and sizes near those.
  it.each<readonly [string, WavOptions]>([
    ['0 after a header: mpg123', { dataSize: 0, riffSize: 36 }],
    ['0 in both places', { dataSize: 0, riffSize: 0 }],
    ['0 of a file without end', { dataSize: 0, riffSize: 0x7fffffff }],
    ['0xFFFFFFFF: ffmpeg', { dataSize: 0xffffffff, riffSize: 0xffffffff }],
    ['0x7FFFF000: sox', { dataSize: 0x7ffff000, riffSize: 0x7ffff024 }],
    ['0x80000000: arecord', { dataSize: 0x80000000, riffSize: 0x80000024 }],
    ['0x7FFFFFFF: lame', { dataSize: 0x7fffffff, riffSize: 0x80000023 }],
    ['0x7FFFFFFF in both places: opusdec', { dataSize: 0x7fffffff, riffSize: 0x7fffffff }],
    ...[0x7ffff002, 0x7fffff00, 0x7fffffdb, 0x80000024, 0xfffff000, 0xffffffd0, 0xffffffdb, 0xfffffff0, 0xfffffffe].map(
      (dataSize) => [`0x${dataSize.toString(16)}`, { dataSize, riffSize: 1 }] as const,
    ),
  ])('reads a piped WAV, whose size is %s, to its end, its length known or not', async (_, sizes) => {
    const bytes = wavOf(s16(ramp), sizes)
    for (const source of [decode(bytes), decodeAudio(stream(bytes, 999))]) {
      const { length, blocks, error } = await ending(source)
      expect(error).toBeUndefined()
      expect(length).toBe(1000)
      expect(blocks[0]!.layout.length).toBeUndefined()
    }
  })

  it('takes the byte that fills up a piped WAV of 24 bits for no sample, and sizes that sox rounds for unknown', async () => {
    const { length, error } = await ending(decode(wavOf(new Uint8Array(3 * 7001), { bits: 24, dataSize: 0x7fffefff })))
    expect([length, error]).toEqual([7001, undefined])
  })

  it.each([
    ['promised by a header of 2 GB', 0x7ffff000, 0x7ffff024],
    ['of 2³¹ bytes', 0x80000000, 0x80000024],
    ['of 3 GB and a chunk after them', 3e9, 3e9 + 44],
  ])('believes a size %s where the file is as long', async (_, dataSize, riffSize) => {
    const blocks: number[] = []
    const head = wavOf(new Uint8Array(0), { dataSize, riffSize })
    for await (const block of wav('test', cursor(cut(head, 7)), riffSize + 8)) blocks.push(block.length ?? -1)
    expect(blocks).toEqual([dataSize / 2])
  })

  it('finds what sizes of 32 bits have lost past 4 GB by the size of the file', async () => {
    const samples = 5e9
    const head = wavOf(new Uint8Array(0), { dataSize: samples % 2 ** 32, riffSize: (samples + 36) % 2 ** 32 })
    const { value } = await wav('test', cursor(cut(head, 99)), samples + 44).next()
    expect((value as Samples).length).toBe(samples / 2)
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
    ['almost 2 GB', wavOf(s16(ramp), { dataSize: 0x7fffe000 }), 1000, 'expected 1073737728 samples, as its header promises, got 1000'],
    ['a cut in a sample', wavOf(s16(ramp)).subarray(0, 2043), 999, 'expected 1000 samples, as its header promises, got 999'],
    ['an odd byte', wavOf(new Uint8Array(5)), 2, 'expected whole frames of 2 bytes, got 1 left over at the end'],
    ['0 Hz', wavOf(s16(ramp), { rate: 0 }), 0, 'expected a rate from 1 to 384000 Hz, got 0 Hz'],
    ['4 GHz', wavOf(s16(ramp), { rate: 4e9 }), 0, 'expected a rate from 1 to 384000 Hz, got 4000000000 Hz'],
    ['0 channels', wavOf(s16(ramp), { channels: 0 }), 0, 'expected at least 1 channel, got 0'],
    ['15 Hz', wavOf(s16(ramp), { rate: 15 }), 0, 'expected a rate from 16 to 384000 Hz, got 15 Hz'],
    ['a rate that no filter fits', wavOf(s16(ramp), { rate: 383999 }), 0, 'expected 1 × 383999 Hz to become 16000 Hz'],
    ['0 bits', wavOf(s16(ramp), { bits: 0, block: 2 }), 0, 'got 0 bits of format 1'],
    ['40 bits', wavOf(s16(ramp), { bits: 40 }), 0, 'got 40 bits of format 1'],
    ['floats of 16 bits', wavOf(s16(ramp), { bits: 16, format: 3 }), 0, 'got 16 bits of format 3'],
    ['12 bits in a byte', wavOf(s16(ramp), { bits: 12, block: 1 }), 0, 'expected frames of 2 bytes (1 × 12 bits), got 1'],
    ['24 bits in four bytes, which others count as three', wavOf(s16(ramp), { bits: 24, block: 4, byteRate: 48000 }), 0, 'got 4'],
    ['an unknown codec', wavOf(s16(ramp), { bits: 8, format: 999 }), 0, 'got 8 bits of format 999'],
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

  it.each([
    [2, 'WAV of MS ADPCM'],
    [17, 'WAV of IMA ADPCM'],
    [49, 'WAV of GSM 6.10'],
  ])('names the codec of format %d, which it leaves to ffmpeg', async (format, name) => {
    for (const extensible of [false, true]) {
      const bytes = wavOf(s16(ramp), { bits: 4, format, block: 256, extensible })
      expect((await ending(decode(bytes))).error?.message).toContain(`got ${name}`)
      const through = wav('test', cursor(cut(bytes, 99)))
      await expect(through.next()).rejects.toThrow(`got ${name.slice(7)}, which can be read through ffmpeg`)
    }
  })

  it('shows first bytes that are text as text', async () => {
    const { error } = await ending(decode(new TextEncoder().encode('Dear reader, this is a letter.')))
    expect(error?.message).toContain('got a file that begins with "Dear reader,"')
  })

  it('shows first bytes that are no text as numbers', async () => {
    const { error } = await ending(decode(Uint8Array.of(1, 2, 255)))
    expect(error?.message).toContain('got a file that begins with the bytes 01 02 ff')
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
    // What is looked at to tell the format takes two.
    expect(ahead).toBeLessThanOrEqual(16000)
  })
})
