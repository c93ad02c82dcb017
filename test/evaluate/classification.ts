// Which way from texts to vectors tells a linear classifier most.
import { table } from '../../src/cli/table.ts'
import { bootstrap, type Interval, mean } from './bootstrap.ts'
import { classify } from './classifier.ts'
import { range, share, signed, signedRange } from './table.ts'
import { type Task, tasks } from './tasks.ts'
import type { Part } from './voices.ts'
import { besideClassification, chosen, type Wording, wordings, wordingsOfClassification } from './wordings.ts'

/** Of each task, 1 or 0 for each text: whether it was told. */
type Told = readonly (readonly number[])[]

interface Row {
  readonly name: string
  readonly values: number
  readonly told: Told
  /** Whether the nearest of the texts that a classifier would be trained on, by cosine, has the same label. */
  readonly near: Told
}

// So strong is best for most recipes, long ones as well as short ones; that of a tenth or tenfold is worse for all.
const strength = 100

/** Chooses on one half of the texts and reports on the other: lines of at most 80 characters. */
export async function classification(): Promise<string> {
  const [all, ways] = [tasks(), await wordings()]
  const measure = async (part: Part, some: readonly Wording[]) => {
    const rows: Row[] = []
    for (const wording of some) rows.push(await measured(wording, all, part))
    return rows
  }
  const compared = wordingsOfClassification(ways)
  const rows = await measure('choose', compared)
  const best = rows.reduce((most, row) => (figure(row.told) > figure(most.told) ? row : most))
  const winner = rows.findIndex((row) => more(best.told, row.told).low <= 0)
  const shown = [compared[winner]!, ways.wording('plain mean'), ways.wording("similarity's", chosen.similarity)]
  const [won, plain, similar] = (await measure('report', shown)) as [Row, Row, Row]
  const beside = await measure('report', besideClassification(ways))
  return [
    'Texts under a linear classifier, % told. Chosen on one half (95 % intervals):',
    '',
    ...table([['recipe', 'values', 'told', 'interval', 'near', ''], ...rows.map((row, i) => chosenRow(row, i === winner))], [1, 2, 4]),
    '',
    'told: the mean of the tasks. near: % whose nearest text, by cosine, is of the',
    'same label, without training. Chosen: the first that is within the interval of',
    'the best; fewer values, then fewer options come first.',
    '',
    'Reported on the other half, which nothing was chosen by:',
    '',
    ...table(
      [
        ['task', 'labels', 'texts', 'winner', 'plain mean', "similarity's"],
        ...all.map(({ name, report: { train, test } }, t) => [
          name,
          `${new Set(train.map(({ label }) => label)).size}`,
          `${test.length}`,
          ...[won, plain, similar].map(({ told }) => share(mean(told[t]!))),
        ]),
        ['mean', '', '', ...[won, plain, similar].map(({ told }) => share(figure(told)))],
        ['near', '', '', ...[won, plain, similar].map(({ near }) => share(figure(near)))],
      ],
      [1, 2, 3, 4, 5],
    ),
    '',
    ...table([['', 'more', 'interval'], ...[plain, similar].map((row) => [`The winner than ${row.name}`, ...moreOf(won, row)])], [1]),
    '',
    'What each choice buys there:',
    '',
    ...table(
      [
        ['mean, std, first, punctuation', 'told', 'it buys', 'interval'],
        ...beside.map((row) => [row.name, share(figure(row.told)), ...moreOf(won, row)]),
      ],
      [1, 2],
    ),
  ].join('\n')
}

async function measured(wording: Wording, all: readonly Task[], part: Part): Promise<Row> {
  const [told, near]: [number[][], number[][]] = [[], []]
  let values = 0
  for (const task of all) {
    const { train, test } = task[part]
    const vectors = await wording.vectors([...train, ...test].map(({ text }) => text))
    const [known, others] = [vectors.slice(0, train.length), vectors.slice(train.length)]
    const labels = train.map(({ label }) => label)
    const right = (guesses: readonly string[]) => guesses.map((guess, i) => Number(guess === test[i]!.label))
    told.push(right(classify(known, labels, others, { strength })))
    near.push(right(nearest(known, labels, others)))
    values = vectors[0]!.length
  }
  return { name: wording.name, values, told, near }
}

function nearest(known: readonly Float32Array[], labels: readonly string[], others: readonly Float32Array[]): string[] {
  const unit = (vector: Float32Array) => {
    const length = Math.hypot(...vector) || 1
    return vector.map((x) => x / length)
  }
  const units = known.map(unit)
  return others.map(unit).map((vector) => {
    let [best, at] = [-Infinity, 0]
    for (const [i, one] of units.entries()) {
      let cosine = 0
      for (let k = 0; k < one.length; k++) cosine += one[k]! * vector[k]!
      if (cosine > best) [best, at] = [cosine, i]
    }
    return labels[at]!
  })
}

const figure = (told: Told): number => mean(told.map(mean))

function interval(told: Told): Interval {
  return bootstrap(
    told.map(({ length }) => length),
    (...drawn) => mean(drawn.map((texts, t) => mean(texts.map((i) => told[t]![i]!)))),
    'classification',
  )
}

/** Of the difference, both figures from the same draw. */
function more(much: Told, less: Told): Interval {
  return interval(much.map((row, t) => row.map((x, i) => x - less[t]![i]!)))
}

function moreOf(much: Row, less: Row): string[] {
  const difference = more(much.told, less.told)
  return [signed(difference.value), signedRange(difference)]
}

function chosenRow({ name, values, told, near }: Row, won: boolean): string[] {
  return [name, `${values}`, share(figure(told)), range(interval(told)), share(figure(near)), won ? '← chosen' : '']
}
