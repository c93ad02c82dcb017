import { origin } from './jsonl.ts'
import { type Sink, sameLength, sink } from './sink.ts'

/** Room for any shape, and a multiple of 64, so that the data are aligned for memory mapping. */
const headerSize = 128

/**
 * Writes one matrix of float32, a row a vector, in NumPy's format; beside 'words.npy' the file 'words.ids.jsonl' holds `{"id","start","end","weight"}` for each row
 * (and `"label"` where there is one).
 *
 * Shape: n vectors of m values → n × m, in C order; no vectors give 0 × 0.
 *
 * @param path a file whose name ends in .npy; both files appear when the source completes
 * @throws TypeError at once for another name; (as an error of the stream) Error before anything is read where the path cannot be written;
 * DataError for vectors of another length than the first
 * @source NumPy's NEP 1, version 1.0
 * @example
 * await lastValueFrom(vectors$.pipe(toNpy('words.npy'))) // np.load('words.npy')
 */
export function toNpy(path: string): Sink {
  if (!path.endsWith('.npy')) throw new TypeError(`toNpy: path must end in .npy, got ${JSON.stringify(path)}`)
  const ids = `${path.slice(0, -'.npy'.length)}.ids.jsonl`
  // The ids first: whoever sees the matrix finds them.
  return sink('toNpy', [ids, path], (idsFile, file) => {
    const check = sameLength('toNpy')
    let rows = 0
    let columns = 0
    file.write(new Uint8Array(headerSize))
    return {
      add(vector) {
        check(vector)
        columns = vector.vector.length
        rows++
        file.write(bytesOf(vector.vector))
        idsFile.write(`${origin(vector)}\n`)
      },
      end: () => file.rewrite(header(rows, columns), 0),
    }
  })
}

function header(rows: number, columns: number): Uint8Array {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`
  const bytes = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${text.padEnd(headerSize - 11)}\n`, 'latin1')
  bytes.writeUInt16LE(headerSize - 10, 8)
  return bytes
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
