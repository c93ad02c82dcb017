import { DataError, refusal, show } from '../core/check.ts'
import { type Given, oneOf, read } from '../core/options.ts'
import { npyHeader, npyHeaderSize } from '../files/npy.ts'
import type { OutputFile } from '../files/output.ts'
import type { Vector } from '../streams/toVectors.ts'
import { type Sink, sameLength, sink } from './sink.ts'
import { origin } from './toJsonl.ts'

/** How NumPy names each kind of number, and the whole numbers that those of one byte hold. */
const kinds = {
  float32: { descr: '<f4', range: undefined },
  int8: { descr: '|i1', range: [-128, 127] },
  uint8: { descr: '|u1', range: [0, 255] },
} as const

export const npyOptions = {
  /** 'int8' and 'uint8' take a quarter of the room, for whole numbers such as `quantize` gives. */
  dtype: oneOf('float32', 'int8', 'uint8').default('float32'),
}

export type NpyOptions = Given<typeof npyOptions>

/**
 * Writes one matrix, a row a vector, in NumPy's format; beside 'words.npy' the file 'words.ids.jsonl' holds `{"id","start","end","weight"}` for each row
 * (and `"label"`, `"coverage"` and the fields of its record as in {@link toJsonl}, where there are such).
 *
 * Shape: n vectors of m values → n × m, in C order; no vectors give 0 × 0.
 *
 * Vectors of another length than the first, and those whose values are not whole numbers in the range of an integer `dtype`, are failures: see {@link Sink}.
 *
 * @param path a file whose name ends in .npy; both files appear when the source completes. '-' writes the matrix alone to standard output, and keeps it until then:
 * its header says how many rows it has
 * @throws TypeError at once for another name; (as an error of the stream) Error, before anything is read, where the path cannot be written
 * @source NumPy's NEP 1, version 1.0
 * @example
 * await lastValueFrom(vectors$.pipe(toNpy('words.npy'))) // np.load('words.npy')
 */
export function toNpy(path: string, options: NpyOptions = {}): Sink {
  const { dtype } = read('toNpy', npyOptions, options)
  if (path !== '-' && !(typeof path === 'string' && path.endsWith('.npy'))) throw refusal('toNpy', 'path must end in .npy', path)
  const ids = `${path.slice(0, -'.npy'.length)}.ids.jsonl`
  // The ids first: whoever sees the matrix finds them.
  return sink('toNpy', path === '-' ? [path] : [ids, path], (...files) => {
    const file = files.at(-1)!
    const idsFile = files.length > 1 ? files[0] : undefined
    const matrix = idsFile ? rewritten(file) : kept(file)
    const check = sameLength('toNpy')
    let rows = 0
    let columns = 0
    return {
      add(vector) {
        const bytes = bytesOf(vector, dtype)
        check(vector)
        columns = vector.vector.length
        rows++
        matrix.add(bytes)
        idsFile?.write(`${origin(vector)}\n`)
      },
      end: () => matrix.end(npyHeader(kinds[dtype].descr, [rows, columns])),
    }
  })
}

/** Rows after a header that says how many they are. */
interface Matrix {
  add(row: Uint8Array): void
  end(header: Uint8Array): void
}

function rewritten(file: OutputFile): Matrix {
  file.write(new Uint8Array(npyHeaderSize))
  return { add: file.write, end: (header) => file.rewrite(header, 0) }
}

function kept(file: OutputFile): Matrix {
  const rows: Uint8Array[] = []
  return {
    add: (row) => void rows.push(row),
    end(header) {
      for (const part of [header, ...rows]) file.write(part)
    },
  }
}

function bytesOf({ id, vector }: Vector, dtype: keyof typeof kinds): Uint8Array {
  const { range } = kinds[dtype]
  if (range === undefined) return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)
  const [low, high] = range
  const wrong = vector.find((x) => !(Number.isInteger(x) && x >= low && x <= high))
  if (wrong !== undefined)
    throw new DataError(`toNpy: with dtype '${dtype}' values must be whole numbers from ${low} to ${high}, got ${wrong} for ${show(id)}`, {
      sequence: id,
    })
  // Two's complement: −1 is the byte 255.
  return Uint8Array.from(vector, (x) => x & 255)
}
