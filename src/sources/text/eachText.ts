import { refusal, tried } from '../../core/check.ts'

export interface Text {
  readonly id: string
  readonly text: string
  readonly label?: string
}

/**
 * Items of a user's as texts, strings by their number.
 * @throws TypeError at once for a source that is none; when read for items that are no texts
 */
export function eachText(who: string, source: Iterable<string | Text> | AsyncIterable<string | Text>): () => AsyncIterable<Text> {
  // A string is iterable too: its letters would become texts.
  if (
    !tried(source, (all) => typeof all === 'object' && !ArrayBuffer.isView(all) && (Symbol.iterator in all || Symbol.asyncIterator in all))
  )
    throw refusal(who, 'source must be a list or a stream of texts', source)
  return async function* () {
    let count = 0
    for await (const item of source) {
      const given =
        typeof item === 'string' ? { id: String(count), text: item } : tried(item, ({ id, text, label }) => ({ id, text, label }))
      const { id, text, label } = (given ?? {}) as Partial<Text>
      if (typeof id !== 'string' || typeof text !== 'string' || (label !== undefined && typeof label !== 'string'))
        throw refusal(who, `item ${count} must be a string or { id, text }`, item)
      yield { id, text, ...(label !== undefined && { label }) }
      count++
    }
  }
}
