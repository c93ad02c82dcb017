// How a recipe is chosen for a task: by its figure, and for simplicity where figures do not differ beyond chance.
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
  readonly winner: Row
  /** The row of the highest figure. */
  readonly best: Row
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

/** Of the rows that are not below the best beyond chance the simplest: the fewest stages, of these the fewest options set, of these the fewest values. */
export function choice(rows: readonly Row[], figure: Figure): Chosen {
  const value = new Map(rows.map((row) => [row, pointOf(figure, row)]))
  const best = rows.reduce((most, row) => (value.get(row)! > value.get(most)! ? row : most))
  const level = rows.filter((row) => row === best || moreOf(figure, best, row).low <= 0)
  const [winner] = level.sort((a, b) => compared(costs(a), costs(b)) || value.get(b)! - value.get(a)!)
  return { winner: winner!, best }
}

function costs({ recipe: { stages }, values }: Row): number[] {
  return [stages.length, stages.reduce((sum, { spec }) => sum + Object.keys(spec).length, 0), values]
}

function compared(a: readonly number[], b: readonly number[]): number {
  const k = a.findIndex((x, i) => x !== b[i])
  return k < 0 ? 0 : a[k]! - b[k]!
}
