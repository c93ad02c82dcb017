import { integer, isOf, listIn, refusal, tried } from '../../core/check.ts'
import { type Frames, type Layout, lanesOf, numbered } from '../../core/frames.ts'
import { text } from '../../core/options.ts'
import { memoryless, type Stage } from '../../core/stage.ts'
import { operator } from '../../streams/operator.ts'

/** Word vectors: one row a word, all rows in one matrix. */
export interface Vectors {
  /** What they were loaded by; token frames carry it, so that ids of another vocabulary are refused. */
  readonly name: string
  /** Number of rows. */
  readonly words: number
  readonly dimensions: number
  /** words × dimensions, row after row. */
  readonly matrix: Float32Array
  /** The row of a word exactly as written. In vocabularies in order of frequency, which the usual ones are, the row is the rank. */
  indexOf(word: string): number | undefined
  wordAt(row: number): string | undefined
}

// Ids travel as float32, which is exact up to here.
const most = 2 ** 24

/**
 * Word vectors from a vocabulary and its matrix, for those that do not come from a file. The matrix is not copied; of equal words the first counts.
 *
 * Shape: n words and n × dimensions values.
 *
 * @throws RangeError where the values do not fill one row a word, or there are no words or 2²⁴ and more
 * @example
 * vectorsOf('tiny', ['sea', 'land'], Float32Array.of(1, 0, 0, 1)).indexOf('land') // 1
 */
export function vectorsOf(name: string, words: readonly string[], matrix: Float32Array): Vectors {
  const all = listIn(words) as string[] | undefined
  if (typeof name !== 'string') throw refusal('vectorsOf', 'name must be a text', name)
  if (!all?.every((word) => typeof word === 'string')) throw refusal('vectorsOf', 'words must be a list of words', words)
  if (!isOf(matrix, Float32Array)) throw refusal('vectorsOf', 'matrix must be a Float32Array', matrix)
  const count = integer('vectorsOf', 'the number of words', all.length, 1, most - 1)
  const dimensions = matrix.length / count
  if (!Number.isInteger(dimensions) || dimensions === 0) {
    throw refusal('vectorsOf', `matrix must hold one row for each of the ${count} words`, matrix.length)
  }
  const rows = new Map<string, number>()
  for (let row = count - 1; row >= 0; row--) rows.set(all[row]!, row)
  return { name, words: count, dimensions, matrix, indexOf: (word) => rows.get(word), wordAt: (row) => all[row] }
}

/**
 * Replaces vocabulary ids by their word vectors.
 *
 * Shape: n tokens → n frames of `dimensions` bins ('dim0', 'dim1', …). Unknown words give zeros of weight 0; other weights, and boundaries, are kept.
 *
 * @throws (when planned) TypeError for frames of more than one value, and for the ids of another vocabulary
 * @example
 * textFile('letters.txt').pipe(embed(await loadVectors()), globalPool('mean'))
 */
export const embed = /* @__PURE__ */ Object.assign((vectors: Vectors) => operator(embedding(vectors)), {
  options: {
    /** The word vectors, from `loadVectors` or `vectorsOf`; in JSON the name of a package or the path of a file. */
    vectors: text(),
  },
})

/** Refuses what are no word vectors. */
function checkVectors(who: string, vectors: Vectors): Vectors {
  const fits = tried(
    vectors,
    ({ name, words, dimensions, matrix, indexOf, wordAt }) =>
      typeof name === 'string' &&
      matrix instanceof Float32Array &&
      [indexOf, wordAt].every((find) => typeof find === 'function') &&
      words > 0 &&
      dimensions > 0 &&
      words * dimensions === matrix.length,
  )
  if (!fits) {
    // One that nobody waited for is shown as {}.
    const promised = tried(vectors as unknown, (given) => typeof (given as PromiseLike<unknown>).then === 'function')
    throw refusal(who, 'expected word vectors, from loadVectors or vectorsOf', vectors, promised ? ', a Promise: await it' : '')
  }
  return vectors
}

function embedding(vectors: Vectors): Stage {
  checkVectors('embed', vectors)
  const spec = { stage: 'embed', vectors: vectors.name }
  const bins = dimensionNames(vectors.dimensions)
  return {
    spec,
    plan(input) {
      const lanes = lanesOf(input)
      if (lanes !== 1) throw refusal('embed', 'frames must be of one value, the id of a token', lanes)
      const vocabulary = input.names.bins[0]!
      if (vocabulary !== '' && vocabulary !== vectors.name) {
        throw refusal('embed', `ids must be of the vocabulary ${JSON.stringify(vectors.name)}`, vocabulary)
      }
      const layout = embeddedLayout(input, bins)
      return memoryless(spec, input, layout, (frames) => look(frames, vectors, layout))
    },
  }
}

function look(ids: Frames, { matrix, words, dimensions }: Vectors, layout: Layout): Frames {
  const data = new Float32Array(ids.length * dimensions)
  let masked: Float32Array | undefined
  for (let f = 0; f < ids.length; f++) {
    const id = ids.data[f]!
    if (Number.isInteger(id) && id >= 0 && id < words) {
      data.set(matrix.subarray(id * dimensions, (id + 1) * dimensions), f * dimensions)
    } else {
      masked ??= ids.weights?.slice() ?? new Float32Array(ids.length).fill(1)
      masked[f] = 0
    }
  }
  return { ...ids, layout, data, ...(masked && { weights: masked }) }
}

/** 'dim0', 'dim1', … */
export function dimensionNames(dimensions: number): readonly string[] {
  return numbered('dim', dimensions)
}

/** The layout of embedded tokens; what else the input's layout says is kept. */
export function embeddedLayout(input: Layout, bins: readonly string[]): Layout {
  return { ...input, planes: 1, bins: bins.length, channels: 1, names: { planes: [''], bins, channels: [''] } }
}
