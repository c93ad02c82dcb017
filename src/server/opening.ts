import { refusal, show, tried } from '../core/check.ts'
import { type Frames, type Layout, layoutOf } from '../core/frames.ts'
import { integer, number, oneOf, read } from '../core/options.ts'
import type { Stage } from '../core/stage.ts'
import { nothing } from '../core/stage.ts'
import { blockLength, planar, widthOf } from '../sources/audio/encoding.ts'
import { rawOptions } from '../sources/audio/pcm.ts'
import { mixed, resampler } from '../sources/audio/resampled.ts'
import { type Intake, overloads, type Piece } from './intake.ts'
import type { Served } from './served.ts'
import { inTurns } from './turns.ts'

const flowOptions = {
  /** How vectors are written: JSON as in files, or float64 start, end and weight and float32 values, low byte first. */
  vectors: oneOf('json', 'binary').default('json'),
  /** What becomes of what comes faster than vectors are read: the sender waits, or the first or the last of it is lost, and counted. */
  overload: oneOf(...overloads).default('block'),
}

/** The first message of a stream of sound. */
export const soundOptions = {
  ...rawOptions,
  /** How many, interleaved. */
  channels: integer(1, 64).default(1),
  ...flowOptions,
}

/** The first message of a stream of events. */
export const eventOptions = {
  format: oneOf('events'),
  /** Numbers of an event. */
  values: integer(1, 4096),
  /** Time from one to the next; without it they are counted. */
  hop: number({ above: 0 }).optional('windows count events').unit('s'),
  ...flowOptions,
}

/** A stream as its first message wants it. */
export interface Opening {
  readonly stages: readonly Stage[]
  readonly layout: Layout
  readonly vectors: 'json' | 'binary'
  readonly overload: (typeof overloads)[number]
  /** Bytes of a frame. */
  readonly width: number
  /** What a text message holds, as bytes; of sound there is none. */
  readonly bytes?: (message: unknown) => Uint8Array
  frames(intake: Intake): AsyncIterable<Frames>
}

const who = 'stream'

/**
 * What the first message of a stream asks for.
 * @throws TypeError or RangeError for one that is none, and for what is not served
 */
export function openingOf(message: string, served: Served): Opening {
  const given = tried(message, JSON.parse)
  if (typeof given !== 'object' || given === null)
    throw new TypeError(`${who}: expected a first message such as {"rate":16000,"format":"s16le"}, got ${show(message)}`)
  return (given as { format?: unknown }).format === 'events' ? events(given, served) : sound(given, served)
}

function sound(given: object, { stream }: Served): Opening {
  const { rate, channels, format, ...flow } = read(who, soundOptions, given)
  if (!stream) throw refusal(who, 'expected what is served, which is no sound without an end', given)
  const { rate: to, channels: kept } = stream.source.signal!
  const machine = resampler(who, { from: rate, to, channels: kept === 'mix' ? 1 : channels, live: true })
  const planes = (bytes: Uint8Array) => {
    const all = planar(bytes, format, channels)
    return kept === 'mix' ? [mixed(all)] : all
  }
  const silence = Array.from({ length: kept === 'mix' ? 1 : channels }, () => new Float32Array(blockLength))
  async function* frames(pieces: AsyncIterable<Piece>): AsyncGenerator<Frames> {
    yield nothing(machine.layout)
    for await (const { lost, bytes } of pieces) {
      for (let left = lost; left > 0; left -= blockLength)
        yield* machine.push(silence.map((plane) => plane.subarray(0, Math.min(left, blockLength))), 'lost') // biome-ignore format: one call
      if (bytes.length > 0) yield* machine.push(planes(bytes))
    }
    yield* machine.close()
  }
  return {
    ...flow,
    stages: stream.stages,
    layout: machine.layout,
    width: channels * widthOf(format),
    frames: (intake) => inTurns(frames(intake.pieces())),
  }
}

function events(given: object, { events: stages }: Served): Opening {
  const { format, values, hop, ...flow } = read(who, eventOptions, given)
  if (!stages)
    throw refusal(who, 'expected what is served, which is no events: poolwise serve --events "pool1d(pooling=mean,size=8)"', given)
  const layout = layoutOf({ bins: values, live: true, ...(hop !== undefined && { hop }) }, who)
  const width = values * Float32Array.BYTES_PER_ELEMENT
  async function* frames(pieces: AsyncIterable<Piece>): AsyncGenerator<Frames> {
    yield nothing(layout)
    let start = 0
    const block = (data: Float32Array, weights?: Float32Array): Frames => {
      const length = data.length / values
      const from = start
      start += length
      return { layout, start: from, length, data, ...(weights && { weights }) }
    }
    const seen = (data: Float32Array) => {
      if (data.every(Number.isFinite)) return block(data)
      const weights = Float32Array.from({ length: data.length / values }, (_, i) =>
        data.subarray(i * values, (i + 1) * values).every(Number.isFinite) ? 1 : 0,
      )
      return block(
        data.map((x) => (Number.isFinite(x) ? x : 0)),
        weights,
      )
    }
    for await (const { lost, bytes } of pieces) {
      const most = Math.ceil(blockLength / values)
      for (let left = lost; left > 0; left -= most) {
        const some = Math.min(left, most)
        yield block(new Float32Array(some * values), new Float32Array(some))
      }
      if (bytes.length > 0) yield seen(new Float32Array(new Uint8Array(bytes).buffer))
    }
  }
  return {
    ...flow,
    stages,
    layout,
    width,
    bytes: (message) => rowsOf(message, values),
    frames: (intake) => inTurns(frames(intake.pieces())),
  }
}

/** Rows of a text message, as the bytes that they are in a binary one. */
function rowsOf(message: unknown, values: number): Uint8Array {
  const numbers = Array.isArray(message) ? (message.flat() as unknown[]) : []
  const whole = Array.isArray(message) && message.every((row) => !Array.isArray(row) || row.length === values)
  if (!whole || numbers.length % values !== 0 || !numbers.every(Number.isFinite))
    throw refusal(who, `expected rows of ${values} numbers, or {"end":true}`, message)
  return new Uint8Array(Float32Array.from(numbers as number[]).buffer)
}
