import { table } from '../../src/cli/table.ts'
import { type Interval, mean } from './bootstrap.ts'
import { figures, intervalOf, moreOf, pointOf, type Row, type Task } from './choice.ts'
import { conditions } from './disturbance.ts'
import type { Table } from './labels.ts'
import { base, plain } from './recipes.ts'
import type { SpeechResult } from './speech.ts'
import { voices } from './voices.ts'

export const share = (x: number): string => (100 * x).toFixed(1)
export const range = ({ low, high }: Interval): string => `${share(low)} to ${share(high)}`
export const signed = (x: number): string => `${x < 0 ? '−' : '+'}${share(Math.abs(x))}`
export const signedRange = (interval: Interval): string => `${signed(interval.low)} to ${signed(interval.high)}`
const average = (scores: Table) => share(mean(scores.map(mean)))

/** All that was measured, in lines of at most 80 characters. */
export function speechTables({ rows, chosen, report }: SpeechResult): string {
  const { winners, undone } = report
  const told = (task: Task, more: Row, less: Row) => {
    const interval = moreOf(figures[task], more, less)
    return [signed(interval.value), signedRange(interval)]
  }
  const chosenTable = (task: Task) => {
    const { winner, asGood } = chosen[task]
    const note = (row: Row) => (row === winner ? '←' : asGood.has(row) ? '=' : '')
    const columns = (row: Row) => (task === 'similarity' ? [`${row.values}`] : tasksOf(row))
    return table(
      [
        ['recipe', ...(task === 'similarity' ? ['values'] : tasks), 'figure', 'interval', ''],
        ...rows.map((row) => [row.recipe.name, ...columns(row), figureOf(task, row), range(intervalOf(figures[task], row)), note(row)]),
      ],
      task === 'similarity' ? [1, 2] : [1, 2, 3, 4],
    )
  }
  const undoneTable = (task: Task) =>
    table(
      [
        ['the winner', 'figure', 'choice buys', 'interval'],
        ...undone[task].map((row) => [row.recipe.name, figureOf(task, row), ...told(task, winners[task], row)]),
      ],
      [1, 2],
    )
  const reported: [string, Row][] = [
    ['winner of similarity', winners.similarity],
    ['winner of classification', winners.classification],
    ...report.field.map((row): [string, Row] => [row.recipe.name, row]),
  ]
  const least = report.field.find(({ recipe }) => recipe === plain)!
  return [
    'Similarity: spoken words, % found among those of other voices, without',
    'training. Chosen on one half of the voices (95 % intervals):',
    '',
    ...chosenTable('similarity'),
    '',
    'Classification: % right by logistic regression: words by voices, speakers by',
    'phrases, manners of speaking by speakers that it was not trained on; the figure',
    'is their mean. Chosen on the same half:',
    '',
    ...chosenTable('classification'),
    '',
    'A - says what follows:',
    `  ${base}`,
    'Its numbers are the levels of a pyramid of mean and std. ← is the highest, and',
    'chosen; = is as good: the interval of the difference has 0 in it.',
    '',
    ...(['similarity', 'classification'] as const).flatMap((task) => [
      `The winner of ${task}:`,
      ...winners[task].recipe.stages.map(({ spec }) => `  ${JSON.stringify(spec)}`),
      '',
    ]),
    'Reported on the other half, which nothing was chosen by:',
    '',
    ...table(
      [
        ['', 'found', ...tasks, 'their mean'],
        ...reported.map(([name, row]) => [name, figureOf('similarity', row), ...tasksOf(row), figureOf('classification', row)]),
      ],
      [1, 2, 3, 4, 5],
    ),
    '',
    ...(['similarity', 'classification'] as const).flatMap((task) => [
      `The winner of ${task}, its figure there more than:`,
      '',
      ...table(
        [
          ['', 'more', 'interval'],
          ...reported.filter(([, row]) => row !== winners[task]).map(([name, row]) => [name, ...told(task, winners[task], row)]),
        ],
        [1],
      ),
      '',
    ]),
    'Words found, by what was done to the recording:',
    '',
    ...table(
      [
        ['', ...conditions],
        ...(
          [
            ['winner of similarity', winners.similarity],
            [plain.name, least],
          ] as const
        ).map(([name, { scores }]) => [name, ...scores.found.under.map(average)]),
      ],
      [1, 2, 3, 4],
    ),
    '',
    'By voice:',
    '',
    ...table([['voice', 'winner', plain.name], ...byVoice(winners.similarity, least)], [1, 2]),
    '',
    ...(['similarity', 'classification'] as const).flatMap((task) => [
      `What each choice buys there for ${task}:`,
      '',
      ...undoneTable(task),
      '',
    ]),
    `Similarity, standardized by a fit on the choosing voices: ${signed(report.standardized.value)}`,
    `(${signedRange(report.standardized)})`,
  ].join('\n')
}

const tasks = ['word', 'speaker', 'manner'] as const
const tasksOf = ({ scores }: Row) => tasks.map((task) => average(scores[task]))
const figureOf = (task: Task, row: Row) => share(pointOf(figures[task], row))

function byVoice(winner: Row, plain: Row): string[][] {
  const names = voices.filter(({ part }) => part === 'report').map(({ name }) => name)
  return names.map((name, v) => [name, ...[winner, plain].map(({ scores }) => share(mean(scores.found.all[v]!)))])
}
