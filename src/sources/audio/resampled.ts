import { Observable, from as pull } from 'rxjs'
import { DataError } from '../../core/check.ts'
import { blocks, type Frames, type Layout, layoutOf, signalShape } from '../../core/frames.ts'
import { type Given, integer, oneOf, type Read } from '../../core/options.ts'
import { nothing } from '../../core/stage.ts'
import { highestRate, mostTimes, resample } from '../../stages/spectra/resample.ts'
import { blockLength, type Samples } from './encoding.ts'

export const signalOptions = {
  /** Samples per second of what comes out; what comes in is resampled where it differs. */
  rate: integer(1, highestRate).default(16000).unit('Hz'),
  /** 'mix' is the mean of the channels, 'keep' every channel. */
  channels: oneOf('mix', 'keep').default('mix'),
}

export type SignalOptions = Given<typeof signalOptions>

/** Checks a rate that comes from a file, and is to become another. */
export function checkRate(who: string, rate: number, to = 1): void {
  const least = Math.ceil(to / mostTimes)
  if (!(Number.isInteger(rate) && rate >= least && rate <= highestRate))
    throw new DataError(`${who}: expected a rate from ${least} to ${highestRate} Hz, got ${rate} Hz`)
}

/** Samples of one rate and number of channels → Frames at another rate. */
export interface Resampler {
  readonly layout: Layout
  /** What is `lost` stands for time that was not heard: whatever saw a sample of it has weight 0. What is `finite` is not looked through. */
  push(channels: readonly Float32Array[], known?: 'lost' | 'finite'): Iterable<Frames>
  close(): Iterable<Frames>
}

interface ResamplerOptions {
  readonly from: number
  readonly to: number
  readonly channels: number
  readonly length?: number
  readonly live?: boolean
  /** What the clock shows at the first sample, in seconds. */
  readonly start?: number
}

/** Zero crossings of the filter on each side: flat up to 0.9 of half the lower rate, and at −79 dB from 1.1 of it on. */
const width = 32

/**
 * As the stage `resample`, with a longer filter; equal rates pass through. Cutting the input elsewhere changes no bit of the output.
 *
 * Shape: n samples of each channel at `from` → ⌈n · to / from⌉ frames of one bin × `channels`, in blocks of at most 16384.
 * What is written at once is cut into pieces that give about a block each, so that no rate and no block makes it outgrow memory.
 *
 * @throws RangeError for rates that `resample` refuses. A DataError where a sample is NaN, infinite or beyond 2⁴⁰, after all before it; of a live source, which goes on, it is lost.
 */
export function resampler(who: string, { from, to, channels, length, live, start: first = 0 }: ResamplerOptions): Resampler {
  const shape = layoutOf({ ...signalShape(from, channels, who), ...(length !== undefined && { length }), ...(live && { live }) }, who)
  const input = { ...shape, clock: { ...shape.clock, start: first } }
  const plan = resample({ to, width }).plan(input)
  const machine = plan.open()
  const piece = Math.max(1, Math.floor((blockLength / channels) * Math.min(1, from / to)))
  let start = 0
  const cut = (block: Frames | undefined): Iterable<Frames> => (block ? blocks(block, blockLength) : [])
  function* written(planes: readonly Float32Array[], weights?: Float32Array): Iterable<Frames> {
    const count = planes[0]!.length
    for (let at = 0; at < count; at += piece) {
      const some = planes.map((plane) => plane.subarray(at, at + piece))
      const block = { layout: input, start, length: some[0]!.length, data: interleaved(some) }
      start += block.length
      yield* cut(machine.push(weights ? { ...block, weights: weights.subarray(at, at + piece) } : block))
    }
  }
  return {
    layout: plan.layout,
    *push(planes, known) {
      const count = planes[0]!.length
      if (known === 'lost') return yield* written(planes, new Float32Array(count))
      const bad = known === 'finite' ? undefined : firstBad(planes)
      if (bad === undefined) return yield* written(planes)
      if (live) {
        const weights = Float32Array.from({ length: count }, (_, i) => (planes.every((plane) => isSample(plane[i]!)) ? 1 : 0))
        // Silent as well as unseen: a stage that remembers would never forget a NaN.
        return yield* written(
          planes.map((plane) => plane.map((x, i) => (weights[i] === 0 ? 0 : x))),
          weights,
        )
      }
      const frame = start + bad
      yield* written(planes.map((plane) => plane.subarray(0, bad)))
      const got = planes.map((plane) => plane[bad]!).find((x) => !isSample(x))
      throw new DataError(`${who}: expected samples between −2⁴⁰ and 2⁴⁰, got ${got} at sample ${frame}, after ${frame / from} s`, {
        frame,
      })
    },
    close: () => cut(machine.close()),
  }
}

/** More than the integers of 32 bits that somebody forgot to scale, and so little that spectra, which square it, stay finite. */
const loudest = 2 ** 40

function isSample(x: number): boolean {
  return Math.abs(x) <= loudest
}

/** Index of the first that is not a number, infinite, or no loudness that sound has. */
function firstBad(planes: readonly Float32Array[]): number | undefined {
  let first = planes[0]!.length
  for (const plane of planes) {
    let i = 0
    while (i < first && isSample(plane[i]!)) i++
    first = i
  }
  return first < planes[0]!.length ? first : undefined
}

function interleaved(planes: readonly Float32Array[]): Float32Array {
  const channels = planes.length
  if (channels === 1) return planes[0]!
  const length = planes[0]!.length
  const data = new Float32Array(length * channels)
  planes.forEach((plane, channel) => {
    for (let i = 0; i < length; i++) data[i * channels + channel] = plane[i]!
  })
  return data
}

/** The mean of the channels. */
export function mixed(channels: readonly Float32Array[]): Float32Array {
  if (channels.length === 1) return channels[0]!
  const sums = new Float64Array(channels[0]!.length)
  for (const channel of channels) for (let i = 0; i < sums.length; i++) sums[i]! += channel[i]!
  return Float32Array.from(sums, (sum) => sum / channels.length)
}

/** What is refused of a recording is its own fault, and not the pipeline's. */
function resamplerOf(who: string, given: ResamplerOptions): Resampler {
  try {
    return resampler(who, given)
  } catch (cause) {
    const { from, to, channels } = given
    throw new DataError(`${who}: expected ${channels} × ${from} Hz to become ${to} Hz, got "${(cause as Error).message}"`, { cause })
  }
}

/**
 * A whole recording as Frames. The first block has no frames: it tells the layout, even where there are no samples at all.
 * @throws DataError for a rate that is too far from `rate`, for samples that are none, and where the rate or the number of channels changes on the way.
 */
export async function* resampled(
  who: string,
  recording: AsyncIterable<Samples>,
  { rate: to, channels, live }: Read<typeof signalOptions> & { readonly live?: boolean },
): AsyncGenerator<Frames, void, undefined> {
  let opened: { machine: Resampler; from: number; count: number } | undefined
  for await (const { rate: from, channels: heard, length, finite } of recording) {
    const planes = channels === 'mix' ? [mixed(heard)] : heard
    const count = planes.length
    if (opened === undefined) {
      checkRate(who, from, to)
      const machine = resamplerOf(who, { from, to, channels: count, ...(length !== undefined && { length }), ...(live && { live }) })
      opened = { machine, from, count }
      yield nothing(machine.layout)
    }
    if (from !== opened.from || count !== opened.count)
      throw new DataError(`${who}: expected ${opened.count} channels at ${opened.from} Hz to the end, got ${count} at ${from} Hz`)
    yield* opened.machine.push(planes, finite ? 'finite' : undefined)
  }
  if (opened !== undefined) yield* opened.machine.close()
}

/** Blocks of frames as they come, for RxJS; or one at a time as they are asked for, for `for await` and `pullVectors`. */
export type Pulled = Observable<Frames> & AsyncIterable<Frames>

/** Frames on demand. Unsubscribing also ends a read that is waiting for data, and so does leaving a loop. */
export function pulled(open: () => { frames: AsyncIterable<Frames>; release(): void }): Pulled {
  const frames = new Observable<Frames>((subscriber) => {
    const { frames, release } = open()
    subscriber.add(release)
    pull(frames).subscribe(subscriber)
  })
  return Object.assign(frames, {
    [Symbol.asyncIterator]() {
      let release = () => {}
      const blocks = (async function* () {
        const opened = open()
        release = opened.release
        try {
          yield* opened.frames
        } finally {
          release()
        }
      })()
      return {
        next: () => blocks.next(),
        // A generator that waits for data is left only when they come.
        return() {
          release()
          return blocks.return()
        },
      }
    },
  })
}
