import { ascii, type Bytes, joined, lie, patched, written } from './bytewise.ts'
import type { Draws } from './draws.ts'
import { type Mutant, type Mutation, soundTarget } from './mutants.ts'
import type { Target } from './target.ts'

interface Chunk {
  readonly name: string
  readonly from: number
  /** Of what is in it. */
  readonly size: number
}

/** A RIFF file: whether its numbers are little-endian, and its chunks. None of what is no RIFF file. */
function chunksOf(bytes: Bytes): { readonly little: boolean; readonly chunks: readonly Chunk[] } | undefined {
  const text = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4))
  if (!['RIFF', 'RIFX'].includes(text(0))) return undefined
  const little = text(0) === 'RIFF'
  const view = new DataView(bytes.buffer)
  const chunks: Chunk[] = []
  for (let from = 12; from + 8 <= bytes.length; ) {
    const size = view.getUint32(from + 4, little)
    chunks.push({ name: text(from), from, size })
    from += 8 + size + (size % 2)
  }
  return { little, chunks }
}

type Wave = NonNullable<ReturnType<typeof chunksOf>> & {
  readonly bytes: Bytes
  readonly data: Chunk
  readonly format: Chunk
  readonly width: number
}

/** A way to change a RIFF file; there is none for RF64 and W64, whose sizes stand elsewhere. */
const ofWave = (change: (wave: Wave, draws: Draws) => Mutant | undefined): Mutation => {
  return ({ bytes }, draws) => {
    const found = chunksOf(bytes)
    const [data, format] = ['data', 'fmt '].map((name) => found?.chunks.find((chunk) => chunk.name === name))
    if (!found || !data || !format) return undefined
    const width = new DataView(bytes.buffer).getUint16(format.from + 20, found.little)
    return change({ ...found, bytes, data, format, width }, draws)
  }
}

const sizeAt = ({ bytes, little }: Wave, from: number, size: number): Bytes => patched(bytes, from + 4, written(size, 4, little))

/** What programs write that cannot go back: ffmpeg, sox, arecord; lame --decode and opusdec. */
const unknown = [0xffffffff, 0x7ffff000, 0x80000000, 0x7fffffff, 0x7fffffff - 36, 0xffffffff - 36, 0x7ffff000 - 36]

/** Where a field of the format stands, and how wide it is. */
const fields = [
  ['code', 8, 2],
  ['channels', 10, 2],
  ['rate', 12, 4],
  ['bytes a second', 16, 4],
  ['bytes a frame', 20, 2],
  ['bits', 22, 2],
] as const

const mutations: readonly Mutation[] = [
  ofWave((wave, draws) => {
    const { bytes, data, width } = wave
    const cut = draws.between(data.from + 8, data.from + 8 + data.size - 1)
    const least = Math.floor((cut - data.from - 8) / width)
    return { what: `cut at byte ${cut} of ${bytes.length}`, bytes: bytes.slice(0, cut), right: 'refused', least }
  }),
  ofWave(({ bytes, data }, draws) => {
    const cut = draws.below(data.from + 8)
    return { what: `cut at byte ${cut}`, bytes: bytes.slice(0, cut), right: 'refused' }
  }),
  ofWave((wave, draws) => {
    // An odd byte of padding would be sound.
    if (wave.data.from + 8 + wave.data.size !== wave.bytes.length) return undefined
    const size = draws.pick(unknown)
    return { what: `piped, of size 0x${size.toString(16)}`, bytes: sizeAt(wave, wave.data.from, size), right: 'same' }
  }),
  ofWave((wave, draws) => {
    if (wave.data.size < 2 ** 10) return undefined
    const size = wave.data.size + wave.width * draws.between(1, 2 ** 20)
    return {
      what: `promising ${size} bytes`,
      bytes: sizeAt(wave, wave.data.from, size),
      right: 'refused',
      least: Math.floor(wave.data.size / wave.width),
    }
  }),
  // Chunks that nobody has to know, before and after; one of odd size has a byte of padding.
  ofWave(({ bytes, data, little }, draws) => {
    const chunk = () => {
      const size = draws.below(300)
      return joined(
        ascii(draws.pick(['LIST', 'JUNK', 'bext', 'cue ', 'PEAK', 'id3 '])),
        written(size, 4, little),
        draws.bytes(size + (size % 2)),
      )
    }
    const pad = new Uint8Array(data.size % 2 === 1 && bytes.length === data.from + 8 + data.size ? 1 : 0)
    const made = joined(
      bytes.subarray(0, data.from),
      ...draws.list(draws.below(3), chunk),
      bytes.subarray(data.from),
      pad,
      ...draws.list(draws.below(3), chunk),
    )
    return { what: 'with more chunks', bytes: made, right: 'same' }
  }),
  ofWave(({ bytes, format }) => ({
    what: 'without a format',
    bytes: joined(bytes.subarray(0, format.from), bytes.subarray(format.from + 8 + format.size)),
    right: 'refused',
  })),
  ofWave((wave, draws) => {
    const { from, name } = draws.pick(wave.chunks)
    const size = lie(draws)
    return { what: `${name.trim()} of size ${size}`, bytes: sizeAt(wave, from, size), right: 'finite' }
  }),
  ofWave(({ bytes, format, little }, draws) => {
    const [name, at, width] = draws.pick(fields)
    const value = draws.chance(0.5) ? lie(draws) : draws.between(0, 64)
    return { what: `${name} of ${value}`, bytes: patched(bytes, format.from + at, written(value, width, little)), right: 'finite' }
  }),
  // Rates from 1 Hz on: whatever comes out must come in bounded pieces.
  ofWave(({ bytes, format, little }, draws) => {
    const rate = draws.pick([0, 1, 2, 3, 10, 50, 100, 999, 384_000, 1_000_000, 0xffffffff])
    return { what: `rate of ${rate}`, bytes: patched(bytes, format.from + 12, written(rate, 4, little)), right: 'finite' }
  }),
  // Floats that are no numbers are an error.
  ofWave(({ bytes, data, width, little }, draws) => {
    if (!little || (width !== 4 && width !== 8) || bytes[20] !== 3) return undefined
    const at = draws.below(Math.floor(data.size / width))
    const value = draws.pick([Number.NaN, Infinity, -Infinity])
    const samples = new Uint8Array((width === 4 ? Float32Array.of(value) : Float64Array.of(value)).buffer)
    return { what: `sample ${at} is ${value}`, bytes: patched(bytes, data.from + 8 + at * width, samples), right: 'refused' }
  }),
]

export const wave: Target = soundTarget('wav', /\.(wav|w64)$/, mutations)
