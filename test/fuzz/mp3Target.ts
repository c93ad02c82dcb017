import { type Bytes, joined, patched } from './bytewise.ts'
import type { Draws } from './draws.ts'
import { type Mutation, soundTarget } from './mutants.ts'
import { tagged } from './tagging.ts'
import type { Target } from './target.ts'

// Layer III: kilobits a second of MPEG 1, and of MPEG 2 and 2.5; samples a second of MPEG 1.
const rates1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const rates2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
const frequencies = [44100, 48000, 32000]

/** Where each frame begins, and where the last one ends. */
function framesOf(bytes: Bytes): number[] {
  let at = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1]! >= 0xe2)
  // An ID3v2 tag before them.
  if (bytes[0] === 0x49) at = 10 + bytes.subarray(6, 10).reduce((size, byte) => size * 128 + byte, 0)
  const starts = [at]
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const version = (bytes[at + 1]! >> 3) & 3
    const rate = frequencies[(bytes[at + 2]! >> 2) & 3]! / [4, 1, 2, 1][version]!
    const bits = 1000 * (version === 3 ? rates1 : rates2)[bytes[at + 2]! >> 4]!
    at += Math.floor(((version === 3 ? 144 : 72) * bits) / rate) + ((bytes[at + 2]! >> 1) & 1)
    if (at <= bytes.length) starts.push(at)
  }
  return starts
}

/** Whether the first frame counts the others, which decoders need to know what is missing. */
function counted(bytes: Bytes): boolean {
  return /Xing|Info/.test(Buffer.from(bytes.subarray(0, 400)).toString('latin1'))
}

/** One frame is changed by `keep`; where frames are counted that must be noticed, at the end at the latest. What came by then lacks what is missing. */
const oneFrame = (what: string, keep: (frame: Bytes, draws: Draws) => readonly Uint8Array[]): Mutation => {
  return ({ bytes }, draws) => {
    const at = framesOf(bytes)
    const i = draws.between(1, at.length - 2)
    const changed = joined(bytes.subarray(0, at[i]), ...keep(bytes.slice(at[i], at[i + 1]), draws), bytes.subarray(at[i + 1]!))
    return { what: `frame ${i} of ${at.length - 1} ${what}`, bytes: changed, right: counted(bytes) ? 'refused' : 'finite', slack: Infinity }
  }
}

const mutations: readonly Mutation[] = [
  tagged,
  oneFrame('removed', () => []),
  oneFrame('twice', (frame) => [frame, frame]),
  oneFrame('of zeros', (frame) => [new Uint8Array(frame.length)]),
  oneFrame('of noise', (frame, draws) => [draws.bytes(frame.length).map((byte) => (byte === 255 ? 0 : byte))]),
  oneFrame('cut short', (frame, draws) => [frame.subarray(0, draws.between(1, frame.length - 1))]),
  oneFrame('and noise before it', (frame, draws) => [draws.bytes(draws.between(1, 2000)).map((byte) => (byte === 255 ? 0 : byte)), frame]),
  ({ bytes }, draws) => {
    const at = framesOf(bytes)
    const cut = draws.chance(0.3) ? at[draws.between(1, at.length - 2)]! : draws.between(1, at.at(-1)! - 1)
    const right = counted(bytes) || !at.includes(cut) ? 'refused' : 'finite'
    return { what: `cut at byte ${cut} of ${bytes.length}`, bytes: bytes.slice(0, cut), right, slack: 2 * 1152 }
  },
  // A bit of what was encoded: nothing tells, but nothing may be longer or other than numbers.
  ({ bytes }, draws) => {
    const at = framesOf(bytes)
    const place = at[draws.below(at.length - 1)]! + 4 + draws.below(40)
    return {
      what: `a bit changed at byte ${place}`,
      bytes: patched(bytes, place, [(bytes[place] ?? 0) ^ (1 << draws.below(8))]),
      right: 'finite',
    }
  },
  // A header in the midst: other rate, other mode, other layer.
  ({ bytes }, draws) => {
    const at = framesOf(bytes)
    const place = at[draws.between(1, at.length - 2)]! + draws.below(4)
    return {
      what: `a header changed at byte ${place}`,
      bytes: patched(bytes, place, [bytes[place]! ^ (1 << draws.below(8))]),
      right: 'finite',
    }
  },
  ({ bytes }, draws) => {
    const from = draws.between(1, Math.min(bytes.length - 1, 2000))
    return { what: `from byte ${from} on`, bytes: bytes.slice(from), right: 'finite' }
  },
  // Two files, of other rates or modes: both, or an error.
  (sound, draws, all) => {
    const other = draws.pick(all)
    // Where nothing marks the second one's beginning, decoders go on.
    const right = counted(other.bytes) || sound.rate !== other.rate ? 'either' : 'finite'
    return { what: `and then ${other.name}`, bytes: joined(sound.bytes, other.bytes), right, of: [sound, other], slack: Infinity }
  },
]

export const mp3: Target = soundTarget('mp3', /\.mp3$/, mutations)
