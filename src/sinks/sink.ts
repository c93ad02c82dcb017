import { concat, defer, finalize, ignoreElements, type OperatorFunction, of, tap } from 'rxjs'
import { DataError, show } from '../core/check.ts'
import { type OutputFile, outputFile } from '../files/output.ts'
import type { Failure } from '../streams/eachSequence.ts'
import type { Vector } from '../streams/toVectors.ts'

/** What a sink wrote; it comes once, when everything is on disk. */
export interface Summary {
  readonly vectors: number
  /** Failures that passed by; they are not written. */
  readonly failures: number
}

/** A sink: vectors and failures in, one summary out. */
export type Sink = OperatorFunction<Vector | Failure, Summary>

/** How vectors become bytes. */
export interface Format {
  add(vector: Vector): void
  /** After the last vector. */
  end?(): void
}

/**
 * Makes a sink from a format. Its files are opened before the source is subscribed to, and appear when it completes:
 * an error, an unsubscription or the end of the process removes what was begun and leaves a file of that name as it was.
 */
export function sink(who: string, paths: readonly string[], format: (...files: OutputFile[]) => Format): Sink {
  return (source) =>
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
      let vectors = 0
      let failures = 0
      return concat(
        source.pipe(
          tap((item) => {
            if ('error' in item) {
              failures++
            } else {
              add(item)
              vectors++
            }
          }),
          ignoreElements(),
        ),
        defer(() => {
          end?.()
          for (const file of files) file.commit()
          return of<Summary>({ vectors, failures })
        }),
      ).pipe(finalize(discard))
    })
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
