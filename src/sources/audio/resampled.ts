import { stream } from '@audio/resample-polyphase'
import { Observable, from as pull } from 'rxjs'
import { DataError, integer, known, oneOf } from '../../core/check.ts'
import { blocks, type Frames, type Layout, layoutOf, signalShape } from '../../core/frames.ts'
import { nothing } from '../../core/stage.ts'
import { highestRate } from '../../stages/spectra/resample.ts'
import { blockLength, type Samples } from './encoding.ts'

export interface SignalOptions {
  /** Samples per second of what comes out; what comes in is resampled where it differs. Default 16000. */
  rate?: number
  /** 'mix' (the default): the mean of the channels. 'keep': every channel. */
  channels?: 'mix' | 'keep'
}

export function checkSignal(who: string, options: SignalOptions, others: readonly string[] = []): Required<SignalOptions> {
  known(who, options, ['rate', 'channels', ...others])
  return {
    rate: integer(who, 'rate', options.rate ?? 16000, 1, highestRate),
    channels: oneOf(who, 'channels', options.channels ?? 'mix', ['mix', 'keep']),
  }
}

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

/**
 * A polyphase filter (@audio/resample-polyphase) for each channel; equal rates pass through. Cutting the input elsewhere changes no bit of the output.
 *
 * Shape: n samples of each channel at `from` → round(n · to / from) frames of one bin × `channels`, in blocks of at most 16384.
 */
export function resampler(
  who: string,
  { from, to, channels, length, live }: { from: number; to: number; channels: number; length?: number; live?: boolean },
): Resampler {
  const layout = layoutOf(
    {
      ...signalShape(to, channels, who),
      ...(length !== undefined && { length: Math.round((length * to) / from) }),
      ...(live && { live }),
    },
    who,
  )
  const filters = Array.from({ length: channels }, () => (from === to ? through : stream({ from, to })))
  const unheard = gaps(from, to)
  let read = 0
  let written = 0

  function* framed(planes: readonly Float32Array[]): Generator<Frames, void, undefined> {
    const count = planes[0]!.length
    const weights = unheard.weights(written, count)
    const block = { layout, start: written, length: count, data: interleaved(planes), ...(weights && { weights }) }
    written += count
    yield* blocks(block, blockLength)
  }

  return {
    layout,
    push(planes, lost = false) {
      if (lost) unheard.add(read, read + planes[0]!.length)
      read += planes[0]!.length
      return framed(planes.map((plane, channel) => filters[channel]!.write(plane)))
    },
    close: () => framed(filters.map((filter) => filter.flush())),
  }
}

const through = { write: (samples: Float32Array): Float32Array => samples, flush: (): Float32Array => new Float32Array(0) }

/** Which output samples saw a lost input sample. */
function gaps(from: number, to: number) {
  // Output m is a weighted sum of the inputs ⌊m·from/to⌋ − reach + 1 … ⌊m·from/to⌋ + reach: 16 zero crossings of the filter on each side.
  const reach = from === to ? 0 : Math.ceil(16 * Math.max(1, from / to))
  let lost: [first: number, end: number][] = []
  return {
    add(first: number, end: number): void {
      lost.push([first, end])
    },
    weights(start: number, count: number): Float32Array | undefined {
      if (lost.length === 0) return undefined
      const weights = new Float32Array(count).fill(1)
      for (let i = 0; i < count; i++) {
        const center = Math.floor(((start + i) * from) / to)
        const earliest = reach === 0 ? center : center - reach + 1
        if (lost.some(([first, end]) => first <= center + reach && end > earliest)) weights[i] = 0
      }
      const next = Math.floor(((start + count) * from) / to) - reach
      lost = lost.filter(([, end]) => end > next)
      return weights
    },
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
  { rate: to, channels, live }: Required<SignalOptions> & { live?: boolean },
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
