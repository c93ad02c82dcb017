import { describe, expect, it } from 'vitest'
import { DataError } from '../../../src/core/check.ts'
import { cursor } from '../../../src/files/bytes.ts'
import { wav } from '../../../src/sources/audio/wav.ts'
import { concat, cut, s16 } from '../recordings.ts'

const ramp = Int16Array.from({ length: 1001 }, (_, i) => i * 60 - 30000)
const heard = Float32Array.from(ramp, (x) => x / 32768)
const text = (letters: string) => Uint8Array.from(letters, (letter) => letter.charCodeAt(0))

function numbers(littleEndian: boolean, ...values: readonly (readonly [bytes: 2 | 4 | 8, value: number | bigint])[]): Uint8Array {
  return concat(
    ...values.map(([bytes, value]) => {
      const view = new DataView(new ArrayBuffer(8))
      if (bytes === 2) view.setUint16(0, Number(value), littleEndian)
      else if (bytes === 4) view.setUint32(0, Number(value), littleEndian)
      else view.setBigUint64(0, BigInt.asUintN(64, BigInt(value)), littleEndian)
      return new Uint8Array(view.buffer, 0, bytes)
    }),
  )
}

/** What fmt holds of 16 bits, mono. */
const format = (littleEndian = true, rate = 16000) => numbers(littleEndian, [2, 1], [2, 1], [4, rate], [4, 2 * rate], [2, 2], [2, 16])
const swapped = (bytes: Uint8Array) => Uint8Array.from(bytes, (_, i) => bytes[i ^ 1]!)

const chunk = (name: string, size: number, data: Uint8Array, littleEndian = true) =>
  concat(text(name), numbers(littleEndian, [4, size]), data, new Uint8Array(data.length % 2))
const unsized = 0xffffffff

interface Sizes {
  readonly file?: number | bigint
  readonly data?: number | bigint
  /** Sizes of other chunks, and those before the samples. */
  readonly table?: readonly (readonly [name: string, size: number])[]
  readonly before?: Uint8Array
}

function rf64(kind: string, data: Uint8Array, sizes: Sizes = {}): Uint8Array {
  const { table = [], before = new Uint8Array(0) } = sizes
  const rows = table.map(([name, size]) => concat(text(name), numbers(true, [8, size])))
  const fixed = (file: number | bigint) => numbers(true, [8, file], [8, sizes.data ?? data.length], [8, data.length / 2], [4, table.length])
  const rest = concat(chunk('fmt ', 16, format()), before, chunk('data', unsized, data))
  const file = 4 + 8 + 28 + 12 * table.length + rest.length
  const ds64 = concat(fixed(sizes.file ?? file), ...rows)
  return concat(text(kind), numbers(true, [4, unsized]), text('WAVE'), chunk('ds64', ds64.length, ds64), rest)
}

const guid = (letters: string) => concat(text(letters), Uint8Array.of(0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a))
const riffGuid = concat(text('riff'), Uint8Array.of(0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 4, 0xc1, 0, 0))

function w64(data: Uint8Array, sizes: Sizes = {}): Uint8Array {
  const piece = (name: string, of: Uint8Array, size: number | bigint = of.length + 24) =>
    concat(guid(name), numbers(true, [8, size]), of, new Uint8Array((8 - (of.length % 8)) % 8))
  const body = concat(guid('wave'), piece('fmt ', format()), piece('list', new Uint8Array(13)), piece('data', data, sizes.data))
  return concat(riffGuid, numbers(true, [8, sizes.file ?? 24 + body.length]), body)
}

function rifx(code: Uint8Array): Uint8Array {
  const body = concat(text('WAVE'), chunk('fmt ', code.length, code, false), chunk('data', 2 * ramp.length, swapped(s16(ramp)), false))
  return concat(text('RIFX'), numbers(false, [4, body.length]), body)
}

const extensible = (guid32: readonly [2 | 4, number][]) =>
  concat(
    numbers(false, [2, 0xfffe], [2, 1], [4, 16000], [4, 32000], [2, 2], [2, 16], [2, 22], [2, 16], [4, 4]),
    numbers(false, ...guid32),
    Uint8Array.of(0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71),
  )

interface Read {
  readonly rate?: number
  readonly length?: number | undefined
  readonly data: Float32Array
  readonly error?: Error
}

async function read(bytes: Uint8Array, size?: number, piece = 37): Promise<Read> {
  const data: number[] = []
  let told: { rate: number; length: number | undefined } | undefined
  try {
    for await (const { rate, length, channels } of wav('test', cursor(cut(bytes, piece)), size)) {
      told ??= { rate, length }
      data.push(...channels[0]!)
    }
  } catch (error) {
    return { ...told, data: Float32Array.from(data), error: error as Error }
  }
  return { ...told, data: Float32Array.from(data) }
}

describe('the family of RIFF', () => {
  it.each<[string, Uint8Array]>([
    ['RF64', rf64('RF64', s16(ramp))],
    ['BW64', rf64('BW64', s16(ramp))],
    [
      'RF64 with a table of other sizes',
      rf64('RF64', s16(ramp), { table: [['bext', 9]], before: chunk('bext', unsized, new Uint8Array(9)) }),
    ],
    ['Wave64', w64(s16(ramp))],
    ['RIFX', rifx(format(false))],
    ["RIFX, extensible, libsndfile's", rifx(extensible([[4, 1]]))],
    [
      "RIFX, extensible, sox's",
      rifx(
        extensible([
          [2, 1],
          [2, 0],
        ]),
      ),
    ],
  ])('reads %s: its samples, rate and length, whatever the cut', async (_, bytes) => {
    for (const piece of [1, 37, 1e6]) {
      const { rate, length, data, error } = await read(bytes, bytes.length, piece)
      expect([error, rate, length]).toEqual([undefined, 16000, 1001])
      expect(data).toEqual(heard)
    }
    expect((await read(concat(bytes, new Uint8Array(8)))).data).toEqual(heard)
  })

  it.each<[string, Uint8Array]>([
    ["RF64 of zeros, ffmpeg's", rf64('RF64', s16(ramp), { file: 0, data: 0 })],
    ['RF64 of ones', rf64('RF64', s16(ramp), { file: -1, data: -1 })],
    [
      'RF64 without ds64',
      concat(text('RF64'), numbers(true, [4, unsized]), text('WAVE'), chunk('fmt ', 16, format()), chunk('data', unsized, s16(ramp))),
    ],
    ["Wave64, ffmpeg's", w64(s16(ramp), { file: -1, data: 2n ** 63n - 1n })],
  ])('reads a piped %s, to its end', async (_, bytes) => {
    // Wave64 fills chunks up to eight bytes, so its last samples may be none.
    for (const size of [bytes.length, undefined]) {
      const { length, data, error } = await read(bytes, size)
      expect([error, length]).toEqual([undefined, undefined])
      expect(data.subarray(0, 1001)).toEqual(heard)
      expect(data.length - 1001).toBeLessThan(4)
    }
  })

  it.each<[string, Uint8Array, string, number]>([
    ['RF64', rf64('RF64', s16(ramp), { data: 5e9 }), 'expected 2500000000 samples, as its header promises, got 1001', 1001],
    ['Wave64', w64(s16(ramp), { data: 24 + 5e9 }), 'expected 2500000000 samples, as its header promises, got 1004', 1004],
    ["Wave64 of sizes too small, sox's when piped", w64(s16(ramp), { data: 23 }), 'expected chunks of at least 24 bytes, got one of 23', 0],
    [
      'ds64 cut short',
      concat(text('RF64'), numbers(true, [4, unsized]), text('WAVE'), chunk('ds64', 4, new Uint8Array(4))),
      '"ds64" chunk of at least 28 bytes, got 4',
      0,
    ],
    ['Wave64 of another form', concat(riffGuid, numbers(true, [8, 100]), guid('avi ')), 'expected a RIFF WAVE header, got another', 0],
  ])('refuses %s, after the samples there are', async (_, bytes, message, count) => {
    for (const size of [bytes.length, undefined]) {
      const { error, data } = await read(bytes, size)
      expect(error).toBeInstanceOf(DataError)
      expect(error!.message).toContain(message)
      expect(data.length).toBe(count)
    }
  })

  it('skips a chunk of 5 GB by the table, and reads what follows past 4 GB', async () => {
    const wide = rf64('BW64', s16(ramp), { table: [['axml', 5e9]], before: chunk('axml', unsized, new Uint8Array(0)) })
    const cutAt = wide.length - 8 - 2 * ramp.length
    const zeros = new Uint8Array(1e8)
    async function* bytes() {
      yield wide.subarray(0, cutAt)
      for (let i = 0; i < 50; i++) yield zeros
      yield wide.subarray(cutAt)
    }
    const data: number[] = []
    for await (const { channels } of wav('test', cursor(bytes()), wide.length + 5e9)) data.push(...channels[0]!)
    expect(Float32Array.from(data)).toEqual(heard)
  })
})
