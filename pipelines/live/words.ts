// A recognizer made of pooling and nearest neighbor alone: the detector cuts words, the recipe for similarity makes a vector of each.
import {
  apply,
  cepstrum,
  decibels,
  detectSpeech,
  equalizeChange,
  type Frames,
  logMel,
  mel,
  normalize,
  pyramidPool,
  segmentPool,
  signal,
  spectrogram,
  toVectors,
  trim,
} from 'poolwise'
import { map, type Observable, tap } from 'rxjs'

/** Seconds around what the detector cuts; what is silent of it the recipe trims. */
const margin = 0.05
/** Samples a second that words are compared at. */
export const rate = 16000

/** The stages of `recipe('audio', { task: 'similarity' })`. */
const similarity = [
  spectrogram(),
  mel({ bands: 40 }),
  decibels({ range: 60 }),
  trim(),
  cepstrum({ coefficients: 16, lifter: 22 }),
  normalize({ share: 0.8, variance: false }),
  equalizeChange(),
  pyramidPool('stats', { levels: [8] }),
] as const

/** A stretch of sound as one vector, to be compared by cosine. */
export function vectorOf(samples: Float32Array): Float32Array {
  return apply(signal(samples, { rate }), ...similarity).data
}

/** The last seconds of a stream of samples. */
export class Recent {
  readonly #blocks: Frames[] = []

  readonly seconds: number

  constructor(seconds: number) {
    this.seconds = seconds
  }

  push(block: Frames): void {
    this.#blocks.push(block)
    const oldest = block.start + block.length - this.seconds / block.layout.clock.hop!
    while (this.#blocks[0]!.start + this.#blocks[0]!.length < oldest) this.#blocks.shift()
  }

  /** The samples from one time to another, as far as they are still there. */
  between(from: number, to: number): Float32Array {
    const parts = this.#blocks.flatMap((block) => {
      const { start, hop = 1 } = block.layout.clock
      const [first, last] = [from, to].map((time) => Math.min(Math.max(Math.round((time - start) / hop) - block.start, 0), block.length))
      return first! < last! ? [block.data.subarray(first, last)] : []
    })
    const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of parts) {
      all.set(part, at)
      at += part.length
    }
    return all
  }
}

/** A word, or another sound that stood out, as it was cut. */
export interface Heard {
  /** Seconds, on the clock of the frames. */
  readonly start: number
  readonly end: number
  readonly vector: Float32Array
}

/** Each stretch of speech of a stream of samples at {@link rate}, some 0.4 s after its end. What is longer than 4 s is cut. */
export function heardWords(samples$: Observable<Frames>): Observable<Heard> {
  const recent = new Recent(8)
  return samples$.pipe(
    tap((block) => recent.push(block)),
    logMel({ bands: 40 }),
    // The hang-over spans the silence before a plosive within a word.
    detectSpeech({ after: '100ms' }),
    segmentPool('max', { max: '4s' }),
    toVectors(),
    map(({ start, end }) => ({ start, end, vector: vectorOf(recent.between(start - margin, end + margin)) })),
  )
}
