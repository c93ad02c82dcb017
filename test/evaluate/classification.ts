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
  const winner = compared[rows.indexOf(best)]!
  const shown = [winner, ways.wording('plain mean'), ways.wording("similarity's", chosen.similarity)]
  const [won, plain, similar] = (await measure('report', shown)) as [Row, Row, Row]
  const beside = await measure('report', besideClassification(ways, winner))
  return [
    'Texts under a linear classifier, % told. Chosen on one half (95 % intervals):',
    '',
    ...table([['recipe', 'values', 'told', 'interval', 'near', ''], ...rows.map((row) => chosenRow(row, best))], [1, 2, 4]),
    '',
    'told: the mean of the tasks. near: % whose nearest text, by cosine, is of the',
    'same label, without training. The highest is chosen; = is as good: the interval',
    'of the difference, text by text, holds 0.',
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
      [['the winner', 'told', 'choice buys', 'interval'], ...beside.map((row) => [row.name, share(figure(row.told)), ...moreOf(won, row)])],
      [1, 2],
    ),
  ].join('\n')
}

async function measured(wording: Wording, tasks: readonly Task[], part: Part): Promise<Row> {
  const [told, near]: [number[][], number[][]] = [[], []]
  let values = 0
  for (const task of tasks) {
    const { train, test } = task[part]
    const all = await wording.vectors([...train, ...test].map(({ text }) => text))
    // Words that are all unknown have no maximum: their vector is as good as 0.
    const vectors = all.map((vector) => vector.map((x) => (Number.isFinite(x) ? x : 0)))
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

function chosenRow(row: Row, best: Row): string[] {
  const { name, values, told, near } = row
  const note = row === best ? '← chosen' : more(best.told, told).low <= 0 ? '=' : ''
  return [name, `${values}`, share(figure(told)), range(interval(told)), share(figure(near)), note]
}
