import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { globalPool, type Stage, type Vector } from 'poolwise'
import { toJsonl } from 'poolwise/node'
import { embed, type Text, type TextOptions, texts } from 'poolwise/text'
import { from, lastValueFrom } from 'rxjs'
import pipeline from '../sentences.ts'
import { listed, pooled } from './listed.ts'
import { columns, heading, mark, printScores, printStages, printVectors, say } from './print.ts'
import { cosines, nearest, overlap, type Similarity } from './similarity.ts'
import { wordVectors } from './words.ts'

/** A row of pairs.csv. */
type Pair = Readonly<Record<'id' | 'sentence' | 'paraphrase' | 'distractor', string>>

/** Sentences to vectors, written to sentences.jsonl; and what they are good for: finding a text of the same meaning. */
export async function text(out: string): Promise<void> {
  heading('Text, by pipelines/sentences.ts')
  const vectors = await wordVectors()
  const sentences = await listed(pipeline.run(['samples/text/*.txt']))
  const loaded = await pipeline.load()
  const tokens = sentences.reduce((sum, { end }) => sum + end, 0)
  say(`in   letters.txt and notes.txt: ${sentences.length} sentences, ${tokens} tokens`, '')
  printStages(loaded)
  say('', `out  ${sentences.length} vectors`, '')
  printVectors(sentences.slice(0, 3), ({ id }) => id.replace(/^.*\//, ''))

  const pairs = parse(await readFile('samples/text/pairs.csv', 'utf8'), { columns: true }) as Pair[]
  const lines = (await readFile('samples/text/documents.jsonl', 'utf8')).trim().split('\n')
  const documents = lines.map((line) => JSON.parse(line) as Text)
  const all = [...pairs.flatMap(textsOf), ...documents]
  const vectorsBy = (options: TextOptions, stages: readonly Stage[]) => pooled(texts(all, { vectors, ...options }), stages)
  const mean = [embed(vectors), globalPool('mean')]
  const found = await vectorsBy({ weights: 'sif' }, loaded.stages)
  await lastValueFrom(from([...sentences, ...found]).pipe(toJsonl(join(out, 'sentences.jsonl'))))

  say('', "Each sentence's nearest among the 40 paraphrases of pairs.csv, for example:", '')
  columns([['sentence', 'nearest paraphrase', ''], ...examples(pairs, cosines(found))])
  printMethods(pairs, documents, [
    ['pipelines/sentences.ts', cosines(found)],
    ['mean weighted by frequency (SIF)', cosines(await vectorsBy({ weights: 'sif' }, mean))],
    ['plain mean of word vectors', cosines(await vectorsBy({}, mean))],
    ['word overlap (Jaccard)', overlap(all)],
  ])
  const same = pairs.filter(({ id }) => isSame(found, `${id}.sentence`, `${id}.distractor`)).length
  say(
    '',
    'A distractor keeps most words of its sentence and changes what they say. To',
    'pooled word vectors that is nearly the same: they know what a text is about,',
    `not what it says about it. ${same} distractors are the very words of their sentence`,
    'in another order, and give the very same vector.',
  )
}

type Methods = readonly (readonly [name: string, similarity: Similarity])[]

function printMethods(pairs: readonly Pair[], documents: readonly Text[], methods: Methods): void {
  const print = (head: string, of: number, count: (similarity: Similarity) => number) => {
    const rows = methods.map(([name, similarity]) => [name, count(similarity)] as const)
    say('')
    printScores(head, of, rows)
  }
  print(
    'the nearest of 40 paraphrases is its own',
    pairs.length,
    (by) => pairs.filter((pair) => nearestParaphrase(pair, pairs, by) === pair).length,
  )
  print(
    'the nearest of 7 other documents is on its subject',
    documents.length,
    (by) => documents.filter(({ id }) => sameSubject(id, documents, by)).length,
  )
  print('its paraphrase is nearer than its distractor', pairs.length, (by) => pairs.filter((pair) => beforeDistractor(pair, by)).length)
}

function textsOf({ id, ...sentences }: Pair): Text[] {
  return Object.entries(sentences).map(([label, text]) => ({ id: `${id}.${label}`, text, label }))
}

/** The pair whose paraphrase is nearest to a pair's sentence; undefined where several are. */
function nearestParaphrase({ id }: Pair, pairs: readonly Pair[], similarity: Similarity): Pair | undefined {
  const paraphrases = pairs.map((pair) => `${pair.id}.paraphrase`)
  return pairs[paraphrases.indexOf(nearest(`${id}.sentence`, paraphrases, similarity) ?? '')]
}

function beforeDistractor({ id }: Pair, similarity: Similarity): boolean {
  return similarity(`${id}.sentence`, `${id}.paraphrase`) > similarity(`${id}.sentence`, `${id}.distractor`)
}

function isSame(vectors: readonly Vector[], ...ids: readonly string[]): boolean {
  const [a, b] = ids.map((id) => vectors.find((vector) => vector.id === id)!.vector)
  return a!.every((x, i) => x === b![i])
}

/** Ids are 'tides-1', 'tides-2', …. */
function sameSubject(id: string, documents: readonly Text[], similarity: Similarity): boolean {
  const others = documents.map((document) => document.id).filter((other) => other !== id)
  return nearest(id, others, similarity)?.split('-')[0] === id.split('-')[0]
}

/** The first three that are right, and the first that is wrong. */
function examples(pairs: readonly Pair[], similarity: Similarity): string[][] {
  const found = pairs.map((pair) => ({ pair, nearest: nearestParaphrase(pair, pairs, similarity) }))
  const right = found.filter(({ pair, nearest }) => nearest === pair)
  const wrong = found.filter(({ pair, nearest }) => nearest !== pair)
  return [...right.slice(0, 3), ...wrong.slice(0, 1)].map(({ pair, nearest }) => [
    cut(pair.sentence),
    cut(nearest?.paraphrase ?? 'several'),
    mark(pair === nearest),
  ])
}

function cut(sentence: string): string {
  return sentence.length > 35 ? `${sentence.slice(0, 34)}…` : sentence
}
