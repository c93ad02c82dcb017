import { type FileHandle, open } from 'node:fs/promises'
import * as zlib from 'node:zlib'
import {
  type ColumnMetaData,
  type CompressionCodec,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
} from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { DataError } from '../core/check.ts'
import { unreadable } from './unreadable.ts'

/** Consecutive rows of a table, column by column. */
export interface RowGroup {
  /** How many rows of the file come before. */
  readonly from: number
  readonly rows: number
  readonly columns: ReadonlyMap<string, ArrayLike<unknown>>
}

/** A Parquet file that is open. */
export interface ParquetFile {
  /** The names of its columns; of nested ones the outermost. */
  readonly columns: readonly string[]
  readonly rows: number
  readonly rowGroups: number
  /** What the file says of itself beside its rows. */
  readonly metadata: ReadonlyMap<string, string>
  /** Its row groups in order, each read when it is asked for; or one `only`, by its number. */
  groups(columns?: readonly string[], only?: number): AsyncGenerator<RowGroup, void, undefined>
  close(): Promise<void>
}

/** Of one column in one row group: it must be held as a whole. */
const mostValues = 2 ** 26
const mostBytes = 2 ** 30

/**
 * Opens a Parquet file, whoever wrote it: all encodings; uncompressed, Snappy, GZIP, Brotli, and Zstandard where Node has it (22.15).
 *
 * Its numbers are held against the file before anything is made of them, so that lengths that lie cost no memory.
 *
 * @throws (by rejection, also of its row groups) DataError that names the file, for one that cannot be read, is no Parquet or is damaged
 */
export async function openParquet(who: string, path: string): Promise<ParquetFile> {
  const wrong = (cause: unknown) =>
    cause instanceof DataError
      ? cause
      : new DataError(`${who}: expected ${path} to be Parquet, got ${(cause as Error).message}`, { sequence: path, cause })
  const handle = await open(path).catch((cause: Error) => {
    throw new DataError(unreadable(who, path, cause), { sequence: path, cause })
  })
  try {
    const { size } = await handle.stat().catch((cause: Error) => {
      throw new DataError(unreadable(who, path, cause), { sequence: path, cause })
    })
    const file = { byteLength: size, slice: (start: number, end = size) => bytesIn(handle, start, end, size) }
    if (size < 12) throw new Error(`a file of ${size} bytes`)
    const metadata = await parquetMetadataAsync(file, { geoparquet: false })
    checkCounts(metadata, size)
    const columns = parquetSchema(metadata).children.map(({ element }) => element.name)
    return {
      columns,
      rows: Number(metadata.num_rows),
      metadata: new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value ?? ''])),
      rowGroups: metadata.row_groups.length,
      async *groups(wanted = columns, only) {
        let from = 0
        try {
          for (const [i, { num_rows, columns: chunks }] of metadata.row_groups.entries()) {
            const rows = Number(num_rows)
            if (only !== undefined && i !== only) {
              from += rows
              continue
            }
            for (const { meta_data } of chunks) {
              if (wanted.includes(meta_data!.path_in_schema[0]!)) await checkPages(meta_data!, file.slice)
            }
            const found = new Map<string, unknown[][]>(wanted.map((name) => [name, []]))
            await parquetRead({
              file,
              metadata,
              columns: [...wanted],
              rowStart: from,
              rowEnd: from + rows,
              compressors,
              onChunk: ({ columnName, columnData }) => void found.get(columnName)?.push(columnData as unknown[]),
            })
            from += rows
            yield { from: from - rows, rows, columns: new Map(Array.from(found, ([name, parts]) => [name, whole(name, parts, rows)])) }
          }
        } catch (cause) {
          throw wrong(cause)
        }
      },
      close: () => handle.close(),
    }
  } catch (cause) {
    await handle.close()
    throw wrong(cause)
  }
}

async function bytesIn(handle: FileHandle, start: number, end: number, size: number): Promise<ArrayBuffer> {
  if (!(start >= 0 && start <= end && end <= size)) throw new Error(`bytes from ${start} to ${end} of ${size}`)
  const bytes = new Uint8Array(end - start)
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at)
    if (bytesRead === 0) throw new Error(`an end at byte ${start + at}`)
    at += bytesRead
  }
  return bytes.buffer
}

/** Holds what the footer says against itself and the file. */
function checkCounts({ num_rows, row_groups }: FileMetaData, size: number): void {
  const rows = row_groups.reduce((sum, group) => sum + group.num_rows, 0n)
  if (rows !== num_rows || row_groups.some((group) => group.num_rows < 0n))
    throw new Error(`${rows} rows in row groups and ${num_rows} in all`)
  for (const { columns, num_rows } of row_groups) {
    for (const { meta_data, file_path } of columns) {
      if (!meta_data || file_path) throw new Error('a column in another file')
      const [from, to] = rangeOf(meta_data)
      const name = meta_data.path_in_schema.join('.')
      if (!(from >= 4 && from <= to && to <= size)) throw new Error(`the column ${name} from byte ${from} to ${to} of ${size}`)
      if (meta_data.num_values > mostValues || num_rows > mostValues)
        throw new Error(`a row group of ${meta_data.num_values} values of ${name}, where at most ${mostValues} are read at once`)
    }
  }
}

function rangeOf({ dictionary_page_offset, data_page_offset, total_compressed_size }: ColumnMetaData): [from: number, to: number] {
  const from = Number(dictionary_page_offset && dictionary_page_offset < data_page_offset ? dictionary_page_offset : data_page_offset)
  return [from, from + Number(total_compressed_size)]
}

/** Refuses pages that promise more than their column has: what is made of them is made by their own word. */
async function checkPages(column: ColumnMetaData, slice: (start: number, end: number) => Promise<ArrayBuffer>): Promise<void> {
  const view = new DataView(await slice(...rangeOf(column)))
  const reader = { view, offset: 0 }
  const most = Number(column.num_values)
  let values = 0
  while (values < most && reader.offset < view.byteLength) {
    const { compressed_page_size, uncompressed_page_size, ...header } = parquetHeader(reader)
    const count = (header.data_page_header ?? header.data_page_header_v2)?.num_values ?? 0
    const entries = header.dictionary_page_header?.num_values ?? 0
    values += count
    if (!(compressed_page_size >= 0 && reader.offset + compressed_page_size <= view.byteLength))
      throw new Error(`a page of ${compressed_page_size} bytes`)
    if (!(uncompressed_page_size >= 0 && uncompressed_page_size <= mostBytes)) throw new Error(`a page of ${uncompressed_page_size} bytes`)
    if (!(count >= 0 && entries >= 0 && entries <= mostValues)) throw new Error(`a page of ${count + entries} values`)
    reader.offset += compressed_page_size
  }
  if (values !== most) throw new Error(`${values} values in the pages of ${column.path_in_schema.join('.')}, which has ${most}`)
}

function whole(name: string, parts: readonly ArrayLike<unknown>[], rows: number): ArrayLike<unknown> {
  const all = parts.length === 1 ? parts[0]! : parts.flatMap((part) => Array.from(part))
  if (all.length !== rows) throw new Error(`${all.length} rows of ${name} where the others have ${rows}`)
  return all
}

type Inflate = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array

function bounded(codec: string, inflate: Inflate | undefined): (bytes: Uint8Array, length: number) => Uint8Array {
  return (bytes, length) => {
    if (!inflate) throw new Error(`${codec}, which Node reads from 22.15 on`)
    // Zero would be no bound.
    const { buffer, byteOffset, byteLength } = inflate(bytes, { maxOutputLength: Math.max(1, length) })
    return new Uint8Array(buffer, byteOffset, byteLength)
  }
}

// Snappy is hyparquet's own.
const compressors: Compressors & { [codec in CompressionCodec]?: unknown } = {
  GZIP: bounded('gzip', zlib.gunzipSync),
  BROTLI: bounded('Brotli', zlib.brotliDecompressSync),
  ZSTD: bounded('Zstandard', (zlib as { zstdDecompressSync?: Inflate }).zstdDecompressSync),
}
