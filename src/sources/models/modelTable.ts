import { DataError, show } from '../../core/check.ts'
import type { FileTensor, TensorFile } from '../../files/safetensors.ts'

/** The rows of a model, one a token. */
export interface ModelTable {
  readonly dimensions: number
  /** Tokens that there are rows for. */
  readonly tokens: number
  /** Whether Model2Vec wrote it, which leaves out tokens that are unknown. */
  readonly leavesOut: boolean
  /** Writes a token's row at a place. */
  write(id: number, into: Float32Array, at: number): void
}

/**
 * The table of a static model: `embeddings`, by Model2Vec, or `embedding.weight`, by sentence-transformers. Where its vocabulary is quantized several tokens share a row:
 * `mapping` says which, and `weights` what each token multiplies it by.
 *
 * @throws DataError for tensors that are missing, of shapes that do not fit, or not finite, and for a mapping to rows that are not there
 * @source Model2Vec, StaticModel; sentence-transformers, StaticEmbedding
 */
export function modelTable(who: string, { name, tensors }: TensorFile): ModelTable {
  const bad = (expected: string, got: unknown) => new DataError(`${who}: expected ${expected} in ${name}, got ${show(got)}`)
  const key = ['embeddings', 'embedding.weight'].find((one) => tensors.has(one))
  if (key === undefined) throw bad('a tensor embeddings or embedding.weight', [...tensors.keys()])
  const { shape, data } = tensors.get(key)!
  const [rows, dimensions] = shape
  if (shape.length !== 2 || !rows || !dimensions) throw bad(`${key} of rows × dimensions`, shape)
  const notFinite = (tensor: FileTensor) => tensor.data.findIndex((value) => !Number.isFinite(value))
  const strange = notFinite({ shape, data })
  if (strange >= 0) throw bad(`finite ${key}`, `${data[strange]} in row ${Math.floor(strange / dimensions)}`)
  const mapping = tensors.get('mapping')
  const scales = tensors.get('weights')
  const tokens = mapping?.data.length ?? rows
  if (mapping && (mapping.shape.length !== 1 || !mapping.data.every((row) => Number.isInteger(row) && row >= 0 && row < rows)))
    throw bad(`a mapping to the ${rows} rows of ${key}`, mapping.data.find((row) => !(row >= 0 && row < rows)) ?? mapping.shape)
  if (scales && (scales.shape.length !== 1 || scales.data.length !== tokens)) throw bad(`weights for ${tokens} tokens`, scales.shape)
  if (scales && notFinite(scales) >= 0) throw bad('finite weights', scales.data[notFinite(scales)])
  const table: ModelTable = {
    dimensions,
    tokens,
    leavesOut: key === 'embeddings',
    write(id, into, at) {
      const from = (mapping ? mapping.data[id]! : id) * dimensions
      if (!scales) into.set(data.subarray(from, from + dimensions), at)
      else for (let k = 0; k < dimensions; k++) into[at + k] = data[from + k]! * scales.data[id]!
    },
  }
  // Rows and weights that are finite can have products that a float32 does not hold.
  const row = new Float32Array(dimensions)
  for (let id = 0; scales && id < tokens; id++) {
    table.write(id, row, 0)
    if (!row.every(Number.isFinite))
      throw bad(`finite products of ${key} and weights`, `${row.find((value) => !Number.isFinite(value))} for token ${id}`)
  }
  return table
}
