import { type Bytes, joined, patched, written } from './bytewise.ts'
import type { Draws } from './draws.ts'
import type { Sound } from './hearing.ts'
import { type Mutation, soundTarget } from './mutants.ts'
import { tagged } from './tagging.ts'
import type { Target } from './target.ts'

interface Parts {
  /** Where the first frame begins. */
  readonly start: number
  /** Where each frame begins, and the file's end. */
  readonly at: readonly number[]
  /** Samples in every frame but the last. */
  readonly block: number
}

/** CRC-8 of a frame's header (RFC 9639 §9.1.8). */
function crc(bytes: Uint8Array): number {
  let rest = 0
  for (const byte of bytes) {
    rest ^= byte
    for (let bit = 0; bit < 8; bit++) rest = rest & 0x80 ? ((rest << 1) ^ 7) & 255 : rest << 1
  }
  return rest
}

/** The parts of a file as encoders write it: frames of one size, numbered from 0, up to 128 of them or a little more. */
function partsOf(bytes: Bytes): Parts {
  let start = 4
  for (let last = false; !last; ) {
    last = bytes[start]! >= 128
    start += 4 + ((bytes[start + 1]! << 16) | (bytes[start + 2]! << 8) | bytes[start + 3]!)
  }
  const at: number[] = []
  for (let i = start; i < bytes.length - 6; i++) {
    if (bytes[i] !== 0xff || bytes[i + 1] !== 0xf8) continue
    const extra = [0, 0, 0, 0, 0, 0, 1, 2][bytes[i + 2]! >> 4] ?? 0
    const rated = [1, 2, 2][(bytes[i + 2]! & 15) - 12] ?? 0
    const end = i + 5 + (bytes[i + 4]! < 128 ? 0 : 1) + extra + rated
    if (crc(bytes.subarray(i, end)) === bytes[end] && (at.length > 127 || bytes[i + 4] === at.length)) at.push(i)
  }
  return { start, at: [...at, bytes.length], block: (bytes[10]! << 8) | bytes[11]! }
}

/** One frame is changed by `keep`, and that must be noticed, after the frames before it. */
const oneFrame = (what: string, keep: (frame: Bytes, draws: Draws) => readonly Uint8Array[]): Mutation => {
  return ({ bytes }, draws) => {
    const { at, block } = partsOf(bytes)
    const i = draws.below(at.length - 1)
    const changed = joined(bytes.subarray(0, at[i]), ...keep(bytes.slice(at[i], at[i + 1]), draws), bytes.subarray(at[i + 1]!))
    // Where the first one is missing nothing but the total may tell.
    const slack = i === 0 ? Infinity : 0
    return { what: `frame ${i} of ${at.length - 1} ${what}`, bytes: changed, right: 'refused', least: i * block, slack }
  }
}

/** STREAMINFO without the number of samples, as pipes leave it. */
const untotalled = (bytes: Bytes): Bytes => patched(patched(bytes, 21, [bytes[21]! & 0xf0]), 22, [0, 0, 0, 0])

const totalled = ({ bytes }: Sound) => untotalled(bytes).some((byte, i) => byte !== bytes[i])

/** An empty block, the last one. */
const padding = Uint8Array.of(0x81, 0, 0, 0)

const mutations: readonly Mutation[] = [
  tagged,
  oneFrame('removed', () => []),
  oneFrame('twice', (frame) => [frame, frame]),
  oneFrame('with a bit changed', (frame, draws) => {
    const at = draws.below(frame.length)
    return [patched(frame, at, [frame[at]! ^ (1 << draws.below(8))])]
  }),
  oneFrame('with another byte', (frame, draws) => {
    const at = draws.below(frame.length)
    return [joined(frame.subarray(0, at), draws.bytes(1), frame.subarray(at))]
  }),
  (sound, draws) => {
    const { at, block } = partsOf(sound.bytes)
    const cut = draws.chance(0.3) ? draws.pick(at.slice(0, -1)) : draws.below(sound.bytes.length)
    const frames = Math.max(0, at.filter((end) => end <= cut).length - 1)
    if (!totalled(sound)) return undefined
    return {
      what: `cut at byte ${cut} of ${sound.bytes.length}`,
      bytes: sound.bytes.slice(0, cut),
      right: 'refused',
      least: frames * block,
    }
  },
  (sound) => ({ what: 'of no total', bytes: untotalled(sound.bytes), right: 'same' }),
  (sound, draws) => {
    const { at, start, block } = partsOf(sound.bytes)
    const cut = draws.between(start + 1, sound.bytes.length - 1)
    if (at.includes(cut)) return undefined
    const frames = at.filter((end) => end <= cut).length - 1
    return {
      what: `of no total, cut at byte ${cut}`,
      bytes: untotalled(sound.bytes).slice(0, cut),
      right: 'refused',
      least: Math.max(0, frames * block),
    }
  },
  (sound, draws) => {
    const { at, block } = partsOf(sound.bytes)
    const i = draws.below(at.length - 1)
    const place = draws.between(at[i]!, at[i + 1]! - 1)
    const bytes = patched(untotalled(sound.bytes), place, [sound.bytes[place]! ^ (1 << draws.below(8))])
    return { what: `of no total, a bit changed in frame ${i}`, bytes, right: 'refused', least: i * block }
  },
  // Blocks of metadata that nobody has to know.
  (sound, draws) => {
    const size = draws.between(0, 5000)
    const block = joined(Uint8Array.of(draws.pick([1, 2, 5, 6, 60])), written(size, 3, false), draws.bytes(size))
    const bytes = joined(patched(sound.bytes.subarray(0, 42), 4, [0]), block, padding, sound.bytes.subarray(partsOf(sound.bytes).start))
    return { what: `a block of ${size} bytes more`, bytes, right: 'same' }
  },
  // Lies about lengths in the metadata.
  (sound, draws) => {
    const { start } = partsOf(sound.bytes)
    const at = draws.between(4, start - 1)
    return { what: `metadata changed at byte ${at}`, bytes: patched(sound.bytes, at, draws.bytes(draws.between(1, 3))), right: 'finite' }
  },
  (sound, draws, all) => {
    const other = draws.pick(all)
    return { what: `and then ${other.name}`, bytes: joined(sound.bytes, other.bytes), right: 'either', of: [sound, other] }
  },
  (sound, draws) => ({
    what: 'with other bytes behind it',
    bytes: joined(sound.bytes, draws.bytes(draws.between(1, 100))),
    right: 'either',
  }),
]

export const flac: Target = soundTarget('flac', /\.flac$/, mutations)
