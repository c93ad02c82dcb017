import { DataError, refusal, show } from '../core/check.ts'
import { boolean, type Given, read } from '../core/options.ts'
import { arkEntry, isArkKey } from '../files/ark.ts'
import type { Vector } from '../streams/toVectors.ts'
import { type Sink, sameLength, sink } from './sink.ts'

export const arkOptions = {
  /** A matrix an id, of all its vectors, a row each, as windows give them; by default each vector is an entry. */
  matrices: boolean().default(false),
}

export type ArkOptions = Given<typeof arkOptions>

/**
 * Writes a Kaldi archive of binary float vectors, or of matrices; beside 'words.ark' the index 'words.scp' says where each id's entry is: `id words.ark:12`, by the path as it was given.
 * Of a vector there stand its id and its values alone.
 *
 * Ids that are empty or have white space, which Kaldi's keys cannot, vectors of another length than the first, and without `matrices` a second vector of an id, are failures: see {@link Sink}.
 *
 * @param path a file whose name ends in .ark; both files appear when the source completes. '-' writes the archive alone to standard output, as it comes
 * @throws TypeError at once for another name; (as an error of the stream) Error, before anything is read, where the path cannot be written
 * @source https://kaldi-asr.org/doc/io.html
 * @example
 * await lastValueFrom(vectors$.pipe(toArk('words.ark'))) // copy-vector scp:words.scp ark,t:-
 */
export function toArk(path: string, options: ArkOptions = {}): Sink {
  const { matrices } = read('toArk', arkOptions, options)
  // A line of the index is the id, a space and the path.
  if (path !== '-' && !(typeof path === 'string' && /^(?!\s)[^\n\r]*\.ark$/.test(path)))
    throw refusal('toArk', 'path must end in .ark', path)
  // The index last: what it points at is there.
  return sink('toArk', path === '-' ? [path] : [path, `${path.slice(0, -'.ark'.length)}.scp`], (file, index) => {
    const check = sameLength('toArk')
    let position = 0
    let id: string | undefined
    let rows: Float32Array[] = []
    const flush = () => {
      if (rows.length === 0) return
      const [key, body] = arkEntry(id!, rows[0]!.length, rows, matrices ? 'matrix' : 'vector')
      file.write(key)
      file.write(body)
      index?.write(`${id} ${path}:${position + key.length}\n`)
      position += key.length + body.length
      rows = []
    }
    return {
      add(vector: Vector) {
        if (!isArkKey(vector.id))
          throw new DataError(`toArk: a key must be a text without white space, got ${show(vector.id)}`, { sequence: vector.id })
        check(vector)
        if (vector.id !== id) {
          flush()
          id = vector.id
        } else if (!matrices) {
          throw new DataError(`toArk: without matrices an id must have one vector, got another of ${show(id)}`, { sequence: id })
        }
        rows.push(vector.vector)
        if (!matrices) flush()
      },
      end: flush,
    }
  })
}
