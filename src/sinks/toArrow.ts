import { type ArrowColumn, arrowBatch, arrowEnd, arrowSchema } from '../files/arrow.ts'
import type { OutputFile } from '../files/output.ts'
import type { Vector } from '../streams/toVectors.ts'
import type { Sink } from './sink.ts'
import { type Origin, type Table, type TableWriter, tableSink } from './tableSink.ts'

/**
 * Writes a stream of Arrow's IPC format: `id`, `label`, `start`, `end`, `weight`, where there are such `coverage` and the fields of the records, and `vector`, a list of a fixed size of
 * float32. In the schema's metadata stand the values' names, poolwise's version and the pipeline, so that `poolwise similar` can ask for more.
 *
 * Fields have the columns that {@link toParquet} gives them, and what does not fit them is a failure: see {@link Sink}. Memory is that of one record batch, of at most 2²⁰ values.
 * The same vectors give the same bytes.
 *
 * @param path a file, which appears whole when the source completes; '-' writes record batches to standard output as they come
 * @throws TypeError at once for a pipeline that is no JSON; (as an error of the stream) Error where the path cannot be written
 * @source https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
 * @example
 * await lastValueFrom(vectors$.pipe(toArrow('words.arrows'))) // pyarrow.ipc.open_stream('words.arrows').read_all()
 */
export function toArrow(path: string, origin: Origin = {}): Sink {
  return tableSink('toArrow', path, origin, { open: (file, table) => new ArrowTable(file, table) })
}

class ArrowTable implements TableWriter {
  readonly #file: OutputFile
  readonly #columns: ReturnType<Table['columnsBeside']>
  readonly #all: readonly ArrowColumn[]

  constructor(file: OutputFile, { names, about, columnsBeside }: Table) {
    this.#file = file
    this.#columns = columnsBeside(['vector'])
    this.#all = [...this.#columns, { name: 'vector', type: { list: names.length }, nullable: false }]
    file.write(arrowSchema(this.#all, about))
  }

  write(vectors: readonly Vector[]): void {
    const size = vectors[0]!.vector.length
    const matrix = new Float32Array(size * vectors.length)
    for (const [i, { vector }] of vectors.entries()) matrix.set(vector, size * i)
    const values = [...this.#columns.map(({ value }) => vectors.map(value)), matrix]
    for (const part of arrowBatch(this.#all, values, vectors.length)) this.#file.write(part)
  }

  end(): void {
    this.#file.write(arrowEnd)
  }
}
