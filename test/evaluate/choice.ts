// How a recipe is chosen for a task: by its figure; what does not differ from it beyond chance is told.
import { bootstrap, type Interval, mean } from './bootstrap.ts'
import type { Table } from './labels.ts'
import type { Recipe } from './recipes.ts'

/** How often the nearest vector by another source was the same word: a row a voice, a column a word; the mean over the conditions, and each of them. */
export interface Found {
  readonly all: Table
  readonly under: readonly Table[]
}

/** How often what was asked was right. */
export interface Scores {
  readonly found: Found
  /** Under a classifier. */
  readonly word: Table
  readonly speaker: Table
  readonly manner: Table
}

export interface Row {
  readonly recipe: Recipe
  /** Values in a vector. */
  readonly values: number
  readonly scores: Scores
}

export interface Chosen {
  /** The row of the highest figure. */
  readonly winner: Row
  /** Those that are not below it beyond chance. */
  readonly asGood: ReadonlySet<Row>
}

export type Task = 'similarity' | 'classification'

export function byTask<Value>(of: (task: Task) => Value): { readonly [task in Task]: Value } {
  return { similarity: of('similarity'), classification: of('classification') }
}

/** One number that says how well scores serve, over voices and words that the bootstrap draws. */
export interface Figure {
  readonly sizes: (scores: Scores) => readonly number[]
  readonly of: (scores: Scores, drawn: readonly (readonly number[])[]) => number
}

const cells = (table: Table, rows: readonly number[], columns: readonly number[]) =>
  mean(rows.map((r) => mean(columns.map((c) => table[r]![c]!))))
const sizesOf = (table: Table) => [table.length, table[0]!.length]

/** Similarity: words found. Classification: the mean of words, speakers and manners that were labelled right. */
export const figures: { readonly [task in Task]: Figure } = {
  similarity: {
    sizes: ({ found }) => sizesOf(found.all),
    of: ({ found }, [voices, words]) => cells(found.all, voices!, words!),
  },
  classification: {
    sizes: ({ word, speaker }) => [...sizesOf(word), ...sizesOf(speaker)],
    of: ({ word, speaker, manner }, [voices, words, speakers, phrases]) =>
      mean([cells(word, voices!, words!), cells(speaker, speakers!, phrases!), cells(manner, speakers!, phrases!)]),
  },
}

export function pointOf(figure: Figure, { scores }: Row): number {
  return figure.of(
    scores,
    figure.sizes(scores).map((size) => Array.from({ length: size }, (_, i) => i)),
  )
}

export function intervalOf(figure: Figure, { scores }: Row): Interval {
  return bootstrap(figure.sizes(scores), (...drawn) => figure.of(scores, drawn), 'speech')
}

/** How much higher one row's figure is than another's, drawn as pairs. */
export function moreOf(figure: Figure, more: Row, less: Row): Interval {
  return bootstrap(figure.sizes(more.scores), (...drawn) => figure.of(more.scores, drawn) - figure.of(less.scores, drawn), 'speech')
}

export function choice(rows: readonly Row[], figure: Figure): Chosen {
  const value = new Map(rows.map((row) => [row, pointOf(figure, row)]))
  const winner = rows.reduce((most, row) => (value.get(row)! > value.get(most)! ? row : most))
  return { winner, asGood: new Set(rows.filter((row) => row !== winner && moreOf(figure, winner, row).low <= 0)) }
}
