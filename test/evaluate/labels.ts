// What people train on vectors: words by other voices, speakers saying other phrases, manners of other speakers.
import { mean } from './bootstrap.ts'
import { classify } from './classifier.ts'
import { type Phrase, phrases } from './manners.ts'
import type { Utterance } from './voices.ts'

/** Something that was said. */
export interface Item {
  readonly label: string
  /** It is labelled by a classifier that was trained on all items of other folds, and on none of this. */
  readonly fold: string
  /** Who says what: where its score stands. */
  readonly row: string
  readonly column: string
}

/** Words by voices whose source, and so whose timing, was not trained on. */
export const asWord = ({ word, voice }: Utterance): Item => ({ label: word, fold: voice.source, row: voice.name, column: word })
/** Speakers who say what was not trained on: every third phrase is tried. */
export const asSpeaker = ({ speaker: { name }, phrase }: Phrase): Item => ({
  label: name,
  fold: `${phrases.indexOf(phrase) % 3}`,
  row: name,
  column: phrase,
})
/** Manners of speakers who were not trained on. */
export const asManner = ({ speaker: { name }, manner, phrase }: Phrase): Item => ({ label: manner, fold: name, row: name, column: phrase })

/** Shares of what was labelled right: a row a voice, a column what it says, the mean where it says it in several manners. */
export type Table = readonly (readonly number[])[]

/** Labels each fold by the others. Far from each other are the voices that train and those that are tried, so weights are held closer to 0 than is usual. */
export function labelled(items: readonly Item[], vectors: readonly Float32Array[]): Table {
  const right = new Map<Item, number>()
  for (const fold of new Set(items.map((item) => item.fold))) {
    const [train, test] = [false, true].map((tried) => [...items.keys()].filter((i) => (items[i]!.fold === fold) === tried))
    const given = classify(
      train!.map((i) => vectors[i]!),
      train!.map((i) => items[i]!.label),
      test!.map((i) => vectors[i]!),
      { strength: 10 },
    )
    for (const [k, i] of test!.entries()) right.set(items[i]!, Number(given[k] === items[i]!.label))
  }
  return tabled(items, right)
}

function tabled(items: readonly Item[], scores: ReadonlyMap<Item, number>): Table {
  const [rows, columns] = (['row', 'column'] as const).map((axis) => [...new Set(items.map((item) => item[axis]))])
  return rows!.map((row) => {
    const said = items.filter((item) => item.row === row)
    return columns!.map((column) => mean(said.filter((item) => item.column === column).map((item) => scores.get(item)!)))
  })
}
