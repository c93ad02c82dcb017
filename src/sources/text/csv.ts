import type { Observable } from 'rxjs'
import type { ByteStream } from '../../files/bytes.ts'
import type { Sequence } from '../../streams/eachSequence.ts'
import { csvEntries } from '../tables/csvEntries.ts'
import { type RecordOptions, recordsFrom, wantedOf } from './records.ts'

/**
 * A table, CSV or tab-separated, its columns named in its first line, as sequences of token frames.
 *
 * Shape: one row → one Sequence as from {@link texts}, its length known, with the row's other columns; or one a line or sentence of its text. Columns are divided by the comma,
 * semicolon or tab that the first line has most of. A cell may be quoted, as in RFC 4180, and then span lines; blank lines are passed over. Rows are read on demand, up to 64 MiB each.
 *
 * @param source a path, or a stream of bytes such as `process.stdin`
 * @throws TypeError at once for unknown options; a DataError in the stream for a file that cannot be read, has no such column for the text, or whose quotes do not close; in the
 * frames of one sequence, and there alone, a DataError that names the file and the line for a row that is not UTF-8 or has more or fewer cells than there are columns
 * @source RFC 4180, Common Format and MIME Type for CSV Files
 * @example
 * csv('reviews.csv', { textField: 'review' }).pipe(eachSequence(embed(await loadVectors()), globalPool('mean')), toVectors())
 */
export function csv(source: string | ByteStream, options: RecordOptions = {}): Observable<Sequence> {
  return recordsFrom('csv', source, options, (name, chunks, fields) => csvEntries('csv', name, chunks, wantedOf(fields)))
}
