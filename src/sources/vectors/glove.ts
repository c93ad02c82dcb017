import { createReadStream } from 'node:fs'
import { DataError, show } from '../../core/check.ts'
import { byteLines } from '../../files/lines.ts'
import { Scanner } from './numbers.ts'
import { type Progress, Rows, type Table } from './wordTable.ts'

const space = 0x20

/**
 * Word vectors as text, one word a line with its numbers after it: GloVe's form; with a first line `count dimensions`, word2vec's and fastText's.
 *
 * @throws DataError with the line's number for lines that do not hold as many numbers as the others, or numbers that are not finite
 */
export async function readText(path: string, total: number, onProgress: Progress): Promise<Table> {
  let rows: Rows | undefined
  let header: { count: number; dimensions: number } | undefined
  let number = 0
  const stream = createReadStream(path, { highWaterMark: 2 ** 20 })
  for await (const batch of byteLines(stream)) {
    for (const line of batch) {
      number++
      if (number === 1) header = headerOf(line)
      if (number === 1 && header) continue
      const { word, values } = rowOf(line, header?.dimensions ?? rows?.dimensions, `${path}, line ${number}`)
      // Each number takes two bytes at least, so a header cannot claim more room than its file could fill.
      rows ??= new Rows(values.length, Math.min(header?.count ?? 0, Math.floor(total / (2 * values.length))))
      if (!rows.add(word, values))
        throw new DataError(`loadVectors: expected finite numbers in ${path}, line ${number}, got others for ${show(word)}`)
    }
    onProgress({ done: Math.min(stream.bytesRead, total), total })
  }
  return (rows ?? new Rows(1, 0)).table(path, header?.count)
}

function headerOf(line: Uint8Array | undefined): { count: number; dimensions: number } | undefined {
  const found = /^(\d+) (\d+)\s*$/.exec(text(line?.subarray(0, 40)))
  return found ? { count: Number(found[1]), dimensions: Number(found[2]) } : undefined
}

function rowOf(line: Uint8Array | undefined, dimensions: number | undefined, where: string): { word: string; values: ArrayLike<number> } {
  if (line === undefined) throw new DataError(`loadVectors: expected a word and its numbers in ${where}, got more than 64 MiB`)
  const after = line.indexOf(space, 1)
  const scanner = new Scanner(line, after < 0 ? line.length : after)
  const values: number[] = []
  while (scanner.at < line.length) {
    const byte = line[scanner.at]
    if (byte === space || byte === 0x0d || byte === 0x09) scanner.at++
    else values.push(scanner.number())
    // Where no number begins the scanner stands still.
    if (Number.isNaN(values.at(-1))) break
  }
  const wrong = values.length === 0 || Number.isNaN(values.at(-1)) || (dimensions !== undefined && values.length !== dimensions)
  return wrong ? spacedRow(text(line), dimensions, where) : { word: text(line.subarray(0, after)), values }
}

/** A row whose word has spaces in it ('. . .' in GloVe's largest file); no part of it may be a number, or a row with one number too many would pass. */
function spacedRow(line: string, dimensions: number | undefined, where: string): { word: string; values: ArrayLike<number> } {
  const fields = line.trimEnd().split(' ')
  const cut = fields.length - (dimensions ?? fields.length - 1)
  const values = fields.slice(cut).map((field) => (field === '' ? Number.NaN : Number(field)))
  const parts = fields.slice(1, cut)
  if (cut >= 1 && values.length > 0 && values.every(Number.isFinite) && parts.every((part) => part === '' || Number.isNaN(Number(part)))) {
    return { word: fields.slice(0, cut).join(' '), values }
  }
  throw new DataError(`loadVectors: expected a word and ${dimensions ?? 'its'} numbers in ${where}, got ${show(line)}`)
}

function text(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}
