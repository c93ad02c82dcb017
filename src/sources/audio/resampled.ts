import { Observable, from as pull } from 'rxjs'
import { DataError } from '../../core/check.ts'
import { blocks, type Frames, type Layout, layoutOf, signalShape } from '../../core/frames.ts'
import { type Given, integer, oneOf, type Read } from '../../core/options.ts'
import { nothing } from '../../core/stage.ts'
import { highestRate, resample } from '../../stages/spectra/resample.ts'
import { blockLength, type Samples } from './encoding.ts'

export const signalOptions = {
  /** Samples per second of what comes out; what comes in is resampled where it differs. */
  rate: integer(1, highestRate).default(16000).unit('Hz'),
  /** 'mix' is the mean of the channels, 'keep' every channel. */
  channels: oneOf('mix', 'keep').default('mix'),
}

export type SignalOptions = Given<typeof signalOptions>

/** Checks a rate that comes from a file. */
export function checkRate(who: string, rate: number): void {
  if (!(Number.isInteger(rate) && rate >= 1 && rate <= highestRate))
    throw new DataError(`${who}: expected a rate from 1 to ${highestRate} Hz, got ${rate} Hz`)
}

/** Samples of one rate and number of channels → Frames at another rate. */
export interface Resampler {
  readonly layout: Layout
  /** `lost` samples stand for time that was not heard: whatever saw one of them has weight 0. */
  push(channels: readonly Float32Array[], lost?: boolean): Iterable<Frames>
  close(): Iterable<Frames>
}

/** Zero crossings of the filter on each side: flat up to 0.9 of half the lower rate, and at −79 dB from 1.1 of it on. */
const width = 32

/**
 * As the stage `resample`, with a longer filter; equal rates pass through. Cutting the input elsewhere changes no bit of the output.
 *
 * Shape: n samples of each channel at `from` → ⌈n · to / from⌉ frames of one bin × `channels`, in blocks of at most 16384.
 */
export function resampler(
  who: string,
  { from, to, channels, length, live }: { from: number; to: number; channels: number; length?: number; live?: boolean },
): Resampler {
  const input = layoutOf({ ...signalShape(from, channels, who), ...(length !== undefined && { length }), ...(live && { live }) }, who)
  const plan = resample({ to, width }).plan(input)
  const machine = plan.open()
  let start = 0
  const cut = (block: Frames | undefined): Iterable<Frames> => (block ? blocks(block, blockLength) : [])
  return {
    layout: plan.layout,
    push(planes, lost = false) {
      const count = planes[0]!.length
      const block = { layout: input, start, length: count, data: interleaved(planes), ...(lost && { weights: new Float32Array(count) }) }
      start += count
      return cut(machine.push(block))
    },
    close: () => cut(machine.close()),
  }
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
  return Float32Array.from(channels[0]!, (_, i) => channels.reduce((sum, channel) => sum + channel[i]!, 0) / channels.length)
}

/**
 * A whole recording as Frames. The first block has no frames: it tells the layout, even where there are no samples at all.
 * @throws DataError where the rate or the number of channels changes on the way.
 */
export async function* resampled(
  who: string,
  recording: AsyncIterable<Samples>,
  { rate: to, channels, live }: Read<typeof signalOptions> & { readonly live?: boolean },
): AsyncGenerator<Frames, void, undefined> {
  let opened: { machine: Resampler; from: number; count: number } | undefined
  for await (const { rate: from, channels: heard, length } of recording) {
    const planes = channels === 'mix' ? [mixed(heard)] : heard
    const count = planes.length
    if (opened === undefined) {
      checkRate(who, from)
      const machine = resampler(who, { from, to, channels: count, ...(length !== undefined && { length }), ...(live && { live }) })
      opened = { machine, from, count }
      yield nothing(machine.layout)
    }
    if (from !== opened.from || count !== opened.count)
      throw new DataError(`${who}: expected ${opened.count} channels at ${opened.from} Hz to the end, got ${count} at ${from} Hz`)
    yield* opened.machine.push(planes)
  }
  if (opened !== undefined) yield* opened.machine.close()
}

/** Frames on demand. Unsubscribing also ends a read that is waiting for data. */
export function pulled(open: () => { frames: AsyncIterable<Frames>; release(): void }): Observable<Frames> {
  return new Observable((subscriber) => {
    const { frames, release } = open()
    subscriber.add(release)
    pull(frames).subscribe(subscriber)
  })
}
