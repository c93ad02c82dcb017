// Which way from sentences to vectors agrees with people on how alike sentences are.
import { table } from '../../src/cli/table.ts'
import type { Interval } from './bootstrap.ts'
import { type Agreement, agreement, both, correlation, gain, interval, pairsOf, retrieval, within } from './pairs.ts'
import { range, share, signed, signedRange } from './table.ts'
import type { Part } from './voices.ts'
import { type Wording, wordings, wordingsOfSimilarity } from './wordings.ts'

interface Row {
  readonly wording: Wording
  readonly choose: Agreement
  readonly report: Agreement
  /** On the pairs to choose by. */
  readonly figure: Interval
}

/** Measures all ways on the choosing pairs, then the best of them, the plain mean, and the best with one choice undone on the reporting ones: lines of at most 80 characters. */
export async function similarity(): Promise<string> {
  const rows: Row[] = []
  for (const wording of wordingsOfSimilarity(await wordings())) rows.push(await measured(wording))
  // All take the same time and, but for a few, the same room: nothing speaks against the best.
  const winner = rows.reduce((most, row) => (row.figure.value > most.figure.value ? row : most))
  const least = rows[0]!
  const undone: Row[] = []
  for (const wording of winner.wording.undone) undone.push(await measured(wording))
  return [
    'Sentence pairs. Chosen on one half of the subjects (95 % intervals):',
    '',
    ...table([['recipe', ...figures, 'interval', ''], ...rows.map((row) => chosenRow(row, row === winner))], [1, 2, 3]),
    '',
    'rank: rank correlation of cosines with grades, × 100. found: % of paraphrases',
    'that are nearest of all. both: their mean, of which the highest is chosen.',
    'Components are those of samples/text/sentences.txt.',
    '',
    `Winner: ${winner.wording.name}`,
    '',
    'Reported on the other half, which nothing was chosen by:',
    '',
    ...table([['recipe', ...figures, 'interval'], ...[winner, least].map(reportedRow)], [1, 2, 3]),
    '',
    'More than the plain mean:',
    '',
    ...table(
      [['', 'more', 'interval'], ...[correlation, retrieval, both].map((figure, i) => [figures[i]!, ...moreOf(figure, winner, least)])],
      [1],
    ),
    '',
    'By genre, rank:',
    '',
    ...table(
      [
        ['genre', 'winner', 'plain mean'],
        ...genres.map((genre) => [genre, ...[winner, least].map(({ report }) => share(within(report, genre)))]),
      ],
      [1, 2],
    ),
    '',
    'What each choice buys there, both:',
    '',
    ...table(
      [
        ['the winner', 'both', 'choice buys', 'interval'],
        ...undone.map((row) => [row.wording.name, figuresOf(row.report)[2]!, ...moreOf(both, winner, row)]),
      ],
      [1, 2],
    ),
  ].join('\n')
}

const figures = ['rank', 'found', 'both'] as const
const genres = ['news', 'captions', 'forum', 'talk'] as const
const parts = ['choose', 'report'] as const satisfies readonly Part[]

async function measured(wording: Wording): Promise<Row> {
  const pairs = parts.map(pairsOf)
  const sentences = pairs.flat().flatMap(({ a, b }) => [a, b])
  const vectors = await wording.vectors(sentences)
  const bySentence = new Map(sentences.map((sentence, i) => [sentence, vectors[i]!]))
  const [choose, report] = pairs.map((some) => agreement(some, (sentence) => bySentence.get(sentence)!))
  return { wording, choose: choose!, report: report!, figure: interval(both, choose!) }
}

function chosenRow({ wording, choose, figure }: Row, won: boolean): string[] {
  return [wording.name, ...figuresOf(choose), range(figure), won ? '← chosen' : '']
}

function reportedRow({ wording, report }: Row): string[] {
  return [wording.name, ...figuresOf(report), range(interval(both, report))]
}

function figuresOf(agreed: Agreement): string[] {
  const all = agreed.pairs.map((_, i) => i)
  return [correlation, retrieval, both].map((figure) => share(figure(agreed, all)))
}

function moreOf(figure: typeof both, more: Row, less: Row): string[] {
  const interval = gain(figure, more.report, less.report)
  return [signed(interval.value), signedRange(interval)]
}
