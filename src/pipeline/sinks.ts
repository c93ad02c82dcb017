import { oneOf } from '../core/check.ts'
import { type Given, type Options, read, text } from '../core/options.ts'
import type { Sink } from '../sinks/sink.ts'
import type { Origin } from '../sinks/tableSink.ts'
import { arkOptions, toArk } from '../sinks/toArk.ts'
import { toArrow } from '../sinks/toArrow.ts'
import { csvOptions, toCsv } from '../sinks/toCsv.ts'
import { toJsonl } from '../sinks/toJsonl.ts'
import { npyOptions, toNpy } from '../sinks/toNpy.ts'
import { parquetOptions, toParquet } from '../sinks/toParquet.ts'
import { toStore } from '../sinks/toStore.ts'
import { part, plain } from './part.ts'

interface SinkKind<Of extends Options> {
  /** As JSON carries them. */
  readonly options: Of
  readonly make: (path: string, options: Given<Of>, origin: Origin) => Sink
}

const kind = <const Of extends Options>(options: Of, make: SinkKind<Of>['make']): SinkKind<Of> => ({ options, make })

/** The sinks of pipelines, by the names that they have there; each takes a `path`, too. */
export const sinks = {
  /** JSON Lines, a vector a line. */
  jsonl: /* @__PURE__ */ kind({}, (path) => toJsonl(path)),
  /** A table with a column a value, or with one for pgvector. */
  csv: /* @__PURE__ */ kind(csvOptions, toCsv),
  /** A matrix in NumPy's format, a row a vector, with its ids beside it. */
  npy: /* @__PURE__ */ kind(npyOptions, toNpy),
  /** A Parquet file, which says what its vectors are of and by which pipeline. */
  parquet: /* @__PURE__ */ kind(parquetOptions, toParquet),
  /** A stream of Arrow's record batches, which says the same. */
  arrows: /* @__PURE__ */ kind({}, (path, _, origin) => toArrow(path, origin)),
  /** A Kaldi archive of vectors, or of matrices, with its index beside it. */
  ark: /* @__PURE__ */ kind(arkOptions, toArk),
  /** A table of LanceDB, PostgreSQL or SQLite, by its address: lancedb://DIR#TABLE, postgres://USER@HOST/DATABASE#TABLE, sqlite:FILE#TABLE. */
  store: /* @__PURE__ */ kind({}, (path, _, origin) => toStore(path, origin)),
}

export type SinkName = keyof typeof sinks

/** What all sinks take. */
export const pathOption = /* @__PURE__ */ text('the path of a file, or the address of a table')

/** What may be given beside the name and the path. */
type Declared<Of extends Options> = [keyof Of] extends [never] ? unknown : Readonly<Given<Of>>

/** Where vectors go. */
export type SinkSpec = {
  [Name in SinkName]: { readonly sink: Name; readonly path: string } & Declared<(typeof sinks)[Name]['options']>
}[SinkName]

/**
 * The sink that a part of a definition describes.
 * @param origin what the vectors come from, for sinks that write that, too
 * @throws TypeError for an unknown sink, and for its options
 */
export function sinkFrom(spec: unknown, origin: Origin = {}): Sink {
  const { sink, path, ...given } = plain('sink', 'a sink such as { "sink": "npy", "path": "vectors.npy" }', spec)
  const name = oneOf('sink', 'sink', sink, Object.keys(sinks) as SinkName[])
  const file = pathOption.read('sink', 'path', path)
  const { options, make } = sinks[name] as SinkKind<Options>
  return part('sink', () => {
    read(name, options, given)
    return make(file, given, origin)
  })
}
