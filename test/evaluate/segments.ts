// Whether the vectors of segments that were found name words that other voices say, beside those of windows of one size.
import {
  apply,
  cepstrum,
  decibels,
  detectSpeech,
  type Frames,
  logMel,
  mel,
  normalize,
  type Stage,
  segmentPool,
  signal,
  spanOf,
  spanPool,
  spectrogram,
} from 'poolwise'
import { table } from '../../src/cli/table.ts'
import { adaptiveWindows } from '../../src/core/window.ts'
import { differenceInterval, mean, meanInterval } from './bootstrap.ts'
import { glued, heard, type Loudness, rate } from './mixes.ts'
import { randomOf } from './random.ts'
import { range, share, signed, signedRange } from './table.ts'
import { corpus, type Part, type Utterance, type Voice, words } from './voices.ts'

/** Twelve words of a voice, one after the other. */
interface Recording {
  readonly voice: Voice
  readonly words: readonly { readonly word: string; readonly place: Span }[]
  /** Cepstra, their means taken out: over everything, and over what `detectSpeech` found. */
  readonly features: { readonly all: Frames; readonly speech: Frames }
  /** What it found. */
  readonly segments: readonly Span[]
}

/** First frame and end. */
type Span = readonly [from: number, to: number]

/** Which frames of a recording become vectors, and whether what is not speech is seen. */
interface Way {
  readonly name: string
  readonly unseen: boolean
  windows(recording: Recording): readonly Span[]
  /** Each window in so many parts of one length, a mean of each. */
  readonly parts: number
}

const loudnesses = ['levels', 'white noise'] as const satisfies readonly Loudness[]
const hop = 0.01
const partsTried = [1, 2, 4, 8]
/** Windows of one size, by their stride. */
const overlapsTried = [0.5, 0.75, 1, 1.5, 2]

const front: readonly Stage[] = [spectrogram(), mel({ bands: 40 }), decibels({ range: 60 }), cepstrum({ coefficients: 16, lifter: 22 })]
const center = normalize({ variance: false })

/** All words by all voices of a part, in recordings of twelve, in an order of each voice's own. */
function recorded(utterances: readonly Utterance[], part: Part, loudness: Loudness): Recording[] {
  const voices = [...new Set(utterances.map(({ voice }) => voice))].filter((voice) => voice.part === part)
  return voices.flatMap((voice) => {
    const random = randomOf(`${voice.name} ${loudness} in a row`)
    const said = utterances
      .filter((utterance) => utterance.voice === voice)
      .map((utterance) => ({ utterance, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ utterance }) => utterance)
    return Array.from({ length: said.length / 12 }, (_, i) => recording(voice, said.slice(12 * i, 12 * (i + 1)), loudness, random))
  })
}

function recording(voice: Voice, said: readonly Utterance[], loudness: Loudness, random: () => number): Recording {
  let next = 0
  const { samples, words: places } = glued(() => said[next++]!.samples, said.length, random)
  const sound = signal(heard(samples, loudness, random), { rate })
  const cepstra = apply(sound, ...front)
  const { weights } = apply(sound, logMel(), detectSpeech())
  const found = apply(sound, logMel(), detectSpeech(), segmentPool('mean'))
  const frameAt = (seconds: number) => Math.min(cepstra.length, Math.round(seconds / hop))
  return {
    voice,
    words: said.map(({ word }, i) => ({ word, place: [frameAt(places[i]![0]), frameAt(places[i]![1])] })),
    features: { all: apply(cepstra, center), speech: apply({ ...cepstra, ...(weights && { weights }) }, center) },
    segments: Array.from({ length: found.length }, (_, i) => {
      const [from, to] = spanOf(found, i)
      // Frames of 25 ms every 10.
      return [frameAt(from), Math.max(frameAt(from) + 1, frameAt(to - 0.015))]
    }),
  }
}

/** How much of a word is in a window. */
const shared = (a: Span, b: Span) => Math.min(a[1], b[1]) - Math.max(a[0], b[0])

interface Vector {
  readonly window: Span
  readonly values: Float32Array
  /** What is said most of the time in it, if anything is. */
  readonly word: string | undefined
}

function vectorsOf({ features, words }: Recording, windows: readonly Span[], { parts, unseen }: Way): Vector[] {
  const spans = windows.flatMap(([from, to]) => adaptiveWindows('torch', parts, to - from).map(([a, b]): Span => [from + a, from + b]))
  const { data } = apply(unseen ? features.speech : features.all, spanPool('mean', { spans }))
  const size = data.length / windows.length
  return windows.map((window, i) => {
    const most = words.reduce((best, word) => (shared(word.place, window) > shared(best.place, window) ? word : best))
    const values = data.slice(i * size, (i + 1) * size)
    const norm = Math.max(Math.hypot(...values), 1e-12)
    return { window, values: values.map((x) => x / norm), word: shared(most.place, window) > 0 ? most.word : undefined }
  })
}

/** A word is named by the window with most of it, as the nearest labelled one by other sources is: a row a voice, a column a word. */
function named(recordings: readonly Recording[], way: Way): { scores: number[][]; count: number } {
  const all = recordings.map((recording) => {
    const windows = way.windows(recording)
    return windows.length > 0 ? vectorsOf(recording, windows, way) : []
  })
  const labelled = all.flatMap((vectors, r) =>
    vectors.filter(({ word }) => word).map((vector) => ({ ...vector, source: recordings[r]!.voice.source })),
  )
  const right = new Map<string, number>()
  for (const [r, { voice, words }] of recordings.entries()) {
    const others = labelled.filter(({ source }) => source !== voice.source)
    for (const { word, place } of words) {
      const query = all[r]!.filter(({ window }) => shared(window, place) > 0).reduce(
        (best: Vector | undefined, one) => (best && shared(best.window, place) >= shared(one.window, place) ? best : one),
        undefined,
      )
      right.set(`${voice.name} ${word}`, query ? Number(nearest(query.values, others) === word) : 0)
    }
  }
  const voices = [...new Set(recordings.map(({ voice }) => voice.name))]
  return {
    scores: voices.map((name) => [...words.keys()].map((word) => right.get(`${name} ${word}`)!)),
    count: all.reduce((sum, { length }) => sum + length, 0),
  }
}

export function nearest(query: Float32Array, labelled: readonly Vector[]): string | undefined {
  let [name, most]: [string | undefined, number] = [undefined, -Infinity]
  for (const { values, word } of labelled) {
    let cosine = 0
    for (let k = 0; k < query.length; k++) cosine += query[k]! * values[k]!
    if (cosine > most) [name, most] = [word, cosine]
  }
  return name
}

/** Windows of one size, in as many vectors as segments: at the stride that comes nearest to that. */
function fixed(recordings: readonly Recording[], unseen: boolean, overlap: number): Way['windows'] {
  const aim = recordings.reduce((sum, { segments }) => sum + segments.length, 0)
  const at =
    (stride: number) =>
    ({ features }: Recording) => {
      const { length, weights } = features.speech
      const size = Math.max(1, Math.round(stride * overlap))
      const count = Math.ceil(Math.max(1, length - size) / stride)
      const windows = Array.from({ length: count }, (_, i): Span => [i * stride, Math.min(length, i * stride + size)])
      return unseen && weights ? windows.filter(([from, to]) => weights.subarray(from, to).some((weight) => weight > 0)) : windows
    }
  const off = (stride: number) => Math.abs(recordings.reduce((sum, one) => sum + at(stride)(one).length, 0) - aim)
  const strides = Array.from({ length: 191 }, (_, i) => 10 + i)
  return at(strides.reduce((best, stride) => (off(stride) < off(best) ? stride : best)))
}

/** The best of a kind of ways for the voices to choose by, and how it names those to report on. */
function chosen(kind: (recordings: readonly Recording[]) => Way[], choose: readonly Recording[], report: readonly Recording[]) {
  const figures = kind(choose).map((way) => mean(named(choose, way).scores.map(mean)))
  const way = kind(report)[figures.indexOf(Math.max(...figures))]!
  return { way, ...named(report, way) }
}

const eachParts = (name: string, unseen: boolean, windows: Way['windows']): Way[] =>
  partsTried.map((parts) => ({ name: `${name}, ${parts} mean${parts > 1 ? 's' : ''} each`, unseen, windows, parts }))

const kinds: readonly ((recordings: readonly Recording[]) => Way[])[] = [
  () => eachParts('segments of detectSpeech', true, ({ segments }) => segments),
  ...[false, true].map((unseen) => (recordings: readonly Recording[]) => {
    const name = unseen ? '  fixed windows, silence unseen' : '  fixed windows'
    return overlapsTried.flatMap((overlap) => eachParts(`${name}, size ${overlap} × stride`, unseen, fixed(recordings, unseen, overlap)))
  }),
  () => eachParts('  windows at the true places', true, ({ words }) => words.map(({ place }) => place)),
]

/** How well segments and fixed windows name the words of the voices to report on; sizes and parts are chosen by the other voices. */
export async function segments(): Promise<string> {
  const utterances = await corpus()
  const rows: string[][] = []
  const more: string[] = []
  for (const loudness of loudnesses) {
    const [choose, report] = (['choose', 'report'] as const).map((part) => recorded(utterances, part, loudness)) as [
      Recording[],
      Recording[],
    ]
    const found = kinds.map((kind) => chosen(kind, choose, report))
    const [own, ...others] = found
    const best = others.slice(0, -1).reduce((most, one) => (mean(one.scores.map(mean)) > mean(most.scores.map(mean)) ? one : most))
    rows.push([`${loudness}:`, '', '', ''])
    for (const { way, scores, count } of found) {
      const interval = meanInterval(scores, 'segments')
      rows.push([way.name, `${count}`, share(interval.value), range(interval)])
    }
    const gain = differenceInterval(own!.scores, best.scores, 'segments')
    more.push(`${loudness}: ${signed(gain.value)} (${signedRange(gain)})`)
  }
  return [
    'Words in recordings of twelve, % named by the nearest vector of other voices:',
    '',
    ...table([['', 'vectors', 'named', 'interval'], ...rows], [1, 2]),
    '',
    'Segments more than the best fixed windows, 95 % intervals:',
    '',
    ...more,
  ].join('\n')
}
