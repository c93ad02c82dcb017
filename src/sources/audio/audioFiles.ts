import { type FileHandle, open } from 'node:fs/promises'
import { defer, from, type Observable } from 'rxjs'
import { DataError } from '../../core/check.ts'
import type { Frames } from '../../core/frames.ts'
import { type Given, oneOf, type Read, read } from '../../core/options.ts'
import { type ByteStream, chunksOf } from '../../files/bytes.ts'
import type { Sequence } from '../../streams/eachSequence.ts'
import { patternsOf, sequencesOf } from '../paths.ts'
import type { Samples } from './encoding.ts'
import { byFfmpeg, type Stop } from './ffmpeg.ts'
import { decoded } from './formats.ts'
import { pulled, resampled, signalOptions } from './resampled.ts'

export const fileOptions = {
  ...signalOptions,
  /** 'auto' decodes WAV, MP3, FLAC, Ogg Vorbis and Ogg Opus itself and the rest (M4A, AAC, WebM, AIFF, video) by the program ffmpeg, where that is installed; 'ffmpeg' all by that. */
  decoder: oneOf('auto', 'ffmpeg').default('auto'),
  /**
   * What becomes of a damaged file, which is an error in any case: windows that ended before the damage are given; the one that it cuts short is left out ('skip'), or ends there
   * ('keep'). So by default no vector of half a recording passes for one of the whole.
   */
  damaged: oneOf('skip', 'keep').default('skip'),
}

export type FileOptions = Given<typeof fileOptions>

/**
 * Audio files as sequences of PCM frames: WAV, MP3, FLAC, Ogg Vorbis and Ogg Opus, told by what is in them, and what ffmpeg decodes. Node only.
 *
 * Shape: paths, glob patterns and folders → one Sequence a file, its id the path as given, patterns resolved in alphabetical order, no file twice, folders with those below
 * them (files ending in .wav, .wave, .mp3, .flac, .ogg, .oga, .opus, .m4a, .aac, .aif, .aiff, .caf, .amr, .webm and .w64 that are not hidden); its frames are 1 bin × 1 channel
 * (or all, with `channels: 'keep'`) at `rate`, the first block without frames. A file is opened when its frames are subscribed to, read on demand, and closed
 * on unsubscription. MP3, FLAC and Ogg need @audio/decode's packages; a chain of Ogg streams, or of MP3 or FLAC files, gives one after the other.
 *
 * @throws RangeError or TypeError for bad options; in a sequence's frames, and there alone, a DataError that names the file for one that is missing, cannot be decoded,
 * is damaged or ends too early (after the samples before that), and the pattern or folder, which is then the id, for one without files
 * @example
 * audioFiles(['words/*.wav', 'minute.flac'], { rate: 16000 })
 */
export function audioFiles(paths: string | readonly string[], options: FileOptions = {}): Observable<Sequence> {
  const given = read('audioFiles', fileOptions, options)
  const patterns = patternsOf('audioFiles', paths)
  return defer(() => from(sequencesOf('audioFiles', patterns, 'sound', (id) => [sequenceOf(`audioFiles: ${id}`, id, given)])))
}

function sequenceOf(who: string, id: string, options: Read<typeof fileOptions>): Sequence {
  const { damaged } = options
  return { id, damaged, frames: framesOf(who, options, (stop) => recording(who, id, options, stop)) }
}

/** A file's bytes as they come, on standard input. */
export function audioStream(id: string, source: ByteStream, options: Read<typeof fileOptions>): Sequence {
  const who = `audioFiles: ${id}`
  const open = chunksOf(who, source)
  const frames = framesOf(who, options, (stop) => {
    const chunks = open()
    stop.addEventListener('abort', chunks.release)
    if (options.decoder === 'ffmpeg') return byFfmpeg(who, chunks, stop)
    return decoded(who, chunks, undefined, (what, rest) => byFfmpeg(who, rest, stop, what))
  })
  return { id, damaged: options.damaged, frames }
}

/** Samples as frames at the rate that is asked for; `stop` is aborted when nobody wants them any more. */
export function framesOf(
  who: string,
  options: Read<typeof signalOptions>,
  open: (stop: Stop) => AsyncIterable<Samples>,
): Observable<Frames> {
  return pulled(() => {
    const stop = new AbortController()
    return { frames: resampled(who, open(stop.signal), options), release: () => stop.abort() }
  })
}

/** One file's samples; it is open while they are read. */
export async function* recording(
  who: string,
  path: string,
  { decoder }: Pick<Read<typeof fileOptions>, 'decoder'>,
  stop: Stop,
): AsyncGenerator<Samples, void, undefined> {
  const file = await readable(who, open(path))
  try {
    const stat = await readable(who, file.stat())
    const chunks = stat.isFile() ? readAhead(who, file) : bytesOf(who, file)
    // A pipe gives its bytes once.
    const byProgram = (what: string | undefined, rest: AsyncIterable<Uint8Array>) => byFfmpeg(who, stat.isFile() ? path : rest, stop, what)
    if (decoder === 'ffmpeg') yield* byProgram(undefined, chunks)
    else yield* decoded(who, chunks, stat.isFile() ? stat.size : undefined, byProgram)
  } finally {
    await file.close()
  }
}

// Bytes in a block.
const size = 2 ** 16

async function* bytesOf(who: string, file: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    // A new buffer each time: decoders keep parts of what they are given.
    const { bytesRead, buffer } = await readable(who, file.read(new Uint8Array(size)))
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

/** Reads the next blocks while one is being worked on; not of pipes, which may not have them for long. */
async function* readAhead(who: string, file: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  const ahead = 3
  const block = (position: number) => {
    const one = file.read(new Uint8Array(size), 0, size, position)
    // Told when it is asked for.
    one.catch(() => {})
    return one
  }
  let coming: ReturnType<typeof block>[] = []
  for (let at = 0; ; ) {
    while (coming.length < ahead) coming.push(block(at + coming.length * size))
    const { bytesRead, buffer } = await readable(who, coming.shift()!)
    if (bytesRead === 0) return
    at += bytesRead
    // Nearly always the end; else what comes does not follow on.
    if (bytesRead < size) coming = []
    yield buffer.subarray(0, bytesRead)
  }
}

async function readable<Result>(who: string, step: Promise<Result>): Promise<Result> {
  try {
    return await step
  } catch (cause) {
    throw new DataError(`${who}: expected a file that can be read, got ${(cause as Error).message}`, { cause })
  }
}
