import { didYouMean, show } from '../../core/check.ts'

/** One record of a table: its fields as JSON text, or what is wrong with it. */
export interface Entry {
  /** Number of the line in which it begins, or of the row where a file has no lines. */
  readonly line: number
  readonly fields: ReadonlyMap<string, string> | Fault
}

/** What was expected, and what came. */
export class Fault {
  constructor(
    readonly expected: string,
    readonly got: string,
    readonly cause?: unknown,
  ) {}
}

/** What a table must have. */
export interface Wanted {
  /** Columns without which it is refused as a whole, and what they are of. */
  readonly needed: readonly (readonly [column: string, of: string])[]
  /** Columns in which an empty cell of CSV is none. */
  readonly blank: readonly string[]
}

/** What is wrong with columns of which one is missing that is needed. */
export function missingColumn({ needed }: Wanted, columns: readonly string[]): Fault | undefined {
  const missing = needed.find(([column]) => !columns.includes(column))
  if (!missing) return undefined
  const [column, of] = missing
  return new Fault(`a column ${show(column)} ${of}`, `${columns.map((name) => show(name)).join(', ')}${didYouMean(column, columns)}`)
}

/** A field that holds a text or a number, as a text; undefined where there is none. */
export function wordIn(fields: ReadonlyMap<string, string>, field: string): string | undefined | Fault {
  const json = fields.get(field)
  if (json === undefined || json === 'null') return undefined
  if (json.startsWith('"')) return JSON.parse(json) as string
  if (!/^[-\d]/.test(json)) return new Fault(`a string or a number as ${show(field)}`, show(JSON.parse(json)))
  // Digits of what a number of ours would round; 1.0 and 1 are one number.
  return Number.isSafeInteger(Number(json)) ? String(Number(json)) : json
}
