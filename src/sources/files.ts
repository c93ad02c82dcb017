import { existsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { concatMap, defer, from, type Observable } from 'rxjs'
import { glob, isDynamicPattern } from 'tinyglobby'
import { DataError, refusal } from '../core/check.ts'
import type { Sequence } from '../operators/sequence.ts'
import { decoded } from './codec.ts'
import type { Samples } from './encoding.ts'
import { checkSignal, resampled, type SignalOptions } from './resampled.ts'

/**
 * Audio files as sequences of PCM frames: WAV, MP3, FLAC and Ogg Vorbis, told by what is in them. Node only.
 *
 * Shape: paths and glob patterns → one Sequence a file, its id the path as given, patterns resolved in alphabetical order, no file twice; its frames are 1 bin × 1 channel
 * (or all, with `channels: 'keep'`) at `rate`, the first block without frames. A file is opened when its frames are subscribed to, read on demand, and closed
 * on unsubscription. MP3, FLAC and Ogg need @audio/decode's packages.
 *
 * @throws RangeError or TypeError for bad options; a DataError in the stream for a pattern that matches nothing; in a sequence's frames, and there alone, a DataError
 * that names the file for one that is missing, cannot be decoded, or ends before its header says (after all its samples).
 * @example
 * audioFiles(['words/*.wav', 'minute.flac'], { rate: 16000 })
 */
export function audioFiles(paths: string | readonly string[], options: SignalOptions = {}): Observable<Sequence> {
  const signal = checkSignal('audioFiles', options)
  const patterns = typeof paths === 'string' ? [paths] : paths
  if (!Array.isArray(patterns) || patterns.length === 0 || !patterns.every((path) => typeof path === 'string' && path !== ''))
    throw refusal('audioFiles', 'paths must be a path, a glob pattern or a list of them', paths)
  return defer(() => from(matched(patterns))).pipe(
    concatMap((files) => [...files].map((id) => sequenceOf(`audioFiles: ${id}`, id, signal))),
  )
}

function sequenceOf(who: string, id: string, signal: Required<SignalOptions>): Sequence {
  return { id, frames: defer(() => from(resampled(who, recording(who, id), signal))) }
}

/** A file whose own name looks like a pattern is that file. */
async function matched(patterns: readonly string[]): Promise<Set<string>> {
  const files = new Set<string>()
  for (const pattern of patterns) {
    if (!isDynamicPattern(pattern) || existsSync(pattern)) {
      files.add(pattern)
      continue
    }
    const found = await glob(pattern, { absolute: isAbsolute(pattern), expandDirectories: false })
    if (found.length === 0) throw new DataError(`audioFiles: expected files that match ${JSON.stringify(pattern)}, got none`)
    for (const file of found.sort()) files.add(file)
  }
  return files
}

/** One file's samples; it is open while they are read. */
export async function* recording(who: string, path: string): AsyncGenerator<Samples, void, undefined> {
  const file = await readable(who, open(path))
  try {
    const stat = await readable(who, file.stat())
    yield* decoded(who, read(who, file), stat.isFile() ? stat.size : undefined)
  } finally {
    await file.close()
  }
}

async function* read(who: string, file: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    // A new buffer each time: decoders keep parts of what they are given.
    const { bytesRead, buffer } = await readable(who, file.read(new Uint8Array(2 ** 16)))
    if (bytesRead === 0) return
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
