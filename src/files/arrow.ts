import { Builder } from 'flatbuffers'
import { viewOf } from './bytes.ts'

// Arrow's IPC stream, of the types that vectors and what they are of need: a message for the schema, one a record batch, and an end.

/** What a column holds; `list` is of so many float32 in every row. */
export type ArrowType = 'UTF8' | 'DOUBLE' | 'INT64' | 'BOOLEAN' | { readonly list: number }

export interface ArrowColumn {
  readonly name: string
  readonly type: ArrowType
  readonly nullable: boolean
}

/** The numbers by which types and messages go in Arrow's Schema.fbs and Message.fbs. */
export const arrowIds = {
  Int: 2,
  FloatingPoint: 3,
  Utf8: 5,
  Bool: 6,
  FixedSizeList: 16,
  schema: 1,
  dictionary: 2,
  batch: 3,
  version5: 4,
} as const
export const single = 1
export const double = 2

/** What ends a stream. */
export const arrowEnd: Uint8Array = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0)

/**
 * What stands before the record batches of a stream.
 * @source https://arrow.apache.org/docs/format/Columnar.html, format version 1.5
 */
export function arrowSchema(columns: readonly ArrowColumn[], metadata: readonly (readonly [key: string, value: string])[]): Uint8Array {
  const builder = new Builder()
  const fields = offsets(
    builder,
    columns.map((column) => fieldOf(builder, column)),
  )
  const pairs = offsets(
    builder,
    metadata.map(([key, value]) => {
      const [k, v] = [builder.createString(key), builder.createString(value)]
      builder.startObject(2)
      builder.addFieldOffset(0, k, 0)
      builder.addFieldOffset(1, v, 0)
      return builder.endObject()
    }),
  )
  builder.startObject(4)
  builder.addFieldOffset(1, fields, 0)
  builder.addFieldOffset(2, pairs, 0)
  return message(builder, arrowIds.schema, builder.endObject(), 0)
}

function fieldOf(builder: Builder, { name, type, nullable }: ArrowColumn): number {
  const isList = typeof type === 'object'
  const children = offsets(builder, isList ? [floatItem(builder)] : [])
  const [kind, of] = typeOf(builder, type)
  return field(builder, name, nullable, kind, of, children)
}

function field(builder: Builder, name: string, nullable: boolean, kind: number, of: number, children: number): number {
  const text = builder.createString(name)
  builder.startObject(7)
  builder.addFieldOffset(0, text, 0)
  builder.addFieldInt8(1, nullable ? 1 : 0, 0)
  builder.addFieldInt8(2, kind, 0)
  builder.addFieldOffset(3, of, 0)
  builder.addFieldOffset(5, children, 0)
  return builder.endObject()
}

function floatItem(builder: Builder): number {
  const none = offsets(builder, [])
  builder.startObject(1)
  builder.addFieldInt16(0, single, 0)
  return field(builder, 'item', false, arrowIds.FloatingPoint, builder.endObject(), none)
}

function typeOf(builder: Builder, type: ArrowType): [kind: number, offset: number] {
  if (typeof type === 'object') {
    builder.startObject(1)
    builder.addFieldInt32(0, type.list, 0)
    return [arrowIds.FixedSizeList, builder.endObject()]
  }
  builder.startObject(2)
  if (type === 'DOUBLE') builder.addFieldInt16(0, double, 0)
  if (type === 'INT64') {
    builder.addFieldInt32(0, 64, 0)
    builder.addFieldInt8(1, 1, 0)
  }
  const kinds = { UTF8: arrowIds.Utf8, DOUBLE: arrowIds.FloatingPoint, INT64: arrowIds.Int, BOOLEAN: arrowIds.Bool }
  return [kinds[type], builder.endObject()]
}

function offsets(builder: Builder, all: readonly number[]): number {
  builder.startVector(4, all.length, 4)
  for (const offset of all.toReversed()) builder.addOffset(offset)
  return builder.endVector()
}

function pairs(builder: Builder, all: readonly (readonly [number, number])[]): number {
  builder.startVector(16, all.length, 8)
  for (const [first, second] of all.toReversed()) {
    builder.prep(8, 16)
    builder.writeInt64(BigInt(second))
    builder.writeInt64(BigInt(first))
  }
  return builder.endVector()
}

/** A message as it stands in a stream, before its body. */
function message(builder: Builder, kind: number, header: number, bodyLength: number): Uint8Array {
  builder.startObject(5)
  builder.addFieldInt16(0, arrowIds.version5, 0)
  builder.addFieldInt8(1, kind, 0)
  builder.addFieldOffset(2, header, 0)
  builder.addFieldInt64(3, BigInt(bodyLength), 0n)
  builder.finish(builder.endObject())
  const told = builder.asUint8Array()
  const size = padded(told.length)
  const bytes = new Uint8Array(8 + size)
  bytes.fill(255, 0, 4)
  viewOf(bytes).setInt32(4, size, true)
  bytes.set(told, 8)
  return bytes
}

/** Buffers begin at multiples of eight bytes. */
function padded(length: number): number {
  return 8 * Math.ceil(length / 8)
}

/** A record batch; `values` are a column's, null where there is none, of a list the numbers of all rows. */
export function arrowBatch(
  columns: readonly ArrowColumn[],
  values: readonly (readonly unknown[] | Float32Array)[],
  rows: number,
): Uint8Array[] {
  const nodes: [length: number, nulls: number][] = []
  const buffers: Uint8Array[] = []
  for (const [i, { type }] of columns.entries()) {
    const column = values[i]!
    if (column instanceof Float32Array) {
      nodes.push([rows, 0], [column.length, 0])
      buffers.push(none, none, bytesIn(column))
      continue
    }
    const nulls = column.filter((value) => value === null).length
    nodes.push([rows, nulls])
    buffers.push(nulls > 0 ? bits(column.map((value) => value !== null)) : none, ...buffersOf(type as 'UTF8', column))
  }
  const places: [offset: number, length: number][] = []
  let end = 0
  for (const { length } of buffers) {
    places.push([end, length])
    end += padded(length)
  }
  const builder = new Builder()
  const [told, at] = [pairs(builder, nodes), pairs(builder, places)]
  builder.startObject(4)
  builder.addFieldInt64(0, BigInt(rows), 0n)
  builder.addFieldOffset(1, told, 0)
  builder.addFieldOffset(2, at, 0)
  const body = buffers.flatMap((buffer) => [buffer, new Uint8Array(padded(buffer.length) - buffer.length)])
  return [message(builder, arrowIds.batch, builder.endObject(), end), ...body]
}

const none = new Uint8Array(0)

function buffersOf(type: Exclude<ArrowType, object>, column: readonly unknown[]): Uint8Array[] {
  if (type === 'BOOLEAN') return [bits(column)]
  if (type === 'DOUBLE') return [bytesIn(Float64Array.from(column, (value) => (value ?? 0) as number))]
  if (type === 'INT64') return [bytesIn(BigInt64Array.from(column, (value) => (value ?? 0n) as bigint))]
  const texts = column.map((value) => Buffer.from((value ?? '') as string))
  const ends = new Int32Array(column.length + 1)
  for (const [i, { length }] of texts.entries()) ends[i + 1] = ends[i]! + length
  return [bytesIn(ends), Buffer.concat(texts)]
}

function bits(column: readonly unknown[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(column.length / 8))
  for (const [i, value] of column.entries()) if (value) bytes[i >> 3]! |= 1 << (i & 7)
  return bytes
}

function bytesIn({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
