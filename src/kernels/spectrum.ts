import { arenaEnd, arenaIfReady, tablesAt } from './arena.ts'
import { circle, passesOf } from './fourier.ts'

/** From the samples of a frame to its bands. */
export interface Analysis {
  /** Samples of the Fourier transform. Those of a frame, as many as the taper has, stand in it from `lead` on; the others are 0. */
  readonly size: number
  readonly lead: number
  readonly taper: Float32Array
  /** 2 for |X|², 1 for |X|. */
  readonly power: 1 | 2
  /** Band b sums the weights `starts[b]` (inclusive) to `starts[b + 1]` (exclusive), the first of them times bin `firsts[b]`. */
  readonly filters: { readonly firsts: Int32Array; readonly starts: Int32Array; readonly weights: Float32Array }
  /** ln(max(x, floor) + offset)·scale. */
  readonly logarithm?: { readonly floor: number; readonly offset: number; readonly scale: number }
}

/**
 * Frames of a signal to bands. Frame i starts at `samples[at + i·hop]`; its band b goes to `out[to + (i·bands + b)·step]`.
 * `redo` is called for each frame whose spectrum is not finite: plain code has to write it.
 *
 * @returns false where nothing was done: the kernels are not there, or the transform is too large for them
 */
export type Analyze = (
  samples: Float32Array,
  at: number,
  hop: number,
  count: number,
  out: Float32Array,
  to: number,
  step: number,
  redo: (frame: number) => void,
) => boolean

// Below the tables: so many samples and bands at a time, and a total for each frame.
const values = 2 ** 15
const samplesAt = 16
const outAt: number = samplesAt + 4 * (values + 4)
const totalsAt: number = outAt + 4 * values
// More at a time would leave the cache.
const frames = 128
// So many frames one by one cost less than four at a time of which the others are nothing.
const few = 2

/** Short-time spectra, filtered and in logarithms, four frames at a time: to the bit what `windowed`, `writePower`, a filterbank and `logarithmOf` of the features give frame by frame. */
export function analysis(options: Analysis): Analyze {
  const length = options.taper.length
  const bands = options.filters.firsts.length
  let tables: Uint8Array | undefined
  const alone = byItself(options.size)
  return (samples, at, hop, count, out, to, step, redo) => {
    const arena = arenaIfReady()
    const most = Math.min(frames, 1 + Math.floor((values - length) / hop), Math.floor(values / bands)) & ~3
    if (!arena || most < 4) return false
    tables ??= tablesOf(options)
    if (tables.length === 0) return false
    const { floats, kernels } = arena
    if (arena.owner !== tables) arena.bytes.set(tables, tablesAt)
    arena.owner = tables
    const together = alone && count % 4 <= few ? count - (count % 4) : count
    for (let first = 0, some = 0; first < count; first += some) {
      some = first < together ? Math.min(most, together - first) : 1
      const from = at + first * hop
      floats.set(samples.subarray(from, from + (some - 1) * hop + length), samplesAt / 4)
      if (first < together) kernels.analyze(tablesAt, samplesAt, hop, some, outAt, totalsAt)
      else floats[totalsAt / 4] = kernels.analyzeOne(tablesAt, samplesAt, outAt)
      const start = to + first * bands * step
      if (step === 1) out.set(floats.subarray(outAt / 4, outAt / 4 + some * bands), start)
      else for (let i = 0; i < some * bands; i++) out[start + i * step] = floats[outAt / 4 + i]!
      for (let i = 0; i < some; i++) if (!(floats[totalsAt / 4 + i]! < Infinity)) redo(first + i)
    }
    return true
  }
}

/** Whether there is a kernel for single frames: it takes four of a frame's elements at a time, from the first pass, of radix 4, to the middle of the spectrum. */
function byItself(size: number): boolean {
  return size >= 64 && size % 16 === 0
}

/** The tables as they stand in the arena, first the fields of `Analysis` in assembly/spectrum.ts; nothing where there is no room for them and for the work. */
function tablesOf({ size, lead, taper, power, filters, logarithm }: Analysis): Uint8Array {
  const elements = size % 2 === 0 ? size / 2 : size
  const passes = passesOf(elements)
  const fields = new ArrayBuffer(4 * 20)
  const list = new Int32Array(5 * passes.length + 1)
  const alone = byItself(size)
  const others = new Int32Array(alone ? 5 * passes.length - 4 : 0)
  const parts: [at: number, data: ArrayBuffer | Float32Array | Int32Array][] = []
  let end = 0
  const room = (bytes: number): number => {
    const at = end
    // What is read in fours may end behind the last.
    end += (bytes + 31) & ~15
    return tablesAt + at
  }
  const place = (data: ArrayBuffer | Float32Array | Int32Array): number => {
    const at = room(data.byteLength)
    parts.push([at - tablesAt, data])
    return at
  }
  place(fields)
  for (const [i, { radix, groups, stride, cos, sin, unit }] of passes.entries()) {
    const [twiddles, units] = [place(pairs(cos, sin)), place(pairs(...unit))]
    list.set([radix, groups, stride, twiddles, units], 5 * i)
    if (alone && i > 0) others.set([radix, groups, stride / 4, twiddles, units], 5 * i - 5)
  }
  const words = [size, lead, taper.length, place(taper), place(list), place(pairs(...circle(size, Math.floor(size / 2) + 1)))]
  const filtered = inFours(filters).map(place)
  const rest = place(others)
  const bytes = new Uint8Array(end)
  const work = [room(32 * elements), room(32 * elements), room(16 * (Math.floor(size / 2) + 4)), room(16 * filters.firsts.length)]
  if (end > arenaEnd - tablesAt) return new Uint8Array(0)
  new Int32Array(fields).set([...words, ...work, power, filters.firsts.length, ...filtered, logarithm ? 1 : 0])
  if (logarithm) new Float32Array(fields).set([logarithm.floor, logarithm.offset, logarithm.scale], 16)
  new Int32Array(fields)[19] = rest
  for (const [at, data] of parts)
    bytes.set(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
  return bytes
}

/** Filters of whole fours of weights, the last filled up with zeros: a sum of finite numbers stays what it is. Starts count fours. */
function inFours({ firsts, starts, weights }: Analysis['filters']): [firsts: Int32Array, starts: Int32Array, weights: Float32Array] {
  const fours = new Int32Array(starts.length)
  for (let band = 0; band < firsts.length; band++) fours[band + 1] = fours[band]! + Math.ceil((starts[band + 1]! - starts[band]!) / 4)
  const filled = new Float32Array(4 * fours.at(-1)!)
  for (let band = 0; band < firsts.length; band++) filled.set(weights.subarray(starts[band]!, starts[band + 1]!), 4 * fours[band]!)
  return [firsts, fours, filled]
}

function pairs(cos: Float32Array, sin: Float32Array): Float32Array {
  return Float32Array.from({ length: 2 * cos.length }, (_, i) => (i % 2 === 0 ? cos : sin)[i >> 1]!)
}
