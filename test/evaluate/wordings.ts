// What `npm run evaluate` compares for text: ways from sentences to vectors.
import { readFile } from 'node:fs/promises'
import {
  type Frames,
  frames,
  globalPool,
  type PoolingLike,
  pool1d,
  removeComponents,
  type Sequence,
  type Stage,
  type TensorFile,
} from 'poolwise'
import { toFit } from 'poolwise/node'
import { embed, loadVectors, type TokenOptions, texts, type Vectors } from 'poolwise/text'
import { lastValueFrom, type Observable, of } from 'rxjs'
import model from 'wink-eng-lite-web-model'
import winkNLP from 'wink-nlp'
import { pooled } from '../../pipelines/start/listed.ts'

export interface Wording {
  readonly name: string
  readonly choices: Choices
  /** Sentences to vectors. What is fitted is fitted to the other sentences, {@link others}. */
  vectors(sentences: readonly string[]): Promise<Float32Array[]>
  /** The same with one choice undone. */
  readonly undone: readonly Wording[]
}

interface Choices {
  readonly weights?: NonNullable<TokenOptions['weights']>
  readonly stopWords?: number
  readonly punctuation?: 'keep' | undefined
  /** All-but-the-top: word vectors without their mean and first component (Mu, Viswanath 2018). */
  readonly words?: 'allButTheTop'
  readonly windows?: readonly Stage[]
  readonly pooling?: PoolingLike
  /** What is taken off the pooled vectors. */
  readonly fitted?: Fit
}

const labels: Readonly<Record<keyof Choices, string>> = {
  weights: 'frequency weights',
  stopWords: 'lighter stop words',
  punctuation: 'punctuation',
  words: 'all-but-the-top',
  windows: 'windows',
  pooling: 'its pooling',
  fitted: 'taking components off',
}

/** A stage from the fit of other sentences. */
type Fit = (fit: TensorFile) => Stage

/** What the recipes of the tasks are: `recipe('text', { task })`, as a test says. */
export const chosen = {
  similarity: { weights: 'usif', stopWords: 0.5, fitted: byShare(20) },
  classification: { punctuation: 'keep', pooling: ['mean', 'std', 'first'] },
} as const satisfies Readonly<Record<string, Choices>>

/** A wording by its name and what is other than in the mean of all words but punctuation. */
export type Worded = (name: string, choices?: Choices) => Wording

export interface Wordings {
  readonly vectors: Vectors
  readonly wording: Worded
  /** Arora's weights by the rank, for any a. */
  sif(a: number): (word: string, rank: number) => number
}

export async function wordings(): Promise<Wordings> {
  const vectors = await loadVectors()
  const words = await fitOf(of(frames(vectors.matrix, { bins: vectors.dimensions, unit: 'token' })))
  const allButTheTop = removeComponents({ fit: words, center: true })
  const tokens = ({ weights, stopWords, punctuation }: Choices): TokenOptions => ({
    vectors,
    ...(weights && { weights }),
    ...(stopWords !== undefined && { stopWords }),
    ...(punctuation && { punctuation }),
  })
  const stages = ({ words, windows = [], pooling = 'mean' }: Choices) => [
    embed(vectors),
    ...(words ? [allButTheTop] : []),
    ...windows,
    globalPool(pooling),
  ]
  const others = (await readFile('samples/text/sentences.txt', 'utf8')).trim().split('\n')
  const wording: Worded = (name, choices = {}) => ({
    name,
    choices,
    async vectors(sentences) {
      const { fitted } = choices
      const removed = fitted ? [fitted(await fitOf(texts(others, tokens(choices)), stages(choices)))] : []
      const items = await pooled(texts(sentences, tokens(choices)), [...stages(choices), ...removed])
      return items.map(({ vector }) => vector)
    },
    get undone() {
      const names = Object.keys(choices) as (keyof Choices)[]
      return names.map((choice) => wording(`without ${labels[choice]}`, { ...choices, [choice]: undefined }))
    },
  })
  const sum = harmonic(vectors)
  return { vectors, wording, sif: (a) => (_, rank) => a / (a + 1 / ((rank + 1) * sum)) }
}

/** What is compared for sentences that are looked for by their cosines, the plain mean first. */
export function wordingsOfSimilarity({ vectors, wording, sif }: Wordings): Wording[] {
  const half: Choices = { weights: 'usif', stopWords: 0.5 }
  return [
    wording('mean'),
    wink(vectors),
    wording('mean, punctuation kept', { punctuation: 'keep' }),
    wording('mean, stop words masked', { stopWords: 0 }),
    // Other poolings than the mean.
    wording('max', { pooling: 'max' }),
    wording('SWEM concat: mean, max', { pooling: ['mean', 'max'] }),
    wording('SWEM hier: max of means of 5 words', { windows: [pool1d('mean', { size: 5, stride: 1, padding: 'same' })], pooling: 'max' }),
    wording('power means: mean, min, max', { pooling: ['mean', 'min', 'max'] }),
    // Weights.
    wording('logarithm of the rank', { weights: (_, rank) => Math.log(rank + 2) }),
    wording('SIF weights, a = 1e-2', { weights: sif(1e-2) }),
    wording('SIF weights, a = 1e-3', { weights: sif(1e-3) }),
    wording('SIF weights, a = 1e-4', { weights: sif(1e-4) }),
    wording('uSIF weights', { weights: 'usif' }),
    wording('uSIF weights, stop words masked', { weights: 'usif', stopWords: 0 }),
    wording('uSIF weights, stop words halved', half),
    wording('uSIF, halved, power means', { ...half, pooling: ['mean', 'min', 'max'] }),
    wording('uSIF, halved, all-but-the-top', { ...half, words: 'allButTheTop' }),
    // Without components of other sentences.
    wording('SIF: a = 1e-3, − 1 component', { weights: sif(1e-3), fitted: whole(1) }),
    wording('uSIF: − 5 components by share', { weights: 'usif', fitted: byShare(5) }),
    wording('uSIF, − 20 by share', { weights: 'usif', fitted: byShare(20) }),
    wording('uSIF, masked, − 20 by share', { weights: 'usif', stopWords: 0, fitted: byShare(20) }),
    wording('uSIF, halved, − 1 component', { ...half, fitted: whole(1) }),
    wording('uSIF, halved, − 5 components', { ...half, fitted: whole(5) }),
    wording('uSIF, halved, − mean and 5 components', { ...half, fitted: whole(5, true) }),
    wording('uSIF, halved, − 5 by share', { ...half, fitted: byShare(5) }),
    wording('uSIF, halved, − 10 by share', { ...half, fitted: byShare(10) }),
    wording('uSIF, halved, − 20 by share', { ...half, fitted: byShare(20) }),
    wording('mean, std, first, punctuation kept', chosen.classification),
  ]
}

/** What is compared for texts that are told apart by a classifier, the fewer values first and then the fewer options. */
export function wordingsOfClassification({ wording, sif }: Wordings): Wording[] {
  const keep = { punctuation: 'keep' } as const
  return [
    wording('mean'),
    wording('mean, punctuation', keep),
    wording('SIF: a = 1e-3, − 1 component', { weights: sif(1e-3), fitted: whole(1) }),
    wording('uSIF: − 5 components by share', { weights: 'usif', fitted: byShare(5) }),
    wording("similarity's recipe", chosen.similarity),
    wording('SWEM concat: mean, max', { pooling: ['mean', 'max'] }),
    wording('mean, max, punctuation', { ...keep, pooling: ['mean', 'max'] }),
    wording('mean, first, punctuation', { ...keep, pooling: ['mean', 'first'] }),
    wording('power means: mean, min, max', { pooling: ['mean', 'min', 'max'] }),
    wording('mean, std, first, punctuation', chosen.classification),
    wording('mean, std, first, last, punctuation', { ...keep, pooling: ['mean', 'std', 'first', 'last'] }),
  ]
}

/** The same with one choice undone, or one of those for similarity made. */
export function besideClassification({ wording }: Wordings, { choices }: Wording): Wording[] {
  const { punctuation, pooling } = choices
  const { weights, stopWords, fitted } = chosen.similarity
  const parts = Array.isArray(pooling) ? (pooling as readonly PoolingLike[]) : []
  return [
    ...(punctuation ? [wording('without punctuation', { ...choices, punctuation: undefined })] : []),
    ...parts.slice(1).map((part) => wording(`without ${part}`, { ...choices, pooling: parts.filter((other) => other !== part) })),
    wording('with uSIF weights', { ...choices, weights }),
    wording('with stop words halved', { ...choices, stopWords }),
    wording('with stop words masked', { ...choices, stopWords: 0 }),
    wording('− 20 components by share', { ...choices, fitted }),
  ]
}

/** The probability of the word of rank r is 1 / ((r + 1)·harmonic), by Zipf's law. */
function harmonic({ words }: Vectors): number {
  let sum = 0
  for (let rank = words; rank > 0; rank--) sum += 1 / rank
  return sum
}

async function fitOf(corpus: Observable<Sequence | Frames>, stages: readonly Stage[] = []): Promise<TensorFile> {
  const fit = await lastValueFrom(corpus.pipe(toFit(...stages)))
  if ('error' in fit) throw fit.error
  return fit
}

/** The first components, whole (Arora, Liang, Ma 2017: one). */
function whole(count: number, center = false): Fit {
  return (fit) => removeComponents({ fit, count, center })
}

/** Of each of the first components as much as its share of their eigenvalues (Ethayarajh 2018: five). */
function byShare(count: number): Fit {
  return (fit) => removeComponents({ fit, count, piecewise: true })
}

/** wink-nlp's own vector of a document, by its code, over the same word vectors. */
function wink({ words, dimensions, matrix, indexOf }: Vectors): Wording {
  const get = (_: object, word: string) => {
    const row = indexOf(word)
    if (row === undefined) return undefined
    const values = [...matrix.subarray(row * dimensions, (row + 1) * dimensions)]
    return [...values, Math.hypot(...values), row]
  }
  // As in the header of its file.
  const header = { precision: 8, l2NormIndex: dimensions, wordIndex: dimensions + 1, dimensions, size: words, words: [] }
  const unkVector = new Array<number>(dimensions + 2).fill(0)
  return {
    name: "wink-nlp's own vector",
    choices: {},
    async vectors(sentences) {
      const { readDoc, its, as } = winkNLP(model, ['sbd'], { ...header, unkVector, vectors: new Proxy({}, { get }) })
      const vectorOf = (sentence: string) => readDoc(sentence).tokens().out(its.value, as.vector) as unknown as number[]
      return sentences.map((sentence) => Float32Array.from(vectorOf(sentence).slice(0, dimensions)))
    },
    undone: [],
  }
}
