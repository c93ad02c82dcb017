import { DataError } from '../../core/check.ts'
import { jsonText } from '../../files/jsonText.ts'
import { openParquet, type RowGroup } from '../../files/parquet.ts'
import { type Entry, missingColumn, type Wanted } from './entry.ts'

/**
 * The records of a Parquet file, a row group at a time.
 *
 * @param group of one row group alone, by its number
 * @throws DataError for one without a column that is needed, and where it cannot be read on
 */
export async function* parquetEntries(
  who: string,
  path: string,
  wanted: Wanted,
  group?: number,
): AsyncGenerator<Iterable<Entry>, void, undefined> {
  const file = await openParquet(who, path)
  try {
    const missing = missingColumn(wanted, file.columns)
    if (missing) throw new DataError(`${who}: ${path}: expected ${missing.expected}, got ${missing.got}`, { sequence: path })
    for await (const rows of file.groups(undefined, group)) yield entriesOf(rows)
  } finally {
    await file.close()
  }
}

function* entriesOf({ from, rows, columns }: RowGroup): Generator<Entry, void, undefined> {
  const all = [...columns]
  for (let i = 0; i < rows; i++) {
    yield { line: from + i + 1, fields: new Map(all.map(([name, column]) => [name, jsonText(column[i] ?? null)])) }
  }
}

/** How many row groups a file has; one where it cannot be read, which whoever reads it is told. */
export async function rowGroups(path: string): Promise<number> {
  try {
    const file = await openParquet('rowGroups', path)
    await file.close()
    return file.rowGroups
  } catch {
    return 1
  }
}
