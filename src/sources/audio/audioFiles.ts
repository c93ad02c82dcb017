import { type FileHandle, open } from 'node:fs/promises'
import { defer, from, type Observable } from 'rxjs'
import { DataError } from '../../core/check.ts'
import { type Read, read } from '../../core/options.ts'
import type { Sequence } from '../../streams/eachSequence.ts'
import { patternsOf, sequencesOf } from '../paths.ts'
import { decoded } from './codec.ts'
import type { Samples } from './encoding.ts'
import { resampled, type SignalOptions, signalOptions } from './resampled.ts'

/**
 * Audio files as sequences of PCM frames: WAV, MP3, FLAC and Ogg Vorbis, told by what is in them. Node only.
 *
 * Shape: paths, glob patterns and folders → one Sequence a file, its id the path as given, patterns resolved in alphabetical order, no file twice, folders with those below
 * them (files ending in .wav, .wave, .mp3, .flac, .ogg, .oga, .opus, .m4a, .aac, .aif, .aiff, .caf, .amr, .webm and .w64 that are not hidden); its frames are 1 bin × 1 channel
 * (or all, with `channels: 'keep'`) at `rate`, the first block without frames. A file is opened when its frames are subscribed to, read on demand, and closed
 * on unsubscription. MP3, FLAC and Ogg need @audio/decode's packages.
 *
 * @throws RangeError or TypeError for bad options; in a sequence's frames, and there alone, a DataError that names the file for one that is missing, cannot be decoded, or
 * ends before its header says or within an MP3 frame (after all its samples), and the pattern or folder, which is then the id, for one without files
 * @example
 * audioFiles(['words/*.wav', 'minute.flac'], { rate: 16000 })
 */
export function audioFiles(paths: string | readonly string[], options: SignalOptions = {}): Observable<Sequence> {
  const signal = read('audioFiles', signalOptions, options)
  const patterns = patternsOf('audioFiles', paths)
  return defer(() => from(sequencesOf('audioFiles', patterns, 'sound', (id) => [sequenceOf(`audioFiles: ${id}`, id, signal)])))
}

function sequenceOf(who: string, id: string, signal: Read<typeof signalOptions>): Sequence {
  return { id, frames: defer(() => from(resampled(who, recording(who, id), signal))) }
}

/** One file's samples; it is open while they are read. */
export async function* recording(who: string, path: string): AsyncGenerator<Samples, void, undefined> {
  const file = await readable(who, open(path))
  try {
    const stat = await readable(who, file.stat())
    yield* decoded(who, stat.isFile() ? readAhead(who, file) : bytesOf(who, file), stat.isFile() ? stat.size : undefined)
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
