// Where words, tones and topics begin and end: what the detectors find, beside simple baselines.
import {
  apply,
  detectNovelty,
  detectOnsets,
  detectSpeech,
  eachSequence,
  type Frames,
  l2Normalize,
  logMel,
  type Stage,
  segmentPool,
  signal,
} from 'poolwise'
import { embed, loadVectors, texts } from 'poolwise/text'
import { lastValueFrom, toArray } from 'rxjs'
import { table } from '../../src/cli/table.ts'
import { join, spanOf } from '../../src/core/frames.ts'
import { mean } from './bootstrap.ts'
import { contents, followed } from './contents.ts'
import { gate, gates } from './gate.ts'
import { loudnesses, type Mix, mixes, type Part, parts, rate, type Score, scoreOf, tones, wordsOf } from './mixes.ts'
import { randomOf } from './random.ts'
import { type Errors, errorsOf, shiftingTexts } from './shifts.ts'

const speech = detectSpeech()
const changes = detectNovelty({ radius: '150ms' })
const onsets = detectOnsets()
const topics = detectNovelty({ radius: 3, distance: 'cosine', threshold: 0 })

/** The times of the marks. */
function timesOf(frames: Frames): number[] {
  return Array.from({ length: frames.length }, (_, t) => t)
    .filter((t) => frames.boundaries?.[t] === 1)
    .map((t) => spanOf(frames, t)[0])
}

const found =
  (...stages: Stage[]) =>
  ({ samples }: Mix): number[] =>
    timesOf(apply(signal(samples, { rate }), logMel(), ...stages))

/** Of all boundaries, and how many of those where one word follows another at once were found. */
interface Found extends Score {
  readonly joined: number
}

function scored(recordings: readonly Mix[], find: (mix: Mix) => readonly number[]): Found {
  const all = recordings.map((mix) => ({ found: find(mix), places: mix.boundaries, joins: mix.joins }))
  return { ...scoreOf(all), joined: scoreOf(all.map(({ found, joins }) => ({ found, places: joins }))).recall }
}

const row = (name: string, { f1, precision, recall, joined }: Found) => [name, ...[f1, precision, recall, joined].map((x) => x.toFixed(3))]

/** Boundaries of words: the gate is tuned on the clean recordings that parameters were chosen by; beside it, the best gate of all for those that are reported on. */
async function spoken(part: Part): Promise<string[][]> {
  const [chosen, reported] = [await wordsOf('choose'), await wordsOf(part)]
  const best = (recordings: readonly Mix[]) =>
    gates
      .map((options) => ({ options, score: scored(recordings, gate(options)) }))
      .reduce((most, one) => (one.score.f1 >= most.score.f1 ? one : most))
  const tuned = best(mixes(chosen, 'clean', 'choose')).options
  return loudnesses.flatMap((loudness) => {
    const recordings = mixes(reported, loudness, part)
    return [
      row(`words, ${loudness}: detectSpeech`, scored(recordings, found(speech))),
      row('  fixed gate', scored(recordings, gate(tuned))),
      row('  best gate for these', best(recordings).score),
    ]
  })
}

function sung(part: Part): string[][] {
  const recordings = tones(part)
  return [
    row('tones: detectNovelty', scored(recordings, found(changes))),
    row('tones: detectOnsets', scored(recordings, found(onsets))),
    row(
      '  best gate for these',
      gates.map((options) => scored(recordings, gate(options))).reduce((most, one) => (one.f1 > most.f1 ? one : most)),
    ),
  ]
}

/** The sentence vectors of texts, one after the other. */
async function sentences(all: readonly string[]): Promise<Frames[]> {
  const stages = [embed(await loadVectors()), segmentPool('mean', { unseen: 'keep' }), l2Normalize()]
  const parts = await lastValueFrom(texts(all, { weights: 'sif' }).pipe(eachSequence(...stages), toArray()))
  const byText = new Map<string, Frames[]>()
  for (const part of parts) {
    if ('error' in part) throw part.error
    byText.set(part.id, [...(byText.get(part.id) ?? []), part.frames])
  }
  return [...byText.values()].map((blocks) => join(blocks)!)
}

async function written(part: Part): Promise<string[][]> {
  const all = shiftingTexts(part)
  const random = randomOf(`${part} cuts`)
  const vectors = await sentences(all.map((runs) => runs.join('\n\n')))
  const lengths = await sentences(all.flat())
  const shifts = all.map((runs, i) =>
    runs.flatMap((_, run) => Array.from({ length: lengths[8 * i + run]!.length }, (__, s) => (run > 0 && s === 0 ? 1 : 0))),
  )
  const marksAt = (count: number, places: readonly number[]) => Array.from({ length: count }, (_, s) => (places.includes(s) ? 1 : 0))
  const ways: [string, (i: number, count: number) => readonly number[]][] = [
    ['topics: detectNovelty', (i) => [...apply(vectors[i]!, topics).boundaries!]],
    [
      '  cuts of one length',
      (_, count) =>
        marksAt(
          count,
          Array.from({ length: 7 }, (__, run) => Math.round(((run + 1) * count) / 8)),
        ),
    ],
    [
      '  random cuts',
      (_, count) =>
        marksAt(
          count,
          Array.from({ length: 7 }, () => 1 + Math.floor(random() * (count - 1))),
        ),
    ],
    ['  no cuts', (_, count) => marksAt(count, [])],
  ]
  return ways.map(([name, way]) => {
    const errors = shifts.map((marks, i) => errorsOf(way(i, marks.length), marks))
    return [name, ...(['pk', 'windowDiff'] satisfies (keyof Errors)[]).map((key) => mean(errors.map((error) => error[key])).toFixed(3))]
  })
}

/** What the detectors find of a part, which their parameters were chosen by or not. */
export async function boundaries(part: Part = 'report'): Promise<string> {
  return [
    `Boundaries found within 50 ms; voices ${parts[part].join(', ')}:`,
    '',
    ...table([['', 'F1', 'precision', 'recall', 'of joins'], ...(await spoken(part)), ...sung(part)], [1, 2, 3, 4]),
    '',
    'Sentences where a text changes its topic; errors, so less is better:',
    '',
    ...table([['', 'Pk', 'WindowDiff'], ...(await written(part))], [1, 2]),
    '',
    'Variance inside windows that content chose, against as many of the best fixed size:',
    '',
    ...table([['', 'windows', 'mean frames', 'less'], ...(await contents(part))], [1, 2, 3]),
    '',
    `How long a window is and how fast a point turns, in logarithms, correlate by ${followed(part).toFixed(3)}.`,
  ].join('\n')
}
