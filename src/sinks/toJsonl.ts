import type { Vector } from '../streams/toVectors.ts'
import { checkFinite, decimal, fieldNames, type Sink, sink, time } from './sink.ts'

/**
 * Writes one line of JSON a vector: `{"id","start","end","weight","vector"}`; where there are such, `"label"` after the id, and `"coverage"` and the fields of its record before the vector.
 * Values parse back to the same float32, times are rounded to nanoseconds.
 *
 * Fields stand as they were written, digits included; one whose name is taken (id, label, start, end, weight, coverage, vector) as `"field.start"`.
 *
 * Vectors may differ in length. No vectors give an empty file. Failures are counted, not written, and so are vectors with NaN or ±Infinity, which JSON does not have:
 * see {@link Sink}.
 *
 * @param path a file, which appears whole when the source completes; '-' writes each line to standard output as it comes
 * @throws (as an error of the stream, before anything is read) Error where the path cannot be written
 * @example
 * await lastValueFrom(vectors$.pipe(toJsonl('words.jsonl'))) // { vectors: 288, failures: 0 }
 */
export function toJsonl(path: string): Sink {
  return sink('toJsonl', [path], (file) => ({
    add(vector) {
      file.write(`${vectorText('toJsonl', vector)}\n`)
    },
  }))
}

/**
 * A vector as a JSON object.
 * @throws DataError for one with NaN or ±Infinity
 */
export function vectorText(who: string, vector: Vector): string {
  checkFinite(`${who}: JSON`, vector)
  return `${origin(vector).slice(0, -1)},"vector":[${Array.from(vector.vector, decimal).join(',')}]}`
}

const own = ['id', 'label', 'start', 'end', 'weight', 'coverage', 'vector']

/** Whose vector it is, as a JSON object. */
export function origin({ id, label, start, end, weight, coverage, fields }: Vector): string {
  const known = JSON.stringify({ id, label, start: time(start), end: time(end), weight, coverage })
  if (!fields) return known
  const named = fieldNames([...fields.keys()], own)
  return `${known.slice(0, -1)}${[...fields.values()].map((json, i) => `,${JSON.stringify(named[i])}:${json}`).join('')}}`
}
