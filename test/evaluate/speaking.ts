// How somebody speaks: whether a classifier tells manners of speakers that it was not trained on, by the functionals that paralinguistics names and by those of other recipes. Nothing is chosen here.
import { apply, type Frames, functionals, pick, signal, stageFrom } from 'poolwise'
import { recipe } from 'poolwise/node'
import { table } from '../../src/cli/table.ts'
import { differenceInterval, meanInterval } from './bootstrap.ts'
import { conditions } from './disturbance.ts'
import { asManner, labelled } from './labels.ts'
import { manners, phraseCorpus } from './manners.ts'
import { field, type Recipe } from './recipes.ts'
import { conditionOf, hear } from './speech.ts'
import { range, share, signed, signedRange } from './table.ts'

/** What the field makes of sound, and what was chosen for classification. */
const others: readonly Recipe[] = [
  ...field,
  { name: 'recipe of classification', stages: recipe('audio', { task: 'classification' }).stages.map(stageFrom) },
]

/** Manners of speakers to report on, each told by a classifier of the other speakers; every phrase under one of the conditions. */
export async function speaking(): Promise<string> {
  const told = (await phraseCorpus()).filter(({ speaker }) => speaker.part === 'report')
  const heard = told.map(({ speaker, manner, phrase, samples }, i) =>
    hear(`${speaker.name} ${manner} ${phrase}`, samples, conditions[conditionOf(i)]!),
  )
  const named = heard.map((sound) => apply(sound, functionals('egemaps')))
  const vectors: readonly (readonly [name: string, all: readonly Frames[]])[] = [
    ['eGeMAPS', named],
    // Its values are those of the larger set.
    ['GeMAPS', named.map((vector) => apply(vector, pick({ of: gemapsNames() })))],
    ...others.map(({ name, stages }) => [name, heard.map((sound) => apply(sound, ...stages))] as const),
  ]
  const rights = vectors.map(([, all]) => labelled(told.map(asManner), all.map(({ data }) => new Float32Array(data)))) // biome-ignore format: one call
  const rows = rights.map((right, i) => {
    const [name, all] = vectors[i]!
    const [figure, more] = [meanInterval(right, 'manners'), differenceInterval(rights[0]!, right, 'manners')]
    const beside = i === 0 ? ['', ''] : [signed(more.value), signedRange(more)]
    return [name, `${all[0]!.data.length}`, share(figure.value), range(figure), ...beside]
  })
  return [
    `Manners (${Object.keys(manners).join(', ')}) of speakers who were`,
    'not trained on, % right by logistic regression; and what eGeMAPS has more:',
    '',
    ...table([['recipe', 'values', 'figure', 'interval', 'more', 'interval'], ...rows], [1, 2, 4]),
  ].join('\n')
}

function gemapsNames(): readonly string[] {
  return functionals('gemaps').plan(signal([], { rate: 16000 }).layout).layout.names.bins
}
