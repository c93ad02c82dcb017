import { DataError } from '../../core/check.ts'
import { type Cursor, viewOf } from '../../files/bytes.ts'
import { codecs, run } from './codec.ts'
import type { Samples } from './encoding.ts'
import { ascii, isTag, skipTags } from './tags.ts'

// Our own frames, since the decoder resynchronizes without a word, tells mono from stereo nowhere, and takes a whole chunk for one rate.

// Bit rates of layer III in kbit/s by their index, 0 for a free one, for MPEG-1 and for the half rates of MPEG-2 and 2.5; sample rates of MPEG-1.
const bitRates = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const halfBitRates = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
const rates = [44100, 48000, 32000]

/** A frame header of MPEG audio (ISO 11172-3 §2.4.2.3). */
interface Header {
  /** III, II or I, as 1, 2 and 3. */
  readonly layer: number
  /** The same for frames that one decoder takes: version, layer, rate, and whether it is mono. */
  readonly kind: number
  readonly channels: 1 | 2
  /** Bytes in the frame (§2.4.3.1), of layer III; 0 for a free bit rate. */
  readonly size: number
  /** Bytes of the header and the side information (§2.4.1.7), after which an Info frame has its name. */
  readonly side: number
}

function headerAt(bytes: Uint8Array, at: number): Header | undefined {
  if (bytes[at] !== 0xff || at + 4 > bytes.length) return undefined
  const [version, bits, mode] = [bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!]
  const layer = (version >> 1) & 3
  if ((version & 0xe0) !== 0xe0 || (version & 0x18) === 0x08 || layer === 0 || bits >> 4 === 15 || (bits & 0x0c) === 0x0c) return undefined
  const first = (version & 0x18) === 0x18
  const rate = rates[(bits >> 2) & 3]! / (first ? 1 : version & 0x10 ? 2 : 4)
  const mono = mode >> 6 === 3
  const kilobits = (first ? bitRates : halfBitRates)[bits >> 4]!
  return {
    layer,
    kind: ((version & 0x1e) << 8) | (bits & 0x0c) | (mono ? 1 : 0),
    channels: mono ? 1 : 2,
    size: kilobits === 0 ? 0 : Math.floor(((first ? 144 : 72) * 1000 * kilobits) / rate) + ((bits >> 1) & 1),
    side: 4 + (first ? (mono ? 17 : 32) : mono ? 9 : 17),
  }
}

/** Frames one after the other that tell a beginning from bytes that look like one. */
const enough = 3

/** Whether frames follow on one another from here, up to the end of the bytes if there are fewer, of which there must be so many. */
function follows(bytes: Uint8Array, at: number, least = 1): boolean {
  const kind = headerAt(bytes, at)?.kind
  for (let count = 0, next = at; count < enough; count++) {
    const header = headerAt(bytes, next)
    if (header?.kind !== kind || !header?.size || header.layer !== 1) return count >= least && next >= bytes.length
    next += header.size
  }
  return true
}

/** Where the first MP3 frame begins, also of a file that was cut within one; undefined where none does. */
export function mp3Start(head: Uint8Array): number | undefined {
  // One that is not followed by another is told of when it is read.
  if (headerAt(head, 0)?.layer === 1) return 0
  for (let at = 1; at + 4 <= head.length; at++) if (follows(head, at)) return at
  return undefined
}

/** What begins here, where it is MPEG audio that is not decoded. */
export function foreignMpeg(head: Uint8Array): string | undefined {
  const header = headerAt(head, 0)
  if (header && header.layer > 1) return `MPEG audio of layer ${'I'.repeat(4 - header.layer)}`
  return header?.size === 0 ? 'MP3 of a free bit rate' : undefined
}

/**
 * MP3, frame by frame. Another rate, mono after stereo, an Info frame or a tag begins a recording of its own, so that files one after the other are read as such.
 *
 * @throws DataError, after the samples before it, where something other than a frame stands, the last one is not whole, or an Info frame promises another number
 */
export async function* mp3(who: string, bytes: Cursor): AsyncGenerator<Samples, void, undefined> {
  for (let seen = await bytes.peek(batch); seen.length > 0; seen = await bytes.peek(batch)) {
    const header = headerAt(seen, 0)
    if (header?.layer !== 1 || header.size === 0) throw damaged(who, bytes.position)
    // The decoder gives mono as two equal channels.
    for await (const { rate, channels } of run(who, codecs.mp3, frames(who, bytes, header)))
      yield { rate, channels: channels.slice(0, header.channels) }
    await skipTags(bytes)
  }
}

function damaged(who: string, at: number): DataError {
  return new DataError(`${who}: expected an MP3 frame at byte ${at}, got other bytes`)
}

/** More than several frames have. */
const batch = 2 ** 15

/** More than the frames have that tell a beginning. */
const ahead = 2 ** 14

/** The frames of one recording, some at a time. The last one before other bytes is left out, since these may begin within it. */
async function* frames(who: string, bytes: Cursor, { kind }: Header): AsyncGenerator<Uint8Array, void, undefined> {
  const info = infoIn(await bytes.peek(infoSize))
  const first = info ? -1 : 0
  for (let found = first; ; ) {
    const seen = await bytes.peek(batch)
    const last = seen.length < batch
    let [at, before, lacks, stops] = [0, 0, 0, false]
    while (at < (last ? seen.length : batch - ahead)) {
      const header = headerAt(seen, at)
      stops = header?.kind !== kind || header.size === 0 || (found > first && begins(seen.subarray(at), found === info?.frames))
      lacks = stops ? 0 : Math.max(0, at + header!.size - seen.length)
      if (stops || lacks > 0) break
      before = at
      at += header!.size
      found++
    }
    const ended = stops || last
    const other = stops && !mayFollow(seen.subarray(at), last)
    // A copy, since the decoder may keep what waits for more.
    const end = ended && !other ? at : before
    if (end > 0) yield seen.slice(0, end)
    if (other) throw damaged(who, bytes.position + at)
    await bytes.skip(end)
    if (!ended) {
      found--
      continue
    }
    if (last && lacks > 0) throw new DataError(`${who}: expected whole MP3 frames, got a last one that lacks ${lacks} bytes`)
    if (info?.frames !== undefined && Math.abs(found - info.frames) > info.slack)
      throw new DataError(`${who}: expected ${info.frames} MP3 frames, as its Info frame promises, got ${found}`)
    return
  }
}

/** Whether after a whole frame comes another recording, a tag, or nothing but zeros. */
function mayFollow(rest: Uint8Array, last: boolean): boolean {
  const start = rest.findIndex((byte) => byte !== 0)
  if (start < 0) return last
  const next = rest.subarray(start)
  // One header alone that differs is a damaged one, and a frame after zeros is not known to follow on what came before them.
  return isTag(next) || (follows(next, 0) && (start === 0 || infoIn(next) !== undefined))
}

/**
 * Whether a frame begins another recording: it is an Info frame, or all that was promised is there, it needs nothing of what came before (`main_data_begin`, §2.4.1.7),
 * and others follow; fewer are frames too many.
 */
function begins(seen: Uint8Array, complete: boolean): boolean {
  return infoIn(seen) !== undefined || (complete && seen[4 + checksumIn(seen)] === 0 && follows(seen, 0, enough))
}

/** Bytes of a frame's checksum. */
function checksumIn(frame: Uint8Array): number {
  return frame[1]! & 1 ? 0 : 2
}

/** Of a frame, to where an Info frame names what wrote it. */
const infoSize = 192

/** The first frame of most files holds no sound but says how many there are: as Xing wrote it, LAME after it, and Fraunhofer. */
function infoIn(frame: Uint8Array): { readonly frames: number | undefined; readonly slack: number } | undefined {
  const header = headerAt(frame, 0)
  if (!header || frame.length < infoSize) return undefined
  const view = viewOf(frame)
  if (ascii(frame, 36, 40) === 'VBRI') return { frames: view.getUint32(50), slack: 1 }
  for (const at of [header.side, header.side + checksumIn(frame)]) {
    if (ascii(frame, at, at + 4) !== 'Info' && ascii(frame, at, at + 4) !== 'Xing') continue
    // Others than these two count the Info frame, or do not.
    const exact = /^(LAME|Lav)/.test(ascii(frame, at + 120, at + 124))
    return { frames: frame[at + 7]! & 1 ? view.getUint32(at + 8) : undefined, slack: exact ? 0 : 1 }
  }
  return undefined
}
