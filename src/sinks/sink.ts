import { concat, defer, finalize, ignoreElements, type Observable, of, tap } from 'rxjs'
import { DataError, listIn, refusal, show, tried } from '../core/check.ts'
import { type OutputFile, outputFile } from '../files/output.ts'
import { type Failure, isFailure } from '../streams/eachSequence.ts'
import type { Vector } from '../streams/toVectors.ts'

/** What a sink wrote; it comes once, when everything is on disk. */
export interface Summary {
  readonly vectors: number
  /** Failures that passed by, and vectors that the format cannot hold; neither are written. */
  readonly failures: number
}

/**
 * A sink: vectors and failures in, one summary out.
 *
 * What a format cannot hold (in JSON and for pgvector what is not finite, in a table vectors of another length than the first, in bytes what is no whole number)
 * is the failure of its input, and the others go on: such a vector is not written, counts among the failures, and is told to `refused`.
 *
 * @example
 * toCsv('words.csv', { pgvector: true })(vectors$, ({ id, error }) => console.error(id, error.message))
 */
export interface Sink {
  (vectors: Observable<Vector | Failure>, refused?: (failure: Failure) => void): Observable<Summary>
  /** The files that it writes; '-' is standard output. */
  readonly files: readonly string[]
}

/** How vectors become bytes. */
export interface Format {
  /** @throws DataError, before anything is written of it, for a vector that the format cannot hold */
  add(vector: Vector): void
  /** After the last vector. */
  end?(): void
}

/**
 * Makes a sink from a format. Its files are opened before the source is subscribed to, and appear when it completes:
 * an error, an unsubscription or the end of the process removes what was begun and leaves a file of that name as it was.
 */
export function sink(who: string, paths: readonly string[], format: (...files: OutputFile[]) => Format): Sink {
  for (const path of paths) if (typeof path !== 'string' || path === '') throw refusal(who, 'path must be the path of a file', path)
  const write: (...of: Parameters<Sink>) => Observable<Summary> = (source, refused = () => {}) =>
    defer(() => {
      const files: OutputFile[] = []
      const discard = () => {
        for (const file of files) file.discard()
      }
      try {
        for (const path of paths) files.push(outputFile(who, path))
      } catch (error) {
        discard()
        throw error
      }
      const { add, end } = format(...files)
      const { take, summary } = counting(who, add, refused)
      return concat(
        source.pipe(tap(take), ignoreElements()),
        defer(() => {
          end?.()
          for (const file of files) file.commit()
          return of(summary())
        }),
      ).pipe(finalize(discard))
    })
  return Object.assign(write, { files: paths })
}

/** Takes what comes: vectors to the format, failures and what it cannot hold to the count. */
export function counting(
  who: string,
  add: Format['add'],
  refused: (failure: Failure) => void,
): { take(item: Vector | Failure): void; summary(): Summary } {
  let [vectors, failures] = [0, 0]
  return {
    take(item) {
      const failure = tried(item, isFailure) ? (item as Failure) : notHeld(add, checkedVector(who, item as Vector))
      if (!failure) {
        vectors++
      } else {
        failures++
        if (failure !== item) refused(failure)
      }
    },
    summary: () => ({ vectors, failures }),
  }
}

/** Adds a vector, and gives the failure where the format cannot hold it. */
function notHeld(add: Format['add'], vector: Vector): Failure | undefined {
  try {
    add(vector)
    return undefined
  } catch (error) {
    if (error instanceof DataError) return { id: vector.id, error }
    throw error
  }
}

/** Refuses a vector that has values which are not finite. */
export function checkFinite(who: string, { id, vector, start, end }: Vector): void {
  const wrong = vector.find((x) => !Number.isFinite(x))
  if (wrong === undefined) return
  const where = `the vector of ${show(id)} from ${time(start)} to ${time(end)}`
  throw new DataError(`${who} must have finite values, got ${wrong} in ${where}`, { sequence: id })
}

/** Refuses what is no vector. */
function checkedVector(who: string, vector: Vector): Vector {
  const { id, label = '', start, end, weight, names, vector: values } = tried(vector, (all) => ({ ...all })) ?? ({} as Partial<Vector>)
  const fits =
    [id, label].every((text) => typeof text === 'string') &&
    [start, end, weight].every((x) => typeof x === 'number') &&
    values instanceof Float32Array &&
    listIn(names)?.every((name) => typeof name === 'string')
  if (!fits) throw new DataError(`${who}: expected vectors, as toVectors() gives, got ${show(vector)}`)
  return vector
}

/** Refuses vectors that do not fit beside the first one. */
export function sameLength(who: string): (vector: Vector) => void {
  let length: number | undefined
  return ({ id, vector }) => {
    length ??= vector.length
    if (vector.length !== length)
      throw new DataError(`${who}: vectors must all have ${length} values, got ${vector.length} for ${show(id)}`, {
        sequence: id,
      })
  }
}

/** What the fields of a record are called beside ours: as they are, those whose names are taken with 'field.' before them. */
export function fieldNames(fields: readonly string[], taken: readonly string[]): string[] {
  const names = new Set([...taken, ...fields])
  return fields.map((field) => {
    if (!taken.includes(field)) return field
    let name = field
    while (names.has(name)) name = `field.${name}`
    names.add(name)
    return name
  })
}

// From 10⁻⁵³ to 10⁵³, more than float32 needs. Parsed, since engines differ in the last bits of `**`.
const most = 53
const powersOfTen = Array.from({ length: 2 * most + 1 }, (_, i) => Number(`1e${i - most}`))

/** Digits that parse back to the same float32: eight or nine, where its float64 would take seventeen. */
export function decimal(x: number): string {
  for (const digits of [7, 8]) {
    const scale = powersOfTen[digits - Math.floor(Math.log10(Math.abs(x))) + most]!
    const short = Math.round(x * scale) / scale
    if (Math.fround(short) === x) return String(short)
  }
  return String(x)
}

/** 0.495 where sums of hops make 0.49500000000000005. */
export function time(x: number): number {
  return Number(x.toFixed(9))
}
