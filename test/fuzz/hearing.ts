import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Observable } from 'rxjs'
import { decodeAudio } from '../../src/audio.ts'
import type { Frames } from '../../src/index.ts'
import { type Bytes, pieces, streamed } from './bytewise.ts'
import type { Draws } from './draws.ts'
import { Garbage, must } from './judge.ts'
import { samplesOf, shapes } from './seeds.ts'

/** What a stream of frames gave, interleaved, and what ended it. */
export interface Heard {
  readonly channels: number
  readonly samples: Float32Array
  readonly error?: unknown
}

/** More samples than any case may give: a minute of 16 channels at 48 kHz. */
const most = 2 ** 26

/** Everything up to the end, or up to an error. */
export function heard(frames: Observable<Frames>): Promise<Heard> {
  return new Promise((resolve) => {
    const blocks: Float32Array[] = []
    let [length, channels] = [0, 1]
    const end = (error?: unknown) => {
      const samples = new Float32Array(length)
      let at = 0
      for (const block of blocks) {
        samples.set(block, at)
        at += block.length
      }
      resolve({ channels, samples, ...(error !== undefined && { error }) })
    }
    const subscription = frames.subscribe({
      next: ({ layout, data }) => {
        channels = layout.channels
        blocks.push(data)
        length += data.length
        if (length > most) {
          end(new Garbage(`more than ${most} samples`))
          subscription.unsubscribe()
        }
      },
      error: end,
      complete: () => end(),
    })
  })
}

/** Decodes bytes, whole or as they come in pieces, at the rate that they should have: then nothing is resampled. */
export function hear(bytes: Bytes, rate: number, cuts?: readonly number[]): Promise<Heard> {
  return heard(decodeAudio(cuts ? streamed(pieces(bytes, cuts)) : bytes, { rate, channels: 'keep' }))
}

/** An encoded recording. */
export interface Sound {
  readonly name: string
  readonly bytes: Bytes
  readonly rate: number
  /** Its rate and channels, as shapes are named. */
  readonly shape: string
  /** What it gives as it is. */
  whole(): Promise<Heard>
}

/** Those of the seeds whose names match. */
export function soundsIn(folder: string, names: RegExp): Sound[] {
  const sounds = readdirSync(folder)
    .filter((name) => names.test(name))
    .map((name): Sound => {
      const bytes = new Uint8Array(readFileSync(join(folder, name)))
      const shape = shapes.find((one) => name.startsWith(`${one.name}.`))
      const usual = name.startsWith('telephone') ? { name: 'mono8', rate: 8000 } : { name: 'mono16', rate: 16_000 }
      const rate = name.endsWith('.opus') ? 48_000 : (shape ?? usual).rate
      let whole: Promise<Heard> | undefined
      return {
        name,
        bytes,
        rate,
        shape: (shape ?? usual).name,
        whole() {
          whole ??= hear(bytes, rate)
          return whole
        },
      }
    })
  if (sounds.length === 0) throw new Error(`fuzz: expected recordings like ${names} in ${folder}, got none`)
  return sounds
}

/** How far decoders of other kinds may be from what was encoded; those that lose more are held against themselves alone. */
const losses: readonly (readonly [ending: RegExp, most: number])[] = [
  [/\.u8\.wav$/, 0.03],
  [/\.(mu|a)law\.wav$/, 0.05],
  // No Wave64: ffmpeg counts what fills it up to eight bytes as samples.
  [/\.(wav|flac|oga|au|aiff|caf)$/, 0],
]

/** Holds a recording as it was encoded against the samples it was encoded of. */
export async function faithful({ name, whole }: Sound): Promise<void> {
  const { channels, samples, error } = await whole()
  must(error === undefined, () => `${name} as it was encoded is refused: ${(error as Error)?.message}`)
  const shape = shapes.find((one) => name.startsWith(`${one.name}.`))
  const loss = losses.find(([ending]) => ending.test(name))?.[1]
  if (!shape || loss === undefined) return
  const source = samplesOf(shape)
  must(channels === shape.channels, () => `${name}: ${channels} channels of ${shape.channels}`)
  must(samples.length === source.length, () => `${name}: ${samples.length} samples of ${source.length}`)
  const wrong = source.findIndex((value, i) => !(Math.abs(samples[i]! - value / 32768) <= loss))
  must(wrong < 0, () => `${name}: sample ${wrong} is ${samples[wrong]}, not ${source[wrong]! / 32768}`)
}

/** Every value is finite, and none is louder than sound may be. */
export function finite({ samples }: Heard): void {
  const wrong = samples.findIndex((value) => !(Math.abs(value) <= 2 ** 40))
  must(wrong < 0, () => `sample ${wrong} is ${samples[wrong]}`)
}

/** Compares the first samples, leaving out the last `slack` frames of what came. */
export function begins(came: Heard, whole: Heard, slack = 0): void {
  if (came.samples.length === 0) return
  must(came.channels === whole.channels, () => `${came.channels} channels of ${whole.channels}`)
  const to = came.samples.length - slack * came.channels
  must(to <= whole.samples.length, () => `${came.samples.length} samples of ${whole.samples.length}`)
  for (let i = 0; i < to; i++) {
    if (came.samples[i] !== whole.samples[i])
      throw new Garbage(`sample ${i} of ${came.samples.length} is ${came.samples[i]}, not ${whole.samples[i]}`)
  }
}

export function same(came: Heard, whole: Heard): void {
  begins(came, whole)
  must(came.samples.length === whole.samples.length, () => `${came.samples.length} samples of ${whole.samples.length}`)
}

/** Wherever the pieces of a stream end: at most three cuts, a few bytes each, or none. */
export function cutting(bytes: Uint8Array, draws: Draws): readonly number[] | undefined {
  if (draws.chance(0.5)) return undefined
  return draws.chance(0.2) ? draws.cuts(Math.min(bytes.length, 200), 40) : draws.cuts(bytes.length, 3)
}
