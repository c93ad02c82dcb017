import type { OperatorFunction } from 'rxjs'
import { DataError, integer, refusal, tried } from '../core/check.ts'
import { type Frames, type Layout, lanesOf, type Values } from '../core/frames.ts'
import { type TensorFile, tensorOf } from '../files/safetensors.ts'
import type { Failure, Sequence } from '../streams/eachSequence.ts'
import { type Gathering, gather } from './gather.ts'

/** How often each word of a vocabulary came. */
export interface Counts {
  /** The vocabulary's name. */
  readonly vocabulary: string
  /** By its row; words that never came are missing. */
  readonly counts: ReadonlyMap<number, number>
}

const kind = 'poolwise-counts'
const version = '1'

/** Whether weights say that they are counts. */
export function isCounts(weights: TensorFile): boolean {
  return tried(weights, ({ metadata }) => metadata.get('kind') === kind) === true
}

/**
 * Counts the words of a corpus: how often each row of the vocabulary comes among the seen tokens, for `sif`.
 *
 * Shape: sequences of token frames, or arrays of ids that are whole sequences → one TensorFile at the end. Every seen token counts once, whatever it weighs; unknown words (−1) do not.
 * A sequence that fails comes out as `{ id, error }`, and nothing of it is counted.
 *
 * @throws (as an error of the stream) DataError where no word came; in a sequence's failure DataError for frames of more than one value, and for the ids of another vocabulary than before
 * @example
 * textFiles('letters/*.txt').pipe(toCounts()).subscribe((item) => 'error' in item || saveTensors('counts.safetensors', item))
 */
export function toCounts(): OperatorFunction<Sequence | Frames<Values>, TensorFile | Failure> {
  return gather([], () => new Corpus())
}

/**
 * Reads counts, whoever wrote them.
 * @throws TypeError for weights that are no counts, or of another version, and for rows and counts that are none
 */
export function parseCounts(who: string, weights: TensorFile): Counts {
  if (!isCounts(weights))
    throw refusal(who, 'expected counts of words, as poolwise fit makes them', tried(weights, ({ name }) => name) ?? weights)
  const about = `${who}: ${weights.name}`
  if (weights.metadata.get('version') !== version)
    throw refusal(about, `expected counts of version ${version}`, weights.metadata.get('version'))
  const rows = tensorOf(about, weights, 'rows', [undefined]).data
  const { data } = tensorOf(about, weights, 'counts', [rows.length])
  const counts = new Map(Array.from(rows, (row, i) => [integer(about, 'a row', row, 0), integer(about, 'a count', data[i], 1)]))
  if (counts.size === 0 || counts.size < rows.length) throw refusal(about, 'expected rows, each of them once', [...rows])
  return { vocabulary: weights.metadata.get('vocabulary') ?? '', counts }
}

/** Counts of several parts of a corpus. */
export function mergeCounts(all: readonly TensorFile[]): TensorFile {
  const corpus = new Corpus()
  for (const weights of all) {
    const { vocabulary, counts } = parseCounts('mergeFits', weights)
    corpus.checkVocabulary(`mergeFits: ${weights.name}`, vocabulary)
    corpus.end({ vocabulary, counts })
  }
  return corpus.result()
}

interface Part {
  readonly vocabulary: string
  readonly counts: Map<number, number>
}

class Corpus implements Gathering<Part> {
  #vocabulary: string | undefined
  readonly #counts = new Map<number, number>()

  start(input: Layout): Part {
    if (lanesOf(input) !== 1) throw new DataError(`counts: expected frames of one value, the id of a token, got ${lanesOf(input)}`)
    const vocabulary = input.names.bins[0]!
    this.checkVocabulary('counts', vocabulary)
    return { vocabulary, counts: new Map() }
  }

  add({ counts }: Part, { data, length, weights }: Frames<Values>): void {
    for (let f = 0; f < length; f++) {
      const row = data[f]!
      if (weights?.[f] !== 0 && Number.isInteger(row) && row >= 0) counts.set(row, (counts.get(row) ?? 0) + 1)
    }
  }

  end({ vocabulary, counts }: Counts): void {
    this.#vocabulary = vocabulary
    for (const [row, count] of counts) this.#counts.set(row, (this.#counts.get(row) ?? 0) + count)
  }

  result(): TensorFile {
    if (this.#counts.size === 0) throw new DataError('counts: expected words of the vocabulary, got none')
    const rows = Float64Array.from(this.#counts.keys()).sort()
    const shape = [rows.length]
    const tensors = new Map([
      ['rows', { shape, data: rows }],
      ['counts', { shape, data: rows.map((row) => this.#counts.get(row)!) }],
    ])
    return { name: 'counts', tensors, metadata: new Map(Object.entries({ kind, version, vocabulary: this.#vocabulary! })) }
  }

  checkVocabulary(who: string, vocabulary: string): void {
    if (this.#vocabulary !== undefined && vocabulary !== this.#vocabulary)
      throw new DataError(
        `${who}: expected ids of the vocabulary ${JSON.stringify(this.#vocabulary)}, got of ${JSON.stringify(vocabulary)}`,
      )
  }
}
