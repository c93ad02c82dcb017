// How somebody speaks: whether a classifier tells manners of speakers that it was not trained on, by the functionals that paralinguistics names and by those of other recipes. Nothing is chosen here.
import { apply, type Frames, functionals, signal, stageFrom } from 'poolwise'
import { recipe } from 'poolwise/node'
import { table } from '../../src/cli/table.ts'
import { differenceInterval, meanInterval } from './bootstrap.ts'
import { conditions } from './disturbance.ts'
import { asManner, labelled, type Table } from './labels.ts'
import { manners, type Phrase, phraseCorpus } from './manners.ts'
import { field, type Recipe } from './recipes.ts'
import { conditionOf, hear } from './speech.ts'
import { range, share, signed, signedRange } from './table.ts'

const named: Recipe = { name: 'eGeMAPS', stages: [functionals('egemaps')] }

/** What is measured: the named sets, what the field makes of sound, and what was chosen for classification. */
const measured: readonly Recipe[] = [
  named,
  { name: 'GeMAPS', stages: [functionals('gemaps')] },
  ...field,
  { name: 'recipe of classification', stages: recipe('audio', { task: 'classification' }).stages.map(stageFrom) },
]

/** Manners of speakers to report on, told by the others: in quiet, and under the conditions in turn. */
export async function speaking(): Promise<string> {
  const told = (await phraseCorpus()).filter(({ speaker }) => speaker.part === 'report')
  const ways: readonly ((phrase: Phrase, i: number) => Frames)[] = [
    ({ samples }) => signal(samples, { rate: 16000 }),
    ({ speaker, manner, phrase, samples }, i) => hear(`${speaker.name} ${manner} ${phrase}`, samples, conditions[conditionOf(i)]!),
  ]
  const [quiet, heard] = ways.map((way) => told.map(way)) as [Frames[], Frames[]]
  const rights = measured.map(({ stages }) =>
    [quiet, heard].map((sounds): Table => {
      const vectors = sounds.map((sound) => new Float32Array(apply(sound, ...stages).data))
      return labelled(told.map(asManner), vectors)
    }),
  )
  const rows = rights.map(([clean, disturbed], i) => {
    const figures = [clean!, disturbed!].map((right) => meanInterval(right, 'manners'))
    const more = differenceInterval(rights[0]![0]!, clean!, 'manners')
    const beside = measured[i] === named ? ['', ''] : [signed(more.value), signedRange(more)]
    return [measured[i]!.name, ...figures.flatMap((one) => [share(one.value), range(one)]), ...beside]
  })
  return [
    `Manners (${Object.keys(manners).join(', ')}) of speakers who were not trained on, % right;`,
    'in quiet, and under the conditions in turn; and what eGeMAPS has more in quiet:',
    '',
    ...table([['recipe', 'quiet', 'interval', 'heard', 'interval', 'more', 'interval'], ...rows], [1, 3, 5]),
  ].join('\n')
}
