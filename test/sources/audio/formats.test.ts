import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DataError } from '../../../src/core/check.ts'
import { decoded } from '../../../src/sources/audio/formats.ts'
import { concatSamples } from '../../concat.ts'
import { property } from '../../property.ts'
import { concat, cut, s16, samples, wavOf } from '../recordings.ts'

const file = (name: string) => new Uint8Array(readFileSync(`${samples}/formats/${name}`))
const words = ['bat-v1', 'ship-v2'] as const
const formats = ['mp3', 'flac', 'ogg', 'opus'] as const
const ascii = (text: string) => new TextEncoder().encode(text)

interface Outcome {
  readonly samples: Float32Array
  readonly error: Error | undefined
}

/** What a file gives, of its first channel, before it ends, and the error it ends in. */
async function outcome(bytes: Uint8Array, size = 2 ** 16): Promise<Outcome> {
  const parts: Float32Array[] = []
  const of = (error?: Error): Outcome => ({ samples: concatSamples(...parts), error })
  try {
    for await (const { channels } of decoded('test', cut(bytes, size))) parts.push(channels[0]!)
    return of()
  } catch (error) {
    return of(error as Error)
  }
}

async function whole(bytes: Uint8Array): Promise<Float32Array> {
  const { samples, error } = await outcome(bytes)
  expect(error).toBeUndefined()
  return samples
}

/** Whether one is the other's beginning, to the bit. */
function begins(part: Float32Array, all: Float32Array): boolean {
  return part.length <= all.length && part.every((x, i) => Object.is(x, all[i]))
}

/** Where the pages of an Ogg file begin (RFC 3533 §6). */
function pages(bytes: Uint8Array): Uint8Array[] {
  const all: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const count = bytes[at + 26]!
    const size = 27 + count + bytes.subarray(at + 27, at + 27 + count).reduce((sum, length) => sum + length, 0)
    all.push(bytes.subarray(at, at + size))
    at += size
  }
  return all
}

/** An Ogg page whose checksum is right, as the standard says it is made. */
function page(flags: number, serial: number, number: number, body: Uint8Array): Uint8Array {
  const bytes = concat(ascii('OggS'), new Uint8Array(22), Uint8Array.of(1, body.length), body)
  const view = new DataView(bytes.buffer)
  bytes[5] = flags
  view.setUint32(14, serial, true)
  view.setUint32(18, number, true)
  let rest = 0
  for (const byte of bytes) {
    rest ^= byte << 24
    for (let bit = 0; bit < 8; bit++) rest = rest & 0x80000000 ? (rest << 1) ^ 0x04c11db7 : rest << 1
  }
  view.setUint32(22, rest >>> 0, true)
  return bytes
}

const sevens = (size: number) => [21, 14, 7, 0].map((shift) => (size >> shift) & 127)
const id3 = (size: number, { version = 3, flags = 0, sizes = sevens(size) } = {}) =>
  concat(ascii('ID3'), Uint8Array.of(version, 0, flags, ...sizes), new Uint8Array(size).fill(65))
const footed = concat(id3(100, { version: 4, flags: 0x10 }), ascii('3DI'), Uint8Array.of(4, 0, 0x10, ...sevens(100)))
const ape = (flags: number) => {
  const end = concat(ascii('APETAGEX'), new Uint8Array(24))
  const view = new DataView(end.buffer)
  view.setUint32(8, 2000, true)
  view.setUint32(12, 32 + 40, true)
  view.setUint32(20, flags, true)
  return end
}
const apeTag = concat(ape(0xa0000000), new Uint8Array(40).fill(66), ape(0x80000000))
const id3v1 = concat(ascii('TAG'), new Uint8Array(125).fill(32))
const lyrics = concat(ascii('LYRICSBEGININD00002100000000LYRICS200'))

const before: Record<string, Uint8Array> = {
  'two ID3v2 tags': concat(id3(100), id3(200, { version: 4 })),
  'three ID3v2 tags': concat(id3(0), id3(1), id3(3000)),
  'a footer': footed,
  'a zero after a tag': concat(id3(100), new Uint8Array(1)),
  '417 zeros after a tag': concat(id3(100), new Uint8Array(417)),
  '5000 zeros after a tag': concat(id3(100), new Uint8Array(5000)),
  '64 zeros alone': new Uint8Array(64),
  'an APE tag': apeTag,
  'a size of eight bits a byte': id3(400, { sizes: [0, 0, 1, 144] }),
}
const after: Record<string, Uint8Array> = {
  'an ID3v1 tag': id3v1,
  'an APE and an ID3v1 tag': concat(apeTag, id3v1),
  'a Lyrics3 tag': concat(lyrics, id3v1),
  'an ID3v2 tag': id3(50, { version: 4 }),
  'a zero': new Uint8Array(1),
  '1000 zeros': new Uint8Array(1000),
}

describe('tags', () => {
  for (const format of formats) {
    const bytes = file(`bat-v1.${format}`)
    it.each(Object.entries(before))(`before a file of ${format}: %s`, async (_, tag) => {
      expect(await whole(concat(tag, bytes))).toEqual(await whole(bytes))
    })
    it.each(Object.entries(after))(`after a file of ${format}: %s`, async (_, tag) => {
      expect(await whole(concat(bytes, tag))).toEqual(await whole(bytes))
    })
  }
  it('before a WAV', async () => {
    const bytes = wavOf(s16([1, 2, 3]))
    for (const tag of Object.values(before)) expect(await whole(concat(tag, bytes))).toEqual(await whole(bytes))
  })
})

describe('files one after the other', () => {
  it.each(formats)('of %s give one after the other', async (format) => {
    const [one, other] = words.map((word) => file(`${word}.${format}`)) as [Uint8Array, Uint8Array]
    const [a, b] = [await whole(one), await whole(other)]
    expect(await whole(concat(one, other, one))).toEqual(concatSamples(a, b, a))
    expect(await whole(concat(one, id3v1, id3(20), other))).toEqual(concatSamples(a, b))
    const small = await outcome(concat(one, other), 100)
    expect(small.samples).toEqual(concatSamples(a, b))
  })

  it('an Ogg chain may be of Vorbis and Opus, each at its own rate, which resampling then refuses', async () => {
    const rates: number[] = []
    for await (const { rate } of decoded('test', cut(concat(file('bat-v1.ogg'), file('bat-v1.opus')), 1000))) rates.push(rate)
    expect([...new Set(rates)]).toEqual([16000, 48000])
  })
})

describe('damage', () => {
  const bytes = Object.fromEntries(formats.map((format) => [format, file(`ship-v2.${format}`)]))
  const truths = Object.fromEntries(formats.map((format) => [format, whole(bytes[format]!)]))

  async function told(format: string, damaged: Uint8Array): Promise<Outcome> {
    const found = await outcome(damaged)
    expect(found.error, `${found.samples.length} samples`).toBeInstanceOf(DataError)
    expect(begins(found.samples, await truths[format]!), found.error?.message).toBe(true)
    return found
  }

  for (const format of ['flac', 'ogg', 'opus'] as const) {
    property([fc.nat(), fc.nat(7)], { numRuns: 10 })(
      `a wrong bit of ${format} is told of, after what came before it`,
      async (place, bit) => {
        const damaged = bytes[format]!.slice()
        damaged[place % damaged.length]! ^= 1 << bit
        const { samples, error } = await outcome(damaged)
        // STREAMINFO names bytes that nobody needs: sizes of frames, and a sum over all.
        if (format !== 'flac' || error) await told(format, damaged)
        else expect(samples).toEqual(await truths[format])
      },
    )
  }

  for (const format of formats) {
    property([fc.nat()], { numRuns: 6 })(`an end of ${format} anywhere is told of, after what came before it`, async (place) => {
      const end = 1 + (place % (bytes[format]!.length - 1))
      await told(format, bytes[format]!.subarray(0, end))
    })

    property([fc.nat(), fc.integer({ min: 1, max: 3000 })], { numRuns: 6 })(`a hole in ${format} is told of`, async (place, size) => {
      const all = bytes[format]!
      const from = 100 + (place % (all.length - 200))
      const to = Math.min(all.length - 10, from + size)
      await told(format, concat(all.subarray(0, from), all.subarray(to)))
    })

    property([fc.nat(), fc.integer({ min: 700, max: 3000 })], { numRuns: 6 })(`zeros in ${format} are told of`, async (place, size) => {
      const all = bytes[format]!.slice()
      const from = 100 + (place % (all.length - size - 200))
      await told(format, all.fill(0, from, from + size))
    })
  }

  it.each(['ogg', 'opus'] as const)('every page of %s that is missing, there twice or in another place is told of', async (format) => {
    const all = pages(bytes[format]!)
    for (let i = 0; i < all.length; i++) {
      await told(format, concat(...all.toSpliced(i, 1)))
      if (i > 0 && i < all.length - 1) await told(format, concat(...all.toSpliced(i, 2, all[i + 1]!, all[i]!)))
    }
    for (let i = 0; i < all.length; i++) await told(format, concat(...all.toSpliced(i, 0, all[i]!)))
  })

  it('a byte too many, or another one, in the header of a FLAC frame is told of, after all frames before it', async () => {
    const all = bytes.flac!
    // Frames as flac writes them, numbered from 0.
    const starts: number[] = []
    for (let i = 42; i < all.length; i++) {
      if (all[i] === 0xff && all[i + 1] === 0xf8 && all[i + 4] === starts.length) starts.push(i)
    }
    const block = (all[8]! << 8) | all[9]!
    expect(starts.length).toBeGreaterThan(2)
    for (const [k, start] of starts.entries()) {
      if (k === 0) continue
      for (let at = start; at < start + 6; at++) {
        for (const value of [0, 0x55, 0xff].filter((byte) => byte !== all[at])) {
          for (const rest of [at, at + 1]) {
            const { samples } = await told('flac', concat(all.subarray(0, at), Uint8Array.of(value), all.subarray(rest)))
            expect(samples.length, `frame ${k}, byte ${at - start} ${value}`).toBeGreaterThanOrEqual(k * block)
          }
        }
      }
    }
  })

  it('every bit of STREAMINFO that says rate, channels, depth or length is held against the frames', async () => {
    for (let bit = 8 * 18; bit < 8 * 26; bit++) {
      const damaged = bytes.flac!.slice()
      damaged[bit >> 3]! ^= 128 >> (bit & 7)
      const { error } = await outcome(damaged)
      expect(error, `bit ${bit}`).toBeInstanceOf(DataError)
    }
  })

  it('FLAC of an unknown length tells of damage, too, and of other bytes at the end', async () => {
    const piped = bytes.flac!.slice()
    piped[21]! &= 0xf0
    piped.fill(0, 22, 26)
    expect(await whole(piped)).toEqual(await truths.flac)
    for (let at = 50; at < piped.length; at += 97) {
      const damaged = piped.slice()
      damaged[at]! ^= 4
      const found = await outcome(damaged)
      if (found.error) expect(begins(found.samples, await truths.flac!)).toBe(true)
      else expect(found.samples).toEqual(await truths.flac)
      expect(found.error !== undefined || at < 90, `byte ${at}`).toBe(true)
    }
    await told('flac', concat(piped, ascii('hello')))
    await told('flac', concat(piped, Uint8Array.of(255, 255, 255)))
  })
})

describe('MP3', () => {
  it('is found where it was cut within a frame, and gives what follows', async () => {
    const all = await whole(file('ship-v2.mp3'))
    for (const start of [1, 200, 287, 289, 1000]) {
      const { samples, error } = await outcome(file('ship-v2.mp3').subarray(start))
      expect(error).toBeUndefined()
      expect(samples.length).toBeGreaterThan(all.length - 3000)
    }
  })

  it('tells of frames that are missing at its end, by its Info frame', async () => {
    const { samples, error } = await outcome(file('bat-v1.mp3').subarray(0, 8 * 288))
    expect(error?.message).toBe('test: expected 16 MP3 frames, as its Info frame promises, got 7')
    expect(samples.length).toBeGreaterThan(2000)
  })

  // Frames of silence: a header, and side information and data of zeros; sizes by the standards' formula.
  const silence = (header: readonly number[], size: number, count: number) =>
    concat(...Array.from({ length: count }, () => concat(Uint8Array.of(...header), new Uint8Array(size - 4))))

  it.each<[string, number[], number, number, number]>([
    ['MPEG-1, 128 kbit/s, 44.1 kHz', [0xff, 0xfb, 0x90, 0x00], 417, 44100, 2],
    ['the same, padded, mono', [0xff, 0xfb, 0x92, 0xc0], 418, 44100, 1],
    ['MPEG-1, 320 kbit/s, 48 kHz', [0xff, 0xfb, 0xe4, 0x00], 960, 48000, 2],
    ['MPEG-2, 64 kbit/s, 22.05 kHz', [0xff, 0xf3, 0x80, 0x00], 208, 22050, 2],
    ['MPEG-2.5, 8 kbit/s, 8 kHz', [0xff, 0xe3, 0x18, 0xc0], 72, 8000, 1],
  ])('%s: whole frames, whatever the chunks, and what the last one lacks', async (_, header, size, rate, channels) => {
    for (const chunks of [1, 3, 100, 10_000]) {
      for await (const block of decoded('test', cut(silence(header, size, 5), chunks)))
        expect([block.rate, block.channels.length]).toEqual([rate, channels])
      const { error } = await outcome(silence(header, size, 5).subarray(0, -9), chunks)
      expect(error?.message).toBe('test: expected whole MP3 frames, got a last one that lacks 9 bytes')
    }
  })

  it('of other rates and modes after one another is each by itself, however long', async () => {
    const kinds: readonly (readonly [header: number[], size: number])[] = [
      [[0xff, 0xfb, 0x90, 0x00], 417],
      [[0xff, 0xfb, 0x90, 0xc0], 417],
      [[0xff, 0xfb, 0x94, 0x00], 384],
      [[0xff, 0xf3, 0x80, 0x00], 208],
    ]
    for (const [header, size] of kinds) {
      for (const [other, otherSize] of kinds) {
        for (const length of [1000, 70_000]) {
          const [first, second] = [silence(header, size, Math.ceil(length / size)), silence(other, otherSize, 9)]
          const blocks: string[] = []
          let counted = 0
          for await (const { rate, channels } of decoded('test', cut(concat(first, second), 2 ** 16))) {
            const shape = `${rate} × ${channels.length}`
            if (blocks.at(-1) !== shape) blocks.push(shape)
            counted += channels[0]!.length
          }
          expect(counted).toBe(1152 * (blocks[0] === '22050 × 2' ? 0.5 : 1) * Math.ceil(length / size) + (await whole(second)).length)
          expect(blocks).toHaveLength(header === other ? 1 : 2)
        }
      }
    }
  })

  it('of a free bit rate is refused by name', async () => {
    const { error } = await outcome(concat(Uint8Array.of(0xff, 0xfb, 0x00, 0x00), new Uint8Array(5000)))
    expect(error?.message).toBe('test: expected WAV, MP3, FLAC, Ogg Vorbis or Ogg Opus, got MP3 of a free bit rate')
  })
})

describe('Ogg', () => {
  const skeleton = concat(ascii('fishead\0'), new Uint8Array(56))
  const theora = concat(Uint8Array.of(0x80), ascii('theora'), new Uint8Array(35))

  it('is read beside other streams, wherever their pages lie', async () => {
    const all = pages(file('bat-v1.ogg'))
    const others = [page(2, 77, 0, skeleton), page(2, 78, 0, theora)]
    const inner = [page(0, 77, 1, ascii('bones')), page(4, 77, 2, new Uint8Array(0)), page(4, 78, 9, new Uint8Array(9))]
    const mixed = concat(...others, all[0]!, all[1]!, inner[0]!, ...all.slice(2, -1), inner[1]!, all.at(-1)!, inner[2]!)
    expect(await whole(mixed)).toEqual(await whole(file('bat-v1.ogg')))
  })

  it('without a stream that can be decoded is refused by name', async () => {
    const refused = (name: string) => `test: expected WAV, MP3, FLAC, Ogg Vorbis or Ogg Opus, got Ogg ${name}`
    expect((await outcome(page(2, 1, 0, concat(ascii('Speex   '), new Uint8Array(70))))).error?.message).toBe(refused('Speex'))
    const two = concat(page(2, 1, 0, skeleton), page(2, 2, 0, theora), page(0, 2, 1, new Uint8Array(4)))
    expect((await outcome(two)).error?.message).toBe(refused('Skeleton and Theora'))
  })
})

it.each([
  ['MP4 (M4A, MOV)', concat(Uint8Array.of(0, 0, 0, 32), ascii('ftypM4A '))],
  ['WebM or Matroska', Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3)],
  ['AIFF', ascii('FORM\0\0\0\0AIFF')],
  ['CAF', ascii('caff\0\x01')],
  ['AMR', ascii('#!AMR\n')],
  ['AAC (ADTS)', Uint8Array.of(0xff, 0xf1, 0x50, 0x80)],
  ['MPEG audio of layer II', Uint8Array.of(0xff, 0xfd, 0x90, 0x00)],
  ['ASF (WMA)', Uint8Array.of(0x30, 0x26, 0xb2, 0x75)],
  ['a file that begins with "<!doctype ht"', ascii('<!doctype html>')],
  ['a file that begins with the bytes 01 02', Uint8Array.of(1, 2)],
])('%s is refused by its name', async (name, bytes) => {
  const { error } = await outcome(concat(bytes, new Uint8Array(0)))
  expect(error?.message).toBe(`test: expected WAV, MP3, FLAC, Ogg Vorbis or Ogg Opus, got ${name}`)
})
