import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { eachSequence, globalPool, type Stage, toVectors, type Vector } from 'poolwise'
import { toJsonl } from 'poolwise/node'
import { embed, type Text, type TextOptions, texts, type Vectors } from 'poolwise/text'
import { from, lastValueFrom } from 'rxjs'
import pipeline from '../sentences.ts'
import { listed } from './listed.ts'
import { cosine, nearest } from './nearest.ts'
import { columns, heading, mark, printScores, printStages, printVectors, say } from './print.ts'
import { wordVectors } from './words.ts'

/** A row of pairs.csv: the paraphrase keeps the meaning and changes most words, the distractor the other way round. */
type Pair = Record<'id' | 'sentence' | 'paraphrase' | 'distractor', string>
type Role = 'sentence' | 'paraphrase' | 'distractor'
type Similarity = (a: string, b: string) => number

const roles: readonly Role[] = ['sentence', 'paraphrase', 'distractor']

/** Sentences to vectors, written to sentences.jsonl; and what they are good for: finding a paraphrase. */
export async function text(out: string): Promise<readonly Vector[]> {
  heading('Text, by pipelines/sentences.ts')
  const vectors = await wordVectors()
  const sentences = await listed(pipeline.run(['samples/text/*.txt']))
  const tokens = sentences.reduce((sum, { end }) => sum + end, 0)
  say(`in   2 text files: ${sentences.length} sentences, ${tokens} tokens`, '')
  const loaded = await pipeline.load()
  printStages(loaded)
  say('', `out  ${sentences.length} vectors`, '')
  printVectors(sentences.slice(0, 3), ({ id }) => id.replace(/^.*\//, ''))

  const pairs = parse(await readFile('samples/text/pairs.csv', 'utf8'), { columns: true }) as Pair[]
  const pooled = await pooledPairs(pairs, vectors, { weights: 'sif' }, loaded.stages)
  await lastValueFrom(from([...sentences, ...pooled]).pipe(toJsonl(join(out, 'sentences.jsonl'))))
  await scores(pairs, vectors, between(pooled))
  return [...sentences, ...pooled]
}

async function scores(pairs: readonly Pair[], vectors: Vectors, similarity: Similarity): Promise<void> {
  const mean = [embed(vectors), globalPool('mean')]
  const methods: [string, Similarity][] = [
    ['pipelines/sentences.ts', similarity],
    ['mean weighted by frequency (SIF)', between(await pooledPairs(pairs, vectors, { weights: 'sif' }, mean))],
    ['plain mean of word vectors', between(await pooledPairs(pairs, vectors, {}, mean))],
    ['word overlap (Jaccard)', overlap(pairs)],
  ]
  say('', "Each sentence's nearest among 40 paraphrases, for example:", '')
  columns([['sentence', 'nearest paraphrase', ''], ...examples(pairs, similarity)])
  say('')
  const count = (test: (pair: Pair, similarity: Similarity) => boolean) =>
    methods.map(([name, method]) => [name, pairs.filter((pair) => test(pair, method)).length] as const)
  printScores(
    'the nearest of 40 paraphrases is its own',
    pairs.length,
    count((pair, method) => paraphraseOf(pair, pairs, method) === pair),
  )
  say('')
  printScores('its paraphrase is nearer than its distractor', pairs.length, count(beforeDistractor))
  say(
    '',
    'A distractor keeps most words of the sentence and changes what it says; a',
    'paraphrase does the reverse. Pooling word vectors does not see how the words',
    'belong together, so it takes the distractor, as word overlap does by design.',
  )
}

function pooledPairs(pairs: readonly Pair[], vectors: Vectors, options: TextOptions, stages: readonly Stage[]): Promise<Vector[]> {
  const items = pairs.flatMap((pair) => roles.map((role): Text => ({ id: idOf(pair, role), text: pair[role], label: role })))
  return listed(texts(items, { vectors, ...options }).pipe(eachSequence(...stages), toVectors()))
}

function idOf({ id }: Pair, role: Role): string {
  return `${id}.${role}`
}

function between(vectors: readonly Vector[]): Similarity {
  const byId = new Map(vectors.map(({ id, vector }) => [id, vector]))
  return (a, b) => cosine(byId.get(a)!, byId.get(b)!)
}

/** Words in both over words in either. */
function overlap(pairs: readonly Pair[]): Similarity {
  const byId = new Map(pairs.flatMap((pair) => roles.map((role) => [idOf(pair, role), wordsOf(pair[role])] as const)))
  return (a, b) => {
    const [left, right] = [byId.get(a)!, byId.get(b)!]
    const both = [...left].filter((word) => right.has(word)).length
    return both / (left.size + right.size - both)
  }
}

function wordsOf(sentence: string): Set<string> {
  return new Set(sentence.toLowerCase().match(/[\p{L}\p{N}']+/gu))
}

/** The pair whose paraphrase is nearest; undefined where several are. */
function paraphraseOf(pair: Pair, pairs: readonly Pair[], similarity: Similarity): Pair | undefined {
  const found = nearest(pairs, (other) => similarity(idOf(pair, 'sentence'), idOf(other, 'paraphrase')))
  return found.tied ? undefined : found.item
}

function beforeDistractor(pair: Pair, similarity: Similarity): boolean {
  const [sentence, paraphrase, distractor] = roles.map((role) => idOf(pair, role)) as [string, string, string]
  return similarity(sentence, paraphrase) > similarity(sentence, distractor)
}

function examples(pairs: readonly Pair[], similarity: Similarity): string[][] {
  const found = pairs.map((pair) => ({ pair, nearest: paraphraseOf(pair, pairs, similarity) }))
  const right = found.filter(({ pair, nearest }) => nearest === pair).slice(0, 3)
  const wrong = found.filter(({ pair, nearest }) => nearest !== pair).slice(0, 1)
  return [...right, ...wrong].map(({ pair, nearest }) => [cut(pair.sentence), cut(nearest?.paraphrase ?? ''), mark(pair === nearest)])
}

function cut(sentence: string): string {
  return sentence.length > 35 ? `${sentence.slice(0, 34)}…` : sentence
}
