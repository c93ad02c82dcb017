// Recordings in which everything begins at a known time. Fixed before anything was measured.
import { audioFiles } from 'poolwise/node'
import { lastValueFrom, toArray } from 'rxjs'
import { pink, power, white } from './disturbance.ts'
import { randomOf } from './random.ts'

export const rate = 16000

/** The voices to choose parameters by, and those to report figures on. */
export const parts = { choose: ['v1', 'v2', 'v3', 'v4'], report: ['v5', 'v6', 'v7', 'v8'] } as const
export type Part = keyof typeof parts

export const loudnesses = ['clean', 'levels', 'white noise', 'pink noise'] as const
export type Loudness = (typeof loudnesses)[number]

export interface Mix {
  readonly samples: Float32Array
  /** Seconds at which a word begins or ends; once where one ends as the next begins. */
  readonly boundaries: readonly number[]
  /** Those of them where the next begins at once. */
  readonly joins: readonly number[]
}

type Random = () => number

const between = (low: number, high: number, random: Random) => low + (high - low) * random()

/** Every file of samples/audio/words has this much digital silence at both ends, which is not the word's. */
const silence = 0.07 * rate

/** The words of a part's voices, from where each begins to where it ends. */
export async function wordsOf(part: Part): Promise<Float32Array[]> {
  const sequences = await lastValueFrom(audioFiles(parts[part].map((voice) => `samples/audio/words/*-${voice}.wav`)).pipe(toArray()))
  return Promise.all(
    sequences.map(async ({ frames }) => {
      const blocks = await lastValueFrom(frames.pipe(toArray()))
      const samples = Float32Array.from(blocks.flatMap(({ data }) => [...data]))
      return samples.slice(silence, -silence)
    }),
  )
}

/**
 * Recordings of twelve words, each by any voice, with 0.1 to 0.6 s between them, but for 15 of 100 words, which follow at once; 0.3 to 0.6 s before the first.
 *
 * clean: as they are, digital silence between. levels: each recording −20 to 20 dB louder. noise: at such levels, 10 dB below the words' mean power, the noise's level going up and
 * down by 6 dB in 2 to 6 s.
 */
export function mixes(words: readonly Float32Array[], loudness: Loudness, seed: string, count = 20): Mix[] {
  const random = randomOf(`${seed} ${loudness}`)
  return Array.from({ length: count }, () => {
    const { samples, words: places } = glued(() => words[Math.floor(random() * words.length)]!, 12, random)
    const joins = places.slice(1).flatMap(([from], i) => (places[i]![1] === from ? [from] : []))
    const boundaries = places.flatMap(([from, to]) => (joins.includes(from) ? [to] : [from, to]))
    return { samples: heard(samples, loudness, random), boundaries, joins }
  })
}

/** Samples as they are heard at a loudness. */
export function heard(samples: Float32Array, loudness: Loudness, random: Random): Float32Array {
  const gain = 10 ** (between(-20, 20, random) / 20)
  const noise = loudness.endsWith('noise') ? drifting(samples, loudness === 'pink noise' ? pink : white, random) : undefined
  return loudness === 'clean' ? samples : samples.map((x, i) => gain * (x + (noise?.[i] ?? 0)))
}

/** A recording of `count` words, and from where to where each is in it, in seconds. */
export function glued(
  next: () => Float32Array,
  count: number,
  random: Random,
): { samples: Float32Array; words: readonly (readonly [from: number, to: number])[] } {
  const parts: Float32Array[] = []
  const words: [from: number, to: number][] = []
  let at = 0
  const put = (part: Float32Array) => {
    parts.push(part)
    at += part.length
  }
  for (let i = 0; i < count; i++) {
    if (i === 0 || random() >= 0.15)
      put(new Float32Array(Math.round(rate * (i === 0 ? between(0.3, 0.6, random) : between(0.1, 0.6, random)))))
    const from = at / rate
    put(next())
    words.push([from, at / rate])
  }
  put(new Float32Array(0.3 * rate))
  const samples = new Float32Array(at)
  parts.reduce((from, part) => {
    samples.set(part, from)
    return from + part.length
  }, 0)
  return { samples, words }
}

/** Recordings of sixteen tones of 0.2 to 0.8 s, as loud as each other and without a click between them, in white noise 20 dB below. */
export function tones(seed: string, count = 20): Mix[] {
  const random = randomOf(`${seed} tones`)
  return Array.from({ length: count }, () => {
    const lengths = Array.from({ length: 16 }, () => Math.round(rate * between(0.2, 0.8, random)))
    const samples = new Float32Array(lengths.reduce((sum, length) => sum + length, 0))
    const boundaries: number[] = []
    const noise = white(samples.length, random)
    const factor = Math.sqrt(0.5 / power(noise)) * 10 ** (-20 / 20)
    let [at, phase, octave] = [0, 0, between(0, 4, random)]
    for (const [i, length] of lengths.entries()) {
      if (i > 0) boundaries.push(at / rate)
      // From 200 to 3200 Hz, and at least a third of an octave from the one before.
      const last = octave
      while (i > 0 && Math.abs(octave - last) < 1 / 3) octave = between(0, 4, random)
      for (const end = at + length; at < end; at++) {
        samples[at] = Math.sin(phase) + factor * noise[at]!
        phase += (2 * Math.PI * 200 * 2 ** octave) / rate
      }
    }
    return { samples, boundaries, joins: boundaries }
  })
}

/** Noise 10 dB below what is not silent, on the average, its level going up and down. */
function drifting(samples: Float32Array, color: typeof white, random: Random): Float32Array {
  const noise = color(samples.length, random)
  const spoken = samples.filter((x) => x !== 0)
  const factor = Math.sqrt(power(spoken) / power(noise)) * 10 ** (-10 / 20)
  const [period, phase] = [between(2, 6, random) * rate, between(0, 2 * Math.PI, random)]
  return noise.map((x, i) => x * factor * 10 ** ((6 / 20) * Math.sin((2 * Math.PI * i) / period + phase)))
}

/** How many of the places were found, one for one, within a tolerance in seconds: each takes the first that is left. */
export function matched(found: readonly number[], places: readonly number[], tolerance: number): number {
  let [count, f] = [0, 0]
  for (const place of places) {
    while (f < found.length && found[f]! < place - tolerance) f++
    if (f < found.length && found[f]! <= place + tolerance) {
      count++
      f++
    }
  }
  return count
}

export interface Score {
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/** Precision, recall and F1 over several recordings at once. */
export function scoreOf(all: readonly { found: readonly number[]; places: readonly number[] }[], tolerance = 0.05): Score {
  const sum = (of: (pair: (typeof all)[number]) => number) => all.reduce((total, pair) => total + of(pair), 0)
  const hits = sum(({ found, places }) => matched(found, places, tolerance))
  const [found, places] = [sum((pair) => pair.found.length), sum((pair) => pair.places.length)]
  return { precision: found ? hits / found : 0, recall: places ? hits / places : 0, f1: found + places ? (2 * hits) / (found + places) : 0 }
}
