import { readFile } from 'node:fs/promises'
import { concatMap, defer, from, type Observable, of } from 'rxjs'
import { DataError, listIn, refusal, show, tried } from '../../core/check.ts'
import { type Frames, layoutOf, numbersIn } from '../../core/frames.ts'
import { checked, type Given, read } from '../../core/options.ts'
import { type NdArray, readNpy } from '../../files/npy.ts'
import { unreadable } from '../../files/unreadable.ts'
import { dimensionNames, embeddedLayout } from '../../stages/vectors/embed.ts'
import type { Sequence } from '../../streams/eachSequence.ts'

/** An n-d array at hand, the last index fastest, or the path of a `.npy` file. */
export type ArraySource = string | { readonly data: ArrayLike<number>; readonly shape: readonly number[] }

const embeddingsOptions = {
  /** The attention mask, 1 for a token that counts, 0 for padding: of shape [tokens] or [batch, tokens], as the embeddings are. */
  mask: checked<ArraySource>({ type: ['string', 'object'] }, (_who, name, value) => checkedSource(name, value)).optional(),
  /** What the sequences are called. */
  ids: checked<readonly string[]>({ type: 'array', items: { type: 'string' } }, (who, name, value) => {
    const list = listIn(value) as string[] | undefined
    if (list?.every((id) => typeof id === 'string')) return list
    throw refusal(who, `${name} must be a list of strings`, value)
  }).optional("the path or 'embeddings', with '[3]' after it in a batch"),
}

export type EmbeddingsOptions = Given<typeof embeddingsOptions>

/**
 * Token embeddings that a model has given, as sequences to be pooled.
 *
 * Shape: [tokens, dimensions] → one Sequence; [batch, tokens, dimensions] → `batch` Sequences, each of one frame a token, 1 plane × `dimensions` bins ('dim0', …) × 1 channel,
 * the clock in tokens, the length known, the mask as weights. No tokens give no frames.
 *
 * @throws TypeError at once for unknown options; DataError in the stream for a file that cannot be read or is no `.npy`, for shapes that do not fit each other or the data,
 * and for a mask of other values than 0 and 1
 * @example
 * tokenEmbeddings('hidden.npy', { mask: 'mask.npy' }).pipe(eachSequence(globalPool('mean')), toVectors())
 */
export function tokenEmbeddings(source: ArraySource, options: EmbeddingsOptions = {}): Observable<Sequence> {
  const { mask, ids } = read('tokenEmbeddings', embeddingsOptions, options)
  const own = checkedSource('the embeddings', source)
  const name = typeof own === 'string' ? own : 'embeddings'
  return defer(async () => sequencesOf(name, await arrayOf(own), mask === undefined ? undefined : await arrayOf(mask), ids)).pipe(
    concatMap((all) => from(all)),
  )
}

function checkedSource(name: string, value: unknown): ArraySource {
  if (typeof value === 'string' && value !== '') return value
  const source = tried(value as Exclude<ArraySource, string>, ({ data, shape }) => ({ data: numbersIn(data), shape: listIn(shape, 64) }))
  if (typeof value === 'string' || !source?.data || !source.shape)
    throw refusal('tokenEmbeddings', `${name} must be a path or { data, shape }`, value)
  return source as ArraySource
}

async function arrayOf(source: ArraySource): Promise<NdArray> {
  if (typeof source === 'string') {
    const bytes = await readFile(source).catch((cause: Error) => {
      throw new DataError(unreadable('tokenEmbeddings', source, cause), { cause })
    })
    return readNpy(bytes, source)
  }
  const { data, shape } = source
  const count = shape.reduce((product, size) => product * size, 1)
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || count !== data.length) {
    throw new DataError(`tokenEmbeddings: expected a shape that fits ${data.length} values, got ${shape.map(show).join(' × ')}`)
  }
  return { shape, data: data instanceof Float32Array ? data : Float64Array.from(data) }
}

function sequencesOf(name: string, { shape, data }: NdArray, mask: NdArray | undefined, ids: readonly string[] | undefined): Sequence[] {
  const [batch, length, dimensions] = (shape.length === 2 ? [1, ...shape] : shape) as [number, number, number]
  if ((shape.length !== 2 && shape.length !== 3) || dimensions === 0) {
    throw new DataError(`tokenEmbeddings: expected [tokens, dimensions] or [batch, tokens, dimensions], got ${shape.join(' × ')}`)
  }
  if (mask && mask.shape.join() !== shape.slice(0, -1).join()) {
    throw new DataError(`tokenEmbeddings: expected a mask of shape ${shape.slice(0, -1).join(' × ')}, got ${mask.shape.join(' × ')}`)
  }
  const wrong = mask?.data.find((value) => value !== 0 && value !== 1)
  if (wrong !== undefined) throw new DataError(`tokenEmbeddings: expected a mask of 0 and 1, got ${wrong}`)
  if (ids && ids.length !== batch) throw new DataError(`tokenEmbeddings: expected ${batch} ids, got ${ids.length}`)
  const layout = embeddedLayout(layoutOf({ unit: 'token', length }), dimensionNames(dimensions))
  return Array.from({ length: batch }, (_, i) => {
    const frames: Frames = {
      layout,
      start: 0,
      length,
      data: Float32Array.from(data.subarray(i * length * dimensions, (i + 1) * length * dimensions)),
      ...(mask && { weights: Float32Array.from(mask.data.subarray(i * length, (i + 1) * length)) }),
    }
    return { id: ids?.[i] ?? (shape.length === 2 ? name : `${name}[${i}]`), frames: of(frames) }
  })
}
