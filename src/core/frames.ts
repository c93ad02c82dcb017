import { boolean, DataError, integer, known, listIn, number, oneOf, refusal, show, tried } from './check.ts'

/**
 * When frame i of a sequence happens: from `start + i·hop` to `start + i·hop + span`, in seconds or tokens.
 * Without a `hop` the clock is irregular, and every block of frames carries its `spans`.
 */
export interface Clock {
  readonly unit: 'second' | 'token'
  readonly start: number
  readonly hop?: number
  readonly span?: number
}

/** One name for each plane, bin and channel; an empty name says nothing and is left out of a lane's name. */
export interface Names {
  readonly planes: readonly string[]
  readonly bins: readonly string[]
  readonly channels: readonly string[]
}

/** The shape of every frame of a sequence. Plain data: it survives structuredClone and JSON. */
export interface Layout {
  readonly planes: number
  readonly bins: number
  readonly channels: number
  readonly clock: Clock
  /** Frames in the whole sequence, where known beforehand (arrays, tokenized texts). */
  readonly length?: number
  /** Set by a source that has no end (a microphone), so that what needs the end is refused when planned. */
  readonly live?: true
  readonly names: Names
}

/** Numbers of frames: float32 everywhere, but for float64 input, which poolings see with all its digits. */
export type Values = Float32Array | Float64Array

/** A block of consecutive frames, immutable once emitted. */
export interface Frames<Data extends Values = Float32Array> {
  readonly layout: Layout
  /** Index of the first frame, counted from the start of its sequence. Blocks are contiguous; lost time arrives as frames of weight 0. */
  readonly start: number
  readonly length: number
  /** length × planes × bins × channels, channel fastest. */
  readonly data: Data
  /** One per frame, finite, ≥ 0. Absent means 1; 0 means unseen, whatever the data hold, NaN included. */
  readonly weights?: Float32Array
  /** 1 where a new segment begins (a sentence, a speech turn, a beat). Absent means nowhere. */
  readonly boundaries?: Uint8Array
  /** Start and end of every frame in clock units, where the clock is irregular. */
  readonly spans?: Float64Array
  /** Where the clock is irregular: no frame that follows begins before this time. Absent means not before the last frame's start. A block that says it may have no frames. */
  readonly watermark?: number
}

export interface LayoutOptions {
  planes?: number
  /** Values per frame and channel: mel bands, embedding dimensions. Default 1. */
  bins?: number
  /** Default 1. */
  channels?: number
  /** Time from one frame to the next: seconds where `unit` is 'second' (the default when `hop` is given), else tokens. */
  hop?: number
  unit?: 'second' | 'token'
  /** How long one frame lasts, in the clock's unit. Default: `hop`. */
  span?: number
  length?: number
  live?: boolean
  names?: Partial<Names>
}

export interface FramesOptions extends Omit<LayoutOptions, 'length'> {
  /** One per frame; see {@link Frames.weights}. */
  weights?: ArrayLike<number>
  boundaries?: ArrayLike<number>
}

// Lanes, and windows over them, that any machine can hold; more is a mistake, found before memory runs out.
const most = 2 ** 24

const layoutOptions = ['planes', 'bins', 'channels', 'hop', 'unit', 'span', 'length', 'live', 'names']

/** Values in one frame: planes × bins × channels. */
export function lanesOf(layout: Layout): number {
  return layout.planes * layout.bins * layout.channels
}

/** Makes a layout; for sources. The defaults are one plane, one bin, one channel and a clock that counts tokens. */
export function layoutOf(given: LayoutOptions, who = 'layout'): Layout {
  if (typeof who !== 'string') throw refusal('layout', 'expected a name for messages', who)
  const options = known(who, given, layoutOptions)
  const planes = integer(who, 'planes', options.planes ?? 1, 1, most)
  const bins = integer(who, 'bins', options.bins ?? 1, 1, most)
  const channels = integer(who, 'channels', options.channels ?? 1, 1, most)
  const names = known(`${who}: names`, options.names ?? {}, ['planes', 'bins', 'channels'])
  const unit = oneOf(who, 'unit', options.unit ?? (options.hop === undefined ? 'token' : 'second'), ['second', 'token'])
  const hop = number(who, 'hop', options.hop ?? 1, { above: 0 })
  const span = number(who, 'span', options.span ?? hop, { min: 0 })
  return {
    planes,
    bins,
    channels,
    clock: { unit, start: 0, hop, span },
    ...(options.length === undefined ? {} : { length: integer(who, 'length', options.length, 0) }),
    ...(boolean(who, 'live', options.live ?? false) ? { live: true } : {}),
    names: {
      planes: namesFor(who, 'planes', names.planes, planes, 'plane'),
      bins: namesFor(who, 'bins', names.bins, bins, 'bin'),
      channels: namesFor(who, 'channels', names.channels, channels, 'channel'),
    },
  }
}

function namesFor(who: string, axis: string, given: readonly string[] | undefined, count: number, stem: string): readonly string[] {
  if (given === undefined) return count === 1 ? [''] : numbered(stem, count)
  const list = listIn(given) as readonly string[] | undefined
  if (!list?.every((name) => typeof name === 'string')) throw refusal(who, `names.${axis} must be a list of names`, given)
  if (list.length === count) return list
  throw refusal(who, `names.${axis} must hold ${count} names`, list.length)
}

// The last ones of each stem: layouts are often made alike.
const lastNumbered = new Map<string, readonly string[]>()

/** Names that count up, the same array as the last time for as many of a stem. */
export function numbered(stem: string, count: number): readonly string[] {
  const last = lastNumbered.get(stem)
  if (last?.length === count) return last
  const names = Object.freeze(Array.from({ length: count }, (_, i) => `${stem}${i}`))
  lastNumbered.set(stem, names)
  return names
}

/** The name of every lane in the order of the data: bin, channel, then plane ('mel12.left.mean'). */
export function laneNames(layout: Layout): string[] {
  checkLayout('laneNames', layout)
  const { names } = layout
  const all: string[] = []
  for (const plane of names.planes) {
    for (const bin of names.bins) {
      for (const channel of names.channels) all.push([bin, channel, plane].filter(Boolean).join('.') || 'value')
    }
  }
  return all
}

/**
 * Wraps an array as one whole sequence. A Float32Array is not copied, nor is a Float64Array, which poolings take as it is; features round it to float32.
 *
 * Shape: n × planes × bins × channels values, channel fastest → Frames of length n. An empty array gives no frames.
 *
 * @throws RangeError where the values do not fill whole frames, or the weights are not one finite number ≥ 0 per frame.
 * @example
 * frames([1, 2, 3, 4, 5, 6], { bins: 2, hop: 0.01 }).length // 3
 */
export function frames(data: Float64Array, options?: FramesOptions): Frames<Float64Array>
export function frames(data: ArrayLike<number>, options?: FramesOptions): Frames
export function frames(given: ArrayLike<number>, options: FramesOptions = {}): Frames<Values> {
  const who = 'frames'
  const { weights, boundaries, ...rest } = known(who, options, [...layoutOptions, 'weights', 'boundaries'])
  const data = numbersOf(who, 'data', given)
  const shape = layoutOf(rest, who)
  const lanes = lanesOf(shape)
  if (data.length % lanes !== 0) throw refusal(who, `data must hold whole frames of ${lanes} values`, data.length)
  const length = data.length / lanes
  const oneEach = (name: string, all: ArrayLike<number>) => {
    const numbers = numbersOf(who, name, all)
    if (numbers.length !== length) throw refusal(who, `${name} must hold one for each of the ${length} frames`, numbers.length)
    return numbers
  }
  const block: Frames<Values> = {
    layout: { ...shape, length },
    start: 0,
    length,
    data,
    ...(weights !== undefined && { weights: Float32Array.from(oneEach('weights', weights)) }),
    ...(boundaries !== undefined && { boundaries: Uint8Array.from(oneEach('boundaries', boundaries), (mark) => (mark ? 1 : 0)) }),
  }
  checkWeights(who, block)
  return block
}

/** Numbers as they are given, as float32 unless they are float64, which stays. */
export function numbersOf(who: string, name: string, given: unknown): Values {
  const numbers = tried(given as ArrayLike<number>, numbersIn)
  if (!numbers) throw refusal(who, `${name} must be an array of numbers`, given)
  return numbers
}

/** The same, or nothing where they are none; what is no array throws. */
export function numbersIn(given: ArrayLike<number>): Values | undefined {
  if (given instanceof Float32Array || given instanceof Float64Array) return given
  if (typeof given !== 'object' || !Number.isSafeInteger(given.length) || given.length < 0) return undefined
  // Before there is room for all: a length may be a lie.
  for (let i = 0; i < given.length; i++) if (typeof given[i] !== 'number') return undefined
  return Float32Array.from(given)
}

/**
 * Wraps PCM samples, interleaved where there are several channels, as one whole sequence of one-sample frames. Nothing is scaled.
 *
 * @param samples nominally −1 … 1
 * @param options.rate samples per second
 * @example
 * signal(new Float32Array(16000), { rate: 16000 }).layout.clock.hop // 1 / 16000
 */
export function signal(samples: ArrayLike<number>, options: { rate: number; channels?: number }): Frames {
  const { rate, channels = 1 } = known('signal', options, ['rate', 'channels'])
  const shape = signalShape(rate, channels, 'signal')
  const data = numbersOf('signal', 'samples', samples)
  if (data.length % channels !== 0) throw refusal('signal', `samples must be as many for each of the ${channels} channels`, data.length)
  return frames(data instanceof Float32Array ? data : Float32Array.from(data), shape)
}

/** The layout of PCM, without its length. */
export function signalShape(rate: number, channels: number, who: string): { hop: number; span: number; channels: number } {
  number(who, 'rate', rate, { above: 0 })
  number(who, 'the time of one sample', 1 / rate, { above: 0 })
  return { hop: 1 / rate, span: 1 / rate, channels: integer(who, 'channels', channels, 1, most) }
}

/** Frames per second of a regular clock in seconds. 1 / (1 / 44100) is not 44100 in floating point, so near-integers are rounded. */
export function rateOf(clock: Clock, who: string): number {
  if (clock.unit !== 'second' || clock.hop === undefined)
    throw new TypeError(
      `${who}: expected frames at a regular rate in seconds, got ${clock.unit === 'token' ? 'tokens' : 'an irregular clock'}`,
    )
  const rate = 1 / clock.hop
  const whole = Math.round(rate)
  return Math.abs(rate - whole) < 1e-9 * rate ? whole : rate
}

/** Start and end of frame `index` of a sequence (its absolute index), in clock units; `block` must hold it where the clock is irregular. */
export function spanOf(block: Frames<Values>, index: number): [start: number, end: number] {
  const at = index - block.start
  if (block.spans) return [block.spans[2 * at]!, block.spans[2 * at + 1]!]
  const { start, hop = 1, span = hop } = block.layout.clock
  return [start + index * hop, start + index * hop + span]
}

/** Throws a DataError at the first weight that is not a finite number ≥ 0. */
export function checkWeights(who: string, { weights, start, length }: Pick<Frames<Values>, 'weights' | 'start' | 'length'>): void {
  if (weights === undefined) return
  checkCount(who, 'weights', weights, Float32Array, length, start)
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!
    if (!(weight >= 0 && weight < Infinity)) {
      throw new DataError(`${who}: weights must be finite numbers ≥ 0, got ${weight} at frame ${start + i}`, { frame: start + i })
    }
  }
}

function checkCount(
  who: string,
  what: string,
  values: Values | Uint8Array,
  kind: Float32ArrayConstructor | Float64ArrayConstructor | Uint8ArrayConstructor,
  count: number,
  frame: number,
): void {
  const got = values instanceof kind ? values.length : show(values)
  if (got !== count) throw new DataError(`${who}: ${what} must be a ${kind.name} of ${count} values, got ${got}`, { frame })
}

/** Refuses what is no layout. */
export function checkLayout(who: string, layout: Layout): void {
  if (!tried(layout, (given) => isLayout(given) && lanesOf(given) <= most))
    throw refusal(who, 'expected a layout, as that of frames()', layout)
}

function isLayout({ planes, bins, channels, clock: { unit, start, hop = 1, span = 0 }, names, length = 0 }: Layout): boolean {
  return (
    [names.planes, names.bins, names.channels].every(Array.isArray) &&
    [planes, bins, channels, length + 1].every((count) => Number.isSafeInteger(count) && count > 0) &&
    [start, hop, span].every(Number.isFinite) &&
    hop > 0 &&
    (unit === 'second' || unit === 'token')
  )
}

/** Refuses what is no block at all, or one of no layout. */
export function checkFrames(who: string, block: Frames<Values>): void {
  if (!tried(block, ({ layout, length }) => isLayout(layout) && Number.isSafeInteger(length) && length >= 0)) {
    // What sources give of files is easily taken for it.
    const got = tried(block as object, (given) => 'frames' in given || 'subscribe' in given) ? 'a Sequence: use eachSequence' : show(block)
    throw new DataError(`${who}: expected Frames, as frames() and toFrames() give, got ${got}`)
  }
}

/** Refuses what is no block of frames, or one whose parts do not fit together. */
export function checkBlock(who: string, block: Frames<Values>): void {
  checkFrames(who, block)
  const { layout, start, length, data, boundaries, spans } = block
  checkCount(who, 'data', data, data instanceof Float64Array ? Float64Array : Float32Array, length * lanesOf(layout), start)
  checkWeights(who, block)
  if (boundaries !== undefined) checkCount(who, 'boundaries', boundaries, Uint8Array, length, start)
  if (layout.clock.hop === undefined && !spans)
    throw new DataError(`${who}: frames of an irregular clock must have spans, got none`, { frame: start })
  if (spans !== undefined) checkCount(who, 'spans', spans, Float64Array, 2 * length, start)
}

/** Joins blocks that follow one another into one; `undefined` stands for nothing. */
export function join<Data extends Values>(blocks: readonly (Frames<Data> | undefined)[]): Frames<Data> | undefined {
  const parts = blocks.filter((block): block is Frames<Data> => block !== undefined && block.length > 0)
  const first = parts[0]
  if (first === undefined || parts.length === 1) return first ?? blocks.find((block) => block !== undefined)
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  /** What any of them has of a name, `each` values a frame, in an array of its own; where one has it not, `usual` stands. */
  const gather = (name: 'data' | 'weights' | 'boundaries' | 'spans', each: number, usual = 0) => {
    const one = parts.find((part) => part[name])?.[name]
    if (!one) return undefined
    const all = new (one.constructor as new (length: number) => Values)(length * each)
    if (usual) all.fill(usual)
    let at = 0
    for (const part of parts) {
      const own = part[name]
      if (own) all.set(own, at)
      at += each * part.length
    }
    return { [name]: all }
  }
  const joined = { ...gather('data', lanesOf(first.layout)), ...gather('weights', 1, 1), ...gather('boundaries', 1), ...gather('spans', 2) }
  return { layout: first.layout, start: first.start, length, ...(joined as Pick<Frames<Data>, 'data'>) }
}

/** Frames `from` (inclusive) to `to` (exclusive) of a block, counted within it, sharing its memory. */
export function slice<Data extends Values>(block: Frames<Data>, from: number, to: number): Frames<Data> {
  const lanes = lanesOf(block.layout)
  return {
    layout: block.layout,
    start: block.start + from,
    length: to - from,
    data: block.data.subarray(from * lanes, to * lanes) as Data,
    ...(block.weights && { weights: block.weights.subarray(from, to) }),
    ...(block.boundaries && { boundaries: block.boundaries.subarray(from, to) }),
    ...(block.spans && { spans: block.spans.subarray(2 * from, 2 * to) }),
  }
}

/** The frames of a block from one on, in memory of their own: a state must not hold on to a long block. */
export function copyFrom<Data extends Values>(block: Frames<Data>, from: number): Frames<Data> {
  const { weights, boundaries, spans, data, ...rest } = slice(block, from, block.length)
  return {
    ...rest,
    data: data.slice() as Data,
    ...(weights && { weights: weights.slice() }),
    ...(boundaries && { boundaries: boundaries.slice() }),
    ...(spans && { spans: spans.slice() }),
  }
}

/** One sequence's frames cut into blocks of `size`: for tests and for feeding arrays to streams. */
export function* blocks<Data extends Values>(block: Frames<Data>, size: number): Generator<Frames<Data>, void, undefined> {
  checkBlock('blocks', block)
  integer('blocks', 'size', size, 1)
  for (let from = 0; from < block.length; from += size) yield slice(block, from, Math.min(from + size, block.length))
}
