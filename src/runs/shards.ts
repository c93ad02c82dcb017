import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { Piece } from '../sources/piece.ts'

/** Pieces in their order, so many to a shard. A stretch of a long table or text, which is as much work as that, is a shard by itself. */
export function cut(pieces: readonly Piece[], size: number): readonly (readonly Piece[])[] {
  const shards: Piece[][] = []
  // In the last one.
  let room = 0
  for (const piece of pieces) {
    const stretch = piece.lines !== undefined || piece.group !== undefined
    if (room > 0 && !stretch) {
      shards.at(-1)!.push(piece)
      room--
    } else {
      shards.push([piece])
      room = stretch ? 0 : size - 1
    }
  }
  return shards
}

/**
 * What a shard is made of, as one hash: how it is pooled and written, its pieces, and of each of their files the size and the time of the last change.
 *
 * Not the bytes: to look whether anything has changed would then take as long as to read the whole corpus, which is most of the work for short files. The price is that files that were
 * copied without their times are pooled again, and that one changed in place with its time put back is not; rsync and make decide the same.
 */
export async function hashOf(how: string, pieces: readonly Piece[]): Promise<string> {
  const hash = createHash('sha256').update(how)
  const files = [...new Set(pieces.map(({ file }) => file))]
  for (const state of await Promise.all(files.map(stateOf))) hash.update(`\n${state}`)
  for (const piece of pieces) hash.update(`\n${JSON.stringify(piece)}`)
  return hash.digest('hex')
}

/** A file's size and the time of its last change, in nanoseconds; 'none' where it cannot be looked at. */
export async function stateOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined)
  return found ? `${found.size} ${found.mtimeNs}` : 'none'
}
