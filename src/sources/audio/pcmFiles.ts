import { stat } from 'node:fs/promises'
import { defer, from, type Observable } from 'rxjs'
import { DataError } from '../../core/check.ts'
import type { Frames } from '../../core/frames.ts'
import { type Read, read } from '../../core/options.ts'
import { unreadable } from '../../files/unreadable.ts'
import type { Sequence } from '../../streams/eachSequence.ts'
import { bytesOf, patternsOf, sequencesOf } from '../paths.ts'
import { type RawOptions, rawFrames, rawOptions } from './pcm.ts'

/**
 * Files of raw PCM, which have no header, as sequences. Node only.
 *
 * Shape: paths, glob patterns and folders (their files ending in .raw, .pcm, .ul, .al and .sln) → one Sequence a file, its id the path as given, in alphabetical order,
 * no file twice; its frames are those of `pcm`.
 * A file is opened when its frames are subscribed to, read on demand, and closed on unsubscription. An empty file gives no frames.
 *
 * @throws RangeError or TypeError for bad options; in a sequence's frames, and there alone, a DataError that names the file for one that cannot be read, for bytes that are left over
 * at its end, and for a sample that is NaN or infinite, and the pattern or folder, which is then the id, for one without files
 * @example
 * pcmFiles('calls/*.raw', { rate: 8000, format: 'mulaw' })
 */
export function pcmFiles(paths: string | readonly string[], options: RawOptions): Observable<Sequence> {
  const raw = read('pcmFiles', rawOptions, options)
  const patterns = patternsOf('pcmFiles', paths)
  return defer(() =>
    from(sequencesOf('pcmFiles', patterns, 'raw', (id) => [{ id, frames: defer(() => from(framesOf(`pcmFiles: ${id}`, id, raw))) }])),
  )
}

async function* framesOf(who: string, path: string, raw: Read<typeof rawOptions>): AsyncGenerator<Frames, void, undefined> {
  const { size, isFile } = await stat(path).then(
    (found) => ({ size: found.size, isFile: found.isFile() }),
    (cause: Error) => {
      throw new DataError(unreadable(who, path, cause), { cause })
    },
  )
  yield* rawFrames(who, bytesOf(who, path), raw, isFile ? size : undefined)
}
