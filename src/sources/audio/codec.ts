import { DataError } from '../../core/check.ts'
import { type Cursor, cursor, joined } from '../../files/bytes.ts'
import type { Samples } from './encoding.ts'
import { beginsFrame, followed } from './mp3.ts'
import { wav } from './wav.ts'

interface Decoder {
  decode(bytes: Uint8Array): { readonly sampleRate: number; readonly channelData: readonly Float32Array[] }
  flush?(): ReturnType<Decoder['decode']>
  free(): void
}

interface Codec {
  readonly name: string
  load(): Promise<{ decoder(): Promise<Decoder> }>
}

// The packages behind @audio/decode one by one, because that names one that is not published, and so cannot be bundled for a browser.
// Each `catch` is at its `import`, where bundlers see that the package may be missing.
const codecs: Record<'mp3' | 'flac' | 'vorbis', Codec> = {
  mp3: { name: 'MP3', load: () => import('@audio/decode-mp3').catch(missing('MP3', '@audio/decode-mp3')) },
  flac: { name: 'FLAC', load: () => import('@audio/decode-flac').catch(missing('FLAC', '@audio/decode-flac')) },
  vorbis: { name: 'Ogg Vorbis', load: () => import('@audio/decode-vorbis').catch(missing('Ogg Vorbis', '@audio/decode-vorbis')) },
}

function missing(name: string, module: string): (cause: unknown) => never {
  return (cause) => {
    throw new Error(`decoding ${name}: expected the package ${module}, got none; npm install ${module}`, {
      cause,
    })
  }
}

/** Decodes one recording, told by its first bytes: WAV here, MP3, FLAC and Ogg Vorbis by packages, each loaded when it is first needed. */
export async function* decoded(who: string, source: AsyncIterable<Uint8Array>, size?: number): AsyncGenerator<Samples, void, undefined> {
  const bytes = cursor(source)
  await skipTag(bytes)
  const head = await bytes.peek(headLength)
  if (bytes.position + head.length === 0) throw new DataError(`${who}: expected audio, got an empty file`)
  const kind = kindOf(head)
  if (kind === 'wav') return yield* wav(who, bytes, size)
  if (kind === 'flac') return yield* flac(who, head, run(who, codecs.flac, wholeHeaders(bytes.rest())))
  if (kind === 'mp3') return yield* mp3(who, head, bytes.rest())
  if (kind === 'vorbis') return yield* run(who, codecs.vorbis, bytes.rest())
  throw new DataError(`${who}: expected WAV, MP3, FLAC or Ogg Vorbis, got a file that begins with ${shown(head)}`)
}

const headLength = 4096

/** Leaves out an ID3v2 tag: its size is in bytes 6 to 9, seven bits in each (ID3v2.4 §3.1). */
async function skipTag(bytes: Cursor): Promise<void> {
  const head = await bytes.peek(10)
  if (head.length < 10 || text(head, 0, 3) !== 'ID3') return
  await bytes.skip(10 + head.subarray(6, 10).reduce((size, byte) => size * 128 + (byte & 127), 0))
}

function kindOf(head: Uint8Array): 'wav' | 'flac' | 'mp3' | 'vorbis' | undefined {
  const start = text(head, 0, 4)
  if (start === 'RIFF') return 'wav'
  if (start === 'fLaC') return 'flac'
  // An Ogg page's header has 27 bytes and one for each segment (RFC 3533 §6); the codec's name follows.
  if (start === 'OggS') return text(head, 28 + head[26]!, 33 + head[26]! + 1) === 'vorbis' ? 'vorbis' : undefined
  return beginsFrame(head) ? 'mp3' : undefined
}

/** The decoders wait for ever where a page may not compile WebAssembly, so the smallest module (magic number and version) is tried before. */
async function compilable(name: string): Promise<void> {
  await WebAssembly.compile(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0)).catch((cause: unknown) => {
    throw new Error(
      `decoding ${name}: expected a page that may compile WebAssembly, got ${(cause as Error).name}; add 'wasm-unsafe-eval' to its Content-Security-Policy's script-src`,
      { cause },
    )
  })
}

async function* run(who: string, { name, load }: Codec, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Samples, void, undefined> {
  await compilable(name)
  const { decoder } = await load()
  const machine = await decoder()
  let found = false
  const heard = (step: () => ReturnType<Decoder['decode']> | undefined): Samples[] => {
    const { sampleRate: rate, channelData: channels } = attempt(who, name, step) ?? { sampleRate: 0, channelData: [] }
    if (!channels[0]?.length) return []
    found = true
    return [{ rate, channels }]
  }
  try {
    for await (const chunk of bytes) yield* heard(() => machine.decode(chunk))
    yield* heard(() => machine.flush?.())
  } finally {
    machine.free()
  }
  if (!found) throw new DataError(`${who}: expected ${name}, got a header without sound`)
}

function attempt<Result>(who: string, name: string, step: () => Result): Result {
  try {
    return step()
  } catch (cause) {
    throw new DataError(`${who}: expected ${name} that can be decoded, got ${(cause as Error).message}`, { cause })
  }
}

/**
 * Cuts FLAC where no frame header can lie, since @audio/decode-flac 1.3 misses a header that continues in the next chunk, and then loses the end of the file.
 * A header begins with 14 sync bits and takes at most 16 bytes (RFC 9639 §9.1).
 */
async function* wholeHeaders(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array = new Uint8Array(0)
  for await (const chunk of chunks) {
    const bytes = joined(held, chunk)
    const cut = syncNearEnd(bytes)
    held = bytes.subarray(cut)
    if (cut > 0) yield bytes.subarray(0, cut)
  }
  if (held.length > 0) yield held
}

function syncNearEnd(bytes: Uint8Array): number {
  for (let i = Math.max(0, bytes.length - 16); i < bytes.length; i++) {
    if (bytes[i] === 0xff && (i + 1 === bytes.length || (bytes[i + 1]! & 0xfe) === 0xf8)) return i
  }
  return bytes.length
}

/**
 * What STREAMINFO (RFC 9639 §8.2) says is held against what is decoded: bits of a sample, and the number of samples, 0 where that is not known.
 * The decoder divides integers by 2^(bits − 1) − 1; they are put back, so that FLAC gives the samples of the WAV it was made of.
 */
async function* flac(who: string, head: Uint8Array, recording: AsyncIterable<Samples>): AsyncGenerator<Samples, void, undefined> {
  const bits = (((head[20]! & 1) << 4) | (head[21]! >> 4)) + 1
  const total = head.subarray(22, 26).reduce((high, byte) => high * 256 + byte, head[21]! & 15)
  const full = 2 ** (bits - 1)
  let found = 0
  for await (const { rate, channels } of recording) {
    found += channels[0]!.length
    yield { rate, channels: channels.map((channel) => channel.map((x) => Math.round(x * (full - 1)) / full)) }
  }
  if (total > 0 && found !== total)
    throw new DataError(`${who}: expected ${total} samples, as its header promises, got ${found}`, { frame: found })
}

/**
 * The decoder gives mono as two equal channels. The header's last byte begins with the mode (ISO 11172-3 §2.4.2.3), in which 3 is mono.
 * It leaves out a last frame that is not whole without a word. What ends between two frames cannot be told from a recording that ends there.
 */
async function* mp3(who: string, head: Uint8Array, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Samples, void, undefined> {
  const count = head[3]! >> 6 === 3 ? 1 : 2
  const frames = followed(bytes)
  let found = 0
  for await (const { rate, channels } of run(who, codecs.mp3, frames)) {
    found += channels[0]!.length
    yield { rate, channels: channels.slice(0, count) }
  }
  if (frames.missing > 0)
    throw new DataError(`${who}: expected whole MP3 frames, got a last one that lacks ${frames.missing} bytes`, { frame: found })
}

function text(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to))
}

/** The first bytes as they should stand in a message: text where it is text. */
function shown(head: Uint8Array): string {
  const first = head.subarray(0, 12)
  return first.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09)
    ? JSON.stringify(text(first, 0, 12))
    : `the bytes ${Array.from(first, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`
}
