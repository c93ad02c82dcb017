import { DataError } from '../../core/check.ts'
import { cursor } from '../../files/bytes.ts'
import type { Samples } from './encoding.ts'
import { flac } from './flac.ts'
import { foreignMpeg, mp3, mp3Start } from './mp3.ts'
import { foreignOgg, ogg } from './ogg.ts'
import { ascii, skipTags } from './tags.ts'
import { foreignWav, wav } from './wav.ts'

/** Formats that are not decoded here, by what their files begin with, at some byte. */
const others: readonly (readonly [name: string, at: number, ...magics: readonly string[]])[] = [
  ['MP4 (M4A, MOV)', 4, 'ftyp', 'moov', 'mdat', 'wide'],
  ['WebM or Matroska', 0, '\x1aE\xdf\xa3'],
  ['AIFF', 0, 'FORM'],
  ['CAF', 0, 'caff'],
  ['AMR', 0, '#!AMR'],
  ['AU', 0, '.snd'],
  ['AVI', 8, 'AVI '],
  ['ASF (WMA)', 0, '\x30\x26\xb2\x75'],
  ['AC-3', 0, '\x0b\x77'],
  ['DTS', 0, '\x7f\xfe\x80\x01'],
  ['AAC (ADTS)', 0, '\xff\xf1', '\xff\xf9', '\xff\xf0', '\xff\xf8'],
  ['AAC (LATM)', 0, '\x56\xe0'],
  ['WavPack', 0, 'wvpk'],
  ["Monkey's Audio", 0, 'MAC '],
  ['Musepack', 0, 'MPCK', 'MP+'],
  ['TTA', 0, 'TTA1'],
  ['DSD', 0, 'DSD ', 'FRM8'],
  ['FLV', 0, 'FLV'],
  ['RealMedia', 0, '.RMF'],
  ['MIDI', 0, 'MThd'],
  ['MPEG program stream', 0, '\0\0\x01\xba'],
]

/** What the relatives of WAV begin with. */
const waves = ['RIFF', 'RIFX', 'RF64', 'BW64', 'riff']

const decodable = 'WAV, MP3, FLAC, Ogg Vorbis or Ogg Opus'

/** How to decode what is none of these, told by its name and its first bytes. */
export type Foreign = (name: string, bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Samples>

/**
 * Decodes one recording, told by its first bytes behind tags: WAV here, the others by packages, each loaded when it is first needed.
 * @throws DataError for what is none of these, unless `foreign` decodes it
 */
export async function* decoded(
  who: string,
  source: AsyncIterable<Uint8Array>,
  size?: number,
  foreign?: Foreign,
): AsyncGenerator<Samples, void, undefined> {
  const bytes = cursor(source)
  // Some begin with zeros that are no padding.
  let head = await bytes.peek(headLength)
  let name = nameOf(head)
  if (name === undefined) await skipTags(bytes)
  if (bytes.position > 0) {
    head = await bytes.peek(headLength)
    name = nameOf(head)
  }
  if (bytes.position + head.length === 0) throw new DataError(`${who}: expected audio, got an empty file`)
  if (name === undefined) {
    const start = ascii(head, 0, 4)
    if (waves.includes(start)) return yield* wav(who, bytes, size)
    if (start === 'fLaC') return yield* flac(who, bytes)
    if (start === 'OggS') return yield* ogg(who, bytes)
    const first = mp3Start(head)
    if (first !== undefined) {
      await bytes.skip(first)
      return yield* mp3(who, bytes)
    }
    name = `a file that begins with ${shown(head)}`
  }
  if (!foreign) throw new DataError(`${who}: expected ${decodable}, got ${name}`)
  yield* foreign(name, bytes.rest())
}

/** Where the first frame of an MP3 is looked for that was cut anywhere; the largest has 1441 bytes. */
const headLength = 2 ** 13

function nameOf(head: Uint8Array): string | undefined {
  const other = others.find(([, at, ...magics]) => magics.some((magic) => ascii(head, at, at + magic.length) === magic))
  return other?.[0] ?? foreignWav(head) ?? foreignOgg(head) ?? foreignMpeg(head)
}

/** The first bytes as they should stand in a message: text where it is text. */
function shown(head: Uint8Array): string {
  const first = head.subarray(0, 12)
  return first.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09)
    ? JSON.stringify(ascii(first, 0, 12))
    : `the bytes ${Array.from(first, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`
}
