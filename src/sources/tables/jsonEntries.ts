import { show } from '../../core/check.ts'
import { type Line, lines } from '../../files/lines.ts'
import { type Entry, Fault } from './entry.ts'
import { membersOf } from './members.ts'

/** The records of JSON Lines. */
export async function* jsonEntries(chunks: AsyncIterable<Uint8Array>, first = 1): AsyncGenerator<Iterable<Entry>, void, undefined> {
  for await (const batch of lines(chunks, first)) yield entriesOf(batch)
}

function* entriesOf(batch: readonly Line[]): Generator<Entry, void, undefined> {
  for (const line of batch) {
    if (line.fault !== undefined || line.text.trim() !== '') yield { line: line.number, fields: fieldsOf(line) }
  }
}

function fieldsOf({ text, fault }: Line): Entry['fields'] {
  if (fault !== undefined) return new Fault('UTF-8 text', fault)
  let record: unknown
  try {
    record = JSON.parse(text)
  } catch (cause) {
    return new Fault('JSON', show(text), cause)
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return new Fault('an object', show(record))
  return membersOf(text)
}
