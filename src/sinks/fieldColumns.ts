import { DataError, show } from '../core/check.ts'

/** What a column of a table holds: texts, or numbers and truth values by themselves. */
export type ColumnType = 'UTF8' | 'DOUBLE' | 'INT64' | 'BOOLEAN'

type Cell = string | number | bigint | boolean | null

/**
 * The type that holds all of a column's values: of numbers DOUBLE, INT64 where they are whole and one is past 2⁵³, whose digits a DOUBLE would lose. All else are texts,
 * as what nothing is known of.
 *
 * @param values each as JSON text; undefined where there is none
 */
export function columnType(values: readonly (string | undefined)[]): ColumnType {
  const given = values.filter((json) => json !== undefined && json !== 'null') as string[]
  if (given.length === 0) return 'UTF8'
  const types: readonly ColumnType[] = ['BOOLEAN', 'DOUBLE', 'INT64']
  return types.find((type) => given.every((json) => cellOf(type, json) !== undefined)) ?? 'UTF8'
}

/** A field's value as a column of that type holds it, or undefined where it does not. A text holds anything: strings as they are, all else as JSON. */
export function cellOf(type: ColumnType, json: string | undefined): Cell | undefined {
  if (json === undefined || json === 'null') return null
  if (type === 'UTF8') return json.startsWith('"') ? (JSON.parse(json) as string) : json
  if (type === 'BOOLEAN') return json === 'true' || (json === 'false' ? false : undefined)
  if (!/^[-\d]/.test(json)) return undefined
  const x = Number(json)
  const whole = /^-?\d+$/.test(json)
  if (type === 'DOUBLE') return Number.isFinite(x) && (!whole || Number.isSafeInteger(x)) ? x : undefined
  return whole && BigInt.asIntN(64, BigInt(json)) === BigInt(json) ? BigInt(json) : undefined
}

/** The columns of records' fields, by their names. */
export type FieldColumns = ReadonlyMap<string, ColumnType>

/** The fields that records have, in the order in which they are first met. */
export function fieldColumns(records: readonly (ReadonlyMap<string, string> | undefined)[]): FieldColumns {
  const names = new Set(records.flatMap((fields) => [...(fields?.keys() ?? [])]))
  return new Map(Array.from(names, (name) => [name, columnType(records.map((fields) => fields?.get(name)))]))
}

/** Refuses a record that the columns do not hold. */
export function checkFields(who: string, columns: FieldColumns, id: string, fields: ReadonlyMap<string, string> = new Map()): void {
  for (const [name, json] of fields) {
    const type = columns.get(name)
    const refused = (expected: string, got: string) => new DataError(`${who}: ${expected}, got ${got} for ${show(id)}`, { sequence: id })
    if (type === undefined)
      throw refused(`records must have the fields of those before, ${show([...columns.keys()])}`, `also ${show(name)}`)
    if (cellOf(type, json) === undefined)
      throw refused(`the field ${show(name)} must be ${kinds[type]}, as in the records before`, show(JSON.parse(json)))
  }
}

const kinds = { UTF8: 'a text', DOUBLE: 'a number', INT64: 'a whole number', BOOLEAN: 'true or false' }
