import { DataError } from '../core/check.ts'
import { double, arrowIds as ids, single } from './arrow.ts'
import { viewOf } from './bytes.ts'
import type { RowGroup } from './parquet.ts'

/** A stream of record batches that is at hand. */
export interface ArrowTable {
  readonly columns: readonly string[]
  readonly metadata: ReadonlyMap<string, string>
  groups(): Generator<RowGroup, void, undefined>
}

/**
 * Reads Arrow's IPC stream, as {@link arrowSchema} and {@link arrowBatch} write it: texts, numbers, truth values and lists of a fixed size of numbers; no dictionaries, no compression.
 * One that was cut short gives the batches that are whole.
 *
 * @param name what to call the bytes in messages
 * @throws DataError for bytes of another form, at once or while its groups are read
 */
export function readArrow(who: string, bytes: Uint8Array, name: string): ArrowTable {
  const guarded = <Result>(read: () => Result): Result => {
    try {
      return read()
    } catch (cause) {
      // What points past the bytes is a RangeError of their view.
      throw new DataError(`${who}: expected ${name} to be a stream of Arrow, got ${(cause as Error).message}`, { sequence: name, cause })
    }
  }
  const [first, from] = guarded(() => messageAt(bytes, 0) ?? wrong('no schema'))
  const { fields, metadata } = guarded(() => schemaIn(first))
  return {
    columns: fields.map(({ name }) => name),
    metadata,
    *groups() {
      let rows = 0
      for (let at = from; ; ) {
        const next = guarded(() => messageAt(bytes, at))
        if (!next) return
        const group = guarded(() => batchIn(next[0], fields, rows))
        rows += group.rows
        at = next[1]
        yield group
      }
    },
  }
}

function wrong(got: string): never {
  throw new Error(got)
}

/** A table of a flatbuffer, by the numbers of its fields. */
class Told {
  constructor(
    readonly view: DataView,
    readonly at: number,
  ) {}

  /** Where a field stands; nothing where it is not there. */
  #place(slot: number): number | undefined {
    const table = this.at - this.view.getInt32(this.at, true)
    const offset = 4 + 2 * slot < this.view.getUint16(table, true) ? this.view.getUint16(table + 4 + 2 * slot, true) : 0
    return offset === 0 ? undefined : this.at + offset
  }

  byte(slot: number): number {
    const at = this.#place(slot)
    return at === undefined ? 0 : this.view.getUint8(at)
  }
  short(slot: number): number {
    const at = this.#place(slot)
    return at === undefined ? 0 : this.view.getInt16(at, true)
  }
  int(slot: number): number {
    const at = this.#place(slot)
    return at === undefined ? 0 : this.view.getInt32(at, true)
  }
  long(slot: number): number {
    const at = this.#place(slot)
    return at === undefined ? 0 : long(this.view, at)
  }
  table(slot: number): Told | undefined {
    const at = this.#place(slot)
    return at === undefined ? undefined : new Told(this.view, at + this.view.getUint32(at, true))
  }

  /** Where each element of a vector stands. */
  places(slot: number, size: number): number[] {
    const at = this.#place(slot)
    if (at === undefined) return []
    const from = at + this.view.getUint32(at, true)
    const count = this.view.getUint32(from, true)
    if (count * size > this.view.byteLength - from - 4) wrong(`a vector of ${count} elements`)
    return Array.from({ length: count }, (_, i) => from + 4 + i * size)
  }
  tables(slot: number): Told[] {
    return this.places(slot, 4).map((at) => new Told(this.view, at + this.view.getUint32(at, true)))
  }
  text(slot: number): string {
    const letters = this.places(slot, 1)
    return letters.length === 0 ? '' : utf8(this.view, letters[0]!, letters.length)
  }
}

function long(view: DataView, at: number): number {
  const value = Number(view.getBigInt64(at, true))
  return value >= 0 && Number.isSafeInteger(value) ? value : wrong(`the length ${value}`)
}

function utf8({ buffer, byteOffset, byteLength }: DataView, at: number, length: number): string {
  if (!(length >= 0 && at >= 0 && at + length <= byteLength)) wrong(`a text of ${length} bytes`)
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(new Uint8Array(buffer, byteOffset + at, length))
}

interface Message {
  readonly kind: number
  readonly header: Told
  readonly body: DataView
}

/** The message at a place and where the next one is; nothing at the end, and where it is cut short. */
function messageAt(bytes: Uint8Array, at: number): [Message, number] | undefined {
  const view = viewOf(bytes)
  if (at + 8 > bytes.length) return undefined
  if (view.getInt32(at, true) !== -1) wrong(`${view.getUint32(at, true)} where a message begins`)
  const size = view.getInt32(at + 4, true)
  if (size === 0) return undefined
  const from = at + 8 + size
  if (size < 8) wrong(`a message of ${size} bytes`)
  if (from > bytes.length) return undefined
  const told = viewOf(bytes.subarray(at + 8, from))
  const root = new Told(told, told.getUint32(0, true))
  const end = from + root.long(3)
  if (end > bytes.length) return undefined
  const kind = root.byte(1)
  if (kind === ids.dictionary) wrong('a dictionary')
  return [{ kind, header: root.table(2) ?? wrong('a message without a header'), body: viewOf(bytes.subarray(from, end)) }, end]
}

interface Field {
  readonly name: string
  readonly kind: number
  /** Bits of an integer, or the precision of a float; of a list those of its items. */
  readonly width: number
  /** Items in every row, of a list. */
  readonly list?: number
}

function schemaIn({ kind, header }: Message): { fields: Field[]; metadata: Map<string, string> } {
  if (kind !== ids.schema) wrong('no schema')
  if (header.short(0) !== 0) wrong('numbers whose high byte is first')
  const fields = header.tables(1).map((told) => {
    const field = fieldIn(told)
    if (field.kind !== ids.FixedSizeList) return field
    const items = told.tables(5).map(fieldIn)
    if (items.length !== 1 || items[0]!.kind !== ids.FloatingPoint) wrong(`lists of another kind than floats as ${field.name}`)
    return { ...field, width: items[0]!.width, list: field.width }
  })
  return { fields, metadata: new Map(header.tables(2).map((pair) => [pair.text(0), pair.text(1)])) }
}

function fieldIn(told: Told): Field {
  const [name, kind, of] = [told.text(0), told.byte(2), told.table(3)]
  if (told.table(4)) wrong(`a dictionary as ${name}`)
  switch (kind) {
    case ids.Utf8:
    case ids.Bool:
      return { name, kind, width: 0 }
    case ids.FloatingPoint:
      return { name, kind, width: of?.short(0) ?? 0 }
    case ids.Int:
      if (of?.int(0) === 64 && of.byte(1) === 1) return { name, kind, width: 64 }
      break
    case ids.FixedSizeList:
      return { name, kind, width: of?.int(0) ?? 0 }
  }
  return wrong(`another type than texts, floats, int64, truth values and lists of a fixed size as ${name}`)
}

function batchIn({ kind, header, body }: Message, fields: readonly Field[], from: number): RowGroup {
  if (kind !== ids.batch) wrong(`a message of kind ${kind} among record batches`)
  if (header.table(3)) wrong('compressed buffers')
  const rows = header.long(0)
  // A row of any type but a list of nothing takes a bit.
  if (rows > 8 * body.byteLength && rows > 0) wrong(`${rows} rows in ${body.byteLength} bytes`)
  const nulls = header.places(1, 16).map((at) => long(header.view, at + 8))
  const buffers = header.places(2, 16).map((at): [number, number] => {
    const [offset, length] = [long(header.view, at), long(header.view, at + 8)]
    return offset + length <= body.byteLength ? [offset, length] : wrong(`a buffer up to byte ${offset + length} of ${body.byteLength}`)
  })
  const buffer = () => {
    const [offset, length] = buffers.shift() ?? wrong('too few buffers')
    return new DataView(body.buffer, body.byteOffset + offset, length)
  }
  const columns = fields.map((field): [string, unknown[]] => {
    const missing = nulls.shift() ?? wrong('too few nodes')
    const valid = buffer()
    const there = (i: number) => missing === 0 || bit(valid, i)
    if (field.list === undefined) {
      const value = valuesOf(field, buffer)
      return [field.name, Array.from({ length: rows }, (_, i) => (there(i) ? value(i) : null))]
    }
    if (nulls.shift() !== 0) wrong(`missing numbers in lists as ${field.name}`)
    buffer()
    const value = valuesOf({ ...field, kind: ids.FloatingPoint }, buffer)
    const size = field.list >= 0 ? field.list : wrong(`lists of ${field.list} as ${field.name}`)
    return [
      field.name,
      Array.from({ length: rows }, (_, i) => (there(i) ? Array.from({ length: size }, (_, k) => value(i * size + k)) : null)),
    ]
  })
  return { from, rows, columns: new Map(columns) }
}

function valuesOf({ name, kind, width }: Field, buffer: () => DataView): (i: number) => unknown {
  const values = buffer()
  if (kind === ids.Bool) return (i) => bit(values, i)
  if (kind === ids.Int) return (i) => values.getBigInt64(8 * i, true)
  if (kind === ids.FloatingPoint && width === single) return (i) => values.getFloat32(4 * i, true)
  if (kind === ids.FloatingPoint && width === double) return (i) => values.getFloat64(8 * i, true)
  if (kind !== ids.Utf8) wrong(`floats of half precision as ${name}`)
  const letters = buffer()
  return (i) => {
    const start = values.getInt32(4 * i, true)
    return utf8(letters, start, values.getInt32(4 * i + 4, true) - start)
  }
}

function bit(bytes: DataView, i: number): boolean {
  return ((bytes.getUint8(i >> 3) >> (i & 7)) & 1) === 1
}
