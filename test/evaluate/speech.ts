// Which recipe finds a spoken word again when another voice says it, and which serves a classifier of words, speakers and manners.
import { apply, type Frames, type Stage, type StageSpec, signal, stageFrom } from 'poolwise'
import { differenceInterval, type Interval, mean } from './bootstrap.ts'
import { byTask, type Chosen, choice, type Found, figures, type Row, type Scores, type Task } from './choice.ts'
import { type Condition, conditions, disturbed } from './disturbance.ts'
import { asManner, asSpeaker, asWord, labelled } from './labels.ts'
import { type Phrase, phraseCorpus } from './manners.ts'
import { randomOf } from './random.ts'
import { field, plain, type Recipe, recipes } from './recipes.ts'
import { corpus, type Part, type Utterance, words } from './voices.ts'

export interface SpeechResult {
  /** On the voices to choose by. */
  readonly rows: readonly Row[]
  readonly chosen: { readonly [task in Task]: Chosen }
  /** On the voices to report on, which nothing was chosen by. */
  readonly report: {
    readonly field: readonly Row[]
    readonly winners: { readonly [task in Task]: Row }
    /** Each winner with one choice undone. */
    readonly undone: { readonly [task in Task]: readonly Row[] }
    /** What a fit on the choosing voices adds to the winner of similarity: each component brought to mean 0 and deviation 1. */
    readonly standardized: Interval
  }
}

/** Measures all recipes on the choosing voices, then the winners, the field's recipes, and the winners with one choice undone on the reporting ones. */
export async function speech(): Promise<SpeechResult> {
  const [utterances, told] = [await corpus(), await phraseCorpus()]
  const choose = listener(utterances, 'choose', told)
  const rows = recipes.map((recipe) => choose.measure(recipe))
  const chosen = byTask((task) => choice(rows, figures[task]))
  const report = listener(utterances, 'report', told)
  const winners = byTask((task) => report.measure(chosen[task].winner.recipe))
  const { recipe, scores } = winners.similarity
  const fitted = found(report.said, standardized(choose.vectors(recipe), report.vectors(recipe)))
  return {
    rows,
    chosen,
    report: {
      field: field.map((one) => report.measure(one)),
      winners,
      undone: byTask((task) => undone(winners[task].recipe).map((one) => report.measure(one))),
      standardized: differenceInterval(fitted.all, scores.found.all, 'speech'),
    },
  }
}

/**
 * The recipe with one choice undone: each stage between features and pooling left out, each option of a stage left to its default, and a plain mean instead of its pooling.
 */
export function undone({ stages }: Recipe): Recipe[] {
  const last = stages.at(-1)!
  const between = (stage: Stage) => !isSpectral(stage) && stage !== last
  const left = stages.flatMap((stage, i) => (between(stage) ? [{ name: `no ${stage.spec.stage}`, stages: stages.toSpliced(i, 1) }] : []))
  const defaults = stages.flatMap((stage, i) =>
    Object.keys(stage.spec).flatMap((option) => {
      if (['stage', 'pooling', 'coefficients'].includes(option)) return []
      const { [option]: _, ...rest } = stage.spec
      return [{ name: `default ${option} of ${stage.spec.stage}`, stages: stages.with(i, stageFrom(rest as StageSpec)) }]
    }),
  )
  return [...left, ...defaults, { name: `one mean, no ${last.spec.stage}`, stages: [...stages.slice(0, -1), plain.stages.at(-1)!] }]
}

function isSpectral({ spec }: Stage): boolean {
  return ['logMel', 'mfcc', 'spectrogram', 'mel'].includes(spec.stage)
}

/** Everything that one part's voices said: words under every condition, phrases each under one of them. */
export function listener(utterances: readonly Utterance[], part: Part, all: readonly Phrase[] = []): Listener {
  const said = utterances.filter(({ voice }) => voice.part === part)
  const told = all.filter(({ speaker }) => speaker.part === part)
  /** Every other word, for time. */
  const halved = [...said.keys()].filter((i) => i % 2 === 0)
  const [speakers, manners] = [told.map(asSpeaker), told.map(asManner)]
  const pooledWords = conditions.map((condition) =>
    pooler(said.map(({ word, voice, samples }) => hear(`${voice.name} ${word}`, samples, condition))),
  )
  const pooledPhrases = pooler(
    told.map(({ speaker, manner, phrase, samples }, i) =>
      hear(`${speaker.name} ${manner} ${phrase}`, samples, conditions[conditionOf(i)]!),
    ),
  )
  const vectors = (recipe: Recipe) => pooledWords.map((pooled) => pooled(recipe))
  const measure = (recipe: Recipe): Row => {
    const pooled = lazily({ words: () => vectors(recipe), phrases: () => pooledPhrases(recipe) })
    const scores = lazily<Scores>({
      found: () => found(said, pooled.words),
      word: () =>
        labelled(
          halved.map((i) => asWord(said[i]!)),
          halved.map((i, k) => pooled.words[conditionOf(k)]![i]!),
        ),
      speaker: () => labelled(speakers, pooled.phrases),
      manner: () => labelled(manners, pooled.phrases),
    })
    return { recipe, values: pooled.words[0]![0]!.length, scores }
  }
  return { said, vectors, measure }
}

interface Listener {
  readonly said: readonly Utterance[]
  /** Of words: one for each condition and utterance. */
  vectors(recipe: Recipe): Float32Array[][]
  measure(recipe: Recipe): Row
}

/** Values that are computed when they are first asked for: not all are asked of all recipes. */
function lazily<Values extends object>(values: { readonly [key in keyof Values]: () => Values[key] }): Values {
  const made = {} as Values
  for (const key of Object.keys(values) as (keyof Values)[]) {
    const get = () => {
      const value = values[key]()
      Object.defineProperty(made, key, { value })
      return value
    }
    Object.defineProperty(made, key, { get, configurable: true, enumerable: true })
  }
  return made
}

/** Vectors of recordings. Front ends are most of the work: what mel bands and cepstra make is kept, for recipes share them. */
function pooler(heard: readonly Frames[]): (recipe: Recipe) => Float32Array[] {
  const cache = new Map<string, readonly Frames[]>()
  const isKept = ({ spec }: Stage) => ['logMel', 'mfcc', 'mel', 'cepstrum'].includes(spec.stage)
  const after = (stages: readonly Stage[]): readonly Frames[] => {
    const key = JSON.stringify(stages.map(({ spec }) => spec))
    const known = stages.length === 0 ? heard : cache.get(key)
    if (known) return known
    const split = stages.slice(0, -1).findLastIndex(isKept) + 1
    const frames = after(stages.slice(0, split)).map((before) => apply(before, ...stages.slice(split)))
    if (isKept(stages.at(-1)!)) cache.set(key, frames)
    return frames
  }
  return ({ stages }) => after(stages).map(({ data }) => new Float32Array(data))
}

/** In turn; as every 30 begin with another, each voice says each word under another one. */
export const conditionOf = (i: number): number => (i + Math.floor(i / 30)) % conditions.length

export function hear(name: string, samples: Float32Array, condition: Condition): Frames {
  return signal(disturbed(samples, condition, randomOf(`${name} ${condition}`)), { rate: 16000 })
}

/** A word is found where the nearest clean one by another source is the same; `vectors` has one for each condition and utterance. */
export function found(said: readonly Utterance[], vectors: readonly (readonly Float32Array[])[]): Found {
  const [clean, ...disturbed] = vectors.map((all) => all.map(unit))
  const rights = [clean!, ...disturbed].map((queries) =>
    queries.map((query, q) => Number(said[nearest(said, clean!, query, q)]?.word === said[q]!.word)),
  )
  return {
    all: table(said.map((_, q) => mean(rights.map((all) => all[q]!)))),
    under: rights.map(table),
  }
}

/** A row a voice. */
function table(scores: readonly number[]): number[][] {
  return Array.from({ length: scores.length / words.size }, (_, v) => scores.slice(v * words.size, (v + 1) * words.size))
}

function nearest(said: readonly Utterance[], templates: readonly Float32Array[], query: Float32Array, from: number): number {
  let [best, most] = [-1, -Infinity]
  for (const [i, template] of templates.entries()) {
    if (said[i]!.voice.source === said[from]!.voice.source) continue
    let cosine = 0
    for (let k = 0; k < query.length; k++) cosine += query[k]! * template[k]!
    if (cosine > most) [best, most] = [i, cosine]
  }
  return best
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0))
  return vector.map((x) => x / Math.max(length, 1e-12))
}

/** Vectors with the components' mean taken off and divided by their deviation, both over the clean vectors of other voices. */
function standardized([clean]: readonly (readonly Float32Array[])[], vectors: readonly (readonly Float32Array[])[]): Float32Array[][] {
  const means = clean![0]!.map((_, k) => mean(clean!.map((vector) => vector[k]!)))
  const deviations = means.map((middle, k) => Math.sqrt(mean(clean!.map((vector) => (vector[k]! - middle) ** 2))))
  return vectors.map((all) => all.map((vector) => vector.map((x, k) => (x - means[k]!) / Math.max(deviations[k]!, 1e-10))))
}
