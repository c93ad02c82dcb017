import type { Observable } from 'rxjs'
import type { ByteStream } from '../../files/bytes.ts'
import type { Sequence } from '../../streams/eachSequence.ts'
import { jsonEntries } from '../tables/jsonEntries.ts'
import { type RecordOptions, recordsFrom } from './records.ts'

/**
 * JSON Lines, one object a line, as sequences of token frames.
 *
 * Shape: one line → one Sequence as from {@link texts}, its length known, with the object's other fields; or one a line or sentence of its text. Blank lines are passed over. Lines are
 * read on demand, up to 64 MiB each. An id or a label that is a number keeps its digits where a number of ours would round it.
 *
 * @param source a path, or a stream of bytes such as `process.stdin`
 * @throws TypeError at once for unknown options; a DataError in the stream for a file that cannot be read; in the frames of one sequence, and there alone, a DataError that
 * names the file and the line for one that is not UTF-8, not JSON or has no such text
 * @example
 * jsonl('documents.jsonl', { textField: 'text' }).pipe(eachSequence(embed(await loadVectors()), globalPool('mean')), toVectors())
 */
export function jsonl(source: string | ByteStream, options: RecordOptions = {}): Observable<Sequence> {
  return recordsFrom('jsonl', source, options, (_, chunks) => jsonEntries(chunks))
}
