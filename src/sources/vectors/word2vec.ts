import { createReadStream } from 'node:fs'
import { DataError, show } from '../../core/check.ts'
import { type Progress, Rows, type Table } from './wordTable.ts'

const newline = 0x0a
const space = 0x20
// Bytes of a word, at most: without a bound, bytes that hold no space would be kept and searched again and again.
const longest = 2 ** 16

/**
 * Word vectors in word2vec's binary form: a line `count dimensions`, then each word, a space, and its float32 numbers, little-endian.
 *
 * @throws DataError for a header that is none or promises other than what follows, and for numbers that are not finite
 */
export async function readBinary(path: string, total: number, onProgress: Progress): Promise<Table> {
  let header: { count: number; rows: Rows } | undefined
  let rest: Buffer = Buffer.alloc(0)
  const stream = createReadStream(path, { highWaterMark: 2 ** 20 })
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    if (header === undefined) {
      const end = rest.indexOf(newline)
      if (end < 0 && rest.length < 64) continue
      header = headerOf(rest.subarray(0, Math.max(0, Math.min(end, 64))).toString('latin1'), path, total)
      rest = rest.subarray(end + 1)
    }
    rest = rest.subarray(take(rest, header.rows, header.count, path))
    onProgress({ done: Math.min(stream.bytesRead, total), total })
  }
  if (header === undefined)
    throw new DataError(`loadVectors: expected a line 'count dimensions' in ${path}, got ${show(rest.toString('latin1'))}`)
  return header.rows.table(path, header.count)
}

function headerOf(line: string, path: string, total: number): { count: number; rows: Rows } {
  const found = /^(\d+) (\d+)$/.exec(line)
  const count = Number(found?.[1])
  const dimensions = Number(found?.[2])
  if (!(count > 0 && dimensions > 0 && count * dimensions * 4 <= total)) {
    throw new DataError(`loadVectors: expected a line 'count dimensions' that fits the ${total} bytes of ${path}, got ${show(line)}`)
  }
  return { count, rows: new Rows(dimensions, count) }
}

/** Adds the rows that are whole; gives the number of bytes they took. */
function take(bytes: Buffer, rows: Rows, count: number, path: string): number {
  const width = 4 * rows.dimensions
  const values = new Float32Array(rows.dimensions)
  let at = 0
  while (at < bytes.length) {
    // Some writers end each row with a line end, others do not.
    const from = bytes[at] === newline ? at + 1 : at
    const end = bytes.indexOf(space, from)
    const row = `${path}, row ${rows.words.length + 1}`
    if ((end < 0 ? bytes.length : end) - from > longest)
      throw new DataError(`loadVectors: expected a word and a space in ${row}, got neither`)
    if (rows.words.length === count && from < bytes.length) throw new DataError(`loadVectors: expected ${count} words in ${path}, got more`)
    if (end < 0 || end + 1 + width > bytes.length) break
    const word = bytes.toString('utf8', from, end)
    for (let i = 0; i < values.length; i++) values[i] = bytes.readFloatLE(end + 1 + 4 * i)
    if (!rows.add(word, values)) throw new DataError(`loadVectors: expected finite numbers in ${row}, got others for ${show(word)}`)
    at = end + 1 + width
  }
  return at
}
