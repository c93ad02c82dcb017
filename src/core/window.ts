import { integer as checkInteger, isList, type Json, refusal } from './check.ts'
import { duration, inFrames } from './duration.ts'
import type { Clock } from './frames.ts'
import { boolean, checked, type Given, integer, oneOf, type Read } from './options.ts'

/** Whose rules a window follows. */
export type Dialect = (typeof dialects)[number]
export const dialects = ['keras', 'torch', 'onnx'] as const

/** A window with everything resolved to frames. */
export interface Window {
  readonly size: number
  readonly stride: number
  readonly dilation: number
  /** Frames from the first tap to the last, both counted: dilation·(size − 1) + 1. */
  readonly extent: number
  /** Frames before and after the input; the rule where they follow from its length. */
  readonly padding: readonly [before: number, after: number] | 'same' | 'same-lower'
  readonly includePad: boolean
  readonly partial: 'drop' | 'keep'
  readonly dialect: Dialect | undefined
}

/** What stands before and after an axis. */
type Padding = 'valid' | 'same' | 'same-lower' | number | readonly [before: number, after: number]

const rules: readonly Json[] = ['valid', 'same', 'same-lower']

/** Options of a window that mean the same on every axis. */
export const commonWindowOptions = {
  /** Whether padding counts as frames of zeros that were seen, so that a mean divides by them too; else padding is never seen (count_include_pad). */
  includePad: boolean().optional("false, but of a mean with dialect 'torch' true"),
  /** Whether a last window that is not full is left out, or emitted where the windows before it do not reach the end (ceil_mode). */
  partial: oneOf('drop', 'keep').default('drop'),
  /** Another library's defaults and rules: 'onnx' has stride 1 by default; 'torch' counts padding in means; what the library refuses is refused. */
  dialect: oneOf(...dialects).optional('none'),
}

/** The options of a window over one axis. */
export const windowOptions = {
  /** How many taps a window has (kernel_size, pool_size). */
  size: duration(),
  /** From one window to the next (strides). */
  stride: duration().optional('size'),
  /** From one tap to the next. */
  dilation: integer(1).default(1),
  /**
   * 'valid': windows lie inside the input. 'same': ⌈length / stride⌉ windows, what is missing added half before, the rest after, as in Keras; 'same-lower': the odd one before.
   * A number or a pair: that many unseen frames before and after.
   */
  padding: checked<Padding>(
    {
      anyOf: [
        { enum: rules },
        { type: 'integer', minimum: 0 },
        { type: 'array', items: { type: 'integer', minimum: 0 }, minItems: 2, maxItems: 2 },
      ],
    },
    (who, name, value) => {
      if (rules.includes(value as Json) || typeof value === 'number' || (isList(value) && value.length === 2)) return value as Padding
      throw refusal(who, `${name} must be 'valid', 'same', 'same-lower', a number or a pair of numbers`, value)
    },
  ).default('valid'),
  ...commonWindowOptions,
}

export type WindowOptions = Given<typeof windowOptions>
/** A window's options as they were read. */
export type ReadWindow = Read<typeof windowOptions>

/**
 * A window's sizes in frames. Without a clock durations cannot be resolved; they count as one frame, for checking alone.
 * @throws RangeError or TypeError for sizes, strides, dilations and paddings that make no window, or none in the dialect
 */
export function resolveWindow(who: string, options: ReadWindow, clock: Clock | undefined): Window {
  const { dialect, dilation, partial, includePad = false, padding: given, ...sizes } = options
  const size = inFrames(who, 'size', sizes.size, clock)
  const stride = inFrames(who, 'stride', sizes.stride ?? (dialect === 'onnx' ? 1 : sizes.size), clock)
  const extent = dilation * (size - 1) + 1
  const pair = given === 'valid' ? [0, 0] : typeof given === 'number' ? [given, given] : given
  const rest = { size, stride, dilation, extent, includePad, partial, dialect }
  if (dialect !== undefined) checkDialect(who, dialect, { ...rest, padding: given }, pair)
  if (typeof pair === 'string') {
    if (partial === 'keep') throw new TypeError(`${who}: partial 'keep' has no effect with padding '${pair}', got both`)
    // ⌈L / 1⌉ windows need extent − 1 frames more than there are, whatever L is.
    return { ...rest, padding: stride === 1 ? halves(extent - 1, pair) : pair }
  }
  // A wider padding would make windows that see nothing. A duration has no frames yet, so it is checked when planned.
  const most = clock === undefined && typeof sizes.size === 'string' ? Number.MAX_SAFE_INTEGER : extent - 1
  const padding = [checkInteger(who, 'padding before', pair[0], 0, most), checkInteger(who, 'padding after', pair[1], 0, most)] as const
  return { ...rest, padding }
}

/** What the reference refuses is refused. */
function checkDialect(
  who: string,
  dialect: Dialect,
  { size, stride, dilation, partial, includePad, padding }: Omit<Window, 'extent' | 'dialect' | 'padding'> & { readonly padding: Padding },
  pair: readonly number[] | string,
): void {
  const refuse = (expected: string, got: unknown): never => {
    throw refusal(who, `with dialect '${dialect}' ${expected}`, got)
  }
  if (dialect === 'keras') {
    if (padding !== 'valid' && padding !== 'same') refuse("padding must be 'valid' or 'same'", padding)
    if (partial === 'keep') refuse("partial must be 'drop'", partial)
    if (includePad) refuse('includePad must be false', includePad)
    if (dilation > 1 && stride > 1) refuse(`stride must be 1 where dilation is ${dilation}`, stride)
  }
  if (dialect === 'torch') {
    const [before, after] = typeof pair === 'string' ? refuse('padding must be a number', padding) : pair
    if (before !== after) refuse('padding must be the same on both sides', padding)
    if (before > size / 2) refuse(`padding must be at most half the size, ${Math.floor(size / 2)}`, before)
  }
}

/** Whether a window's padding, and so where its first window starts, follows from the length of the input. */
export function needsLength({ padding }: Window): boolean {
  return typeof padding === 'string'
}

/** Padding of a window over an input of known length: 'same' is ⌈L/s⌉ windows, the odd frame after; 'same-lower' puts it before. */
export function paddingFor({ padding, stride, extent }: Window, length: number): readonly [before: number, after: number] {
  if (typeof padding !== 'string') return padding
  return halves(Math.max(0, (Math.ceil(length / stride) - 1) * stride + extent - length), padding)
}

function halves(total: number, rule: 'same' | 'same-lower'): readonly [before: number, after: number] {
  const less = Math.floor(total / 2)
  return rule === 'same' ? [less, total - less] : [total - less, less]
}

/** Windows over an input of known length. */
export function outputLength(window: Window, length: number): number {
  const [before, after] = paddingFor(window, length)
  const { extent, stride, partial, dialect } = window
  const room = length + before + after - extent
  // PyTorch's and ONNX's ceil modes round up what is missing too, but not past one stride.
  if (dialect !== undefined && room <= -stride) return 0
  const full = room < 0 ? 0 : Math.floor(room / stride) + 1
  if (partial === 'drop' || length === 0) return full
  // One more where frames are left over, if it starts inside the input or the padding before it.
  const reached = full === 0 ? 0 : (full - 1) * stride + extent
  const more = reached < length + before + after && full * stride < length + before
  return more ? full + 1 : full
}

/** What windows over an axis read: window i the positions `firsts[i] + k·step`, k < `counts[i]`. */
export interface Taps {
  readonly firsts: Int32Array
  readonly counts: Int32Array
  readonly step: number
}

/** An axis as windows see it: positions from `low` to `high`, counted padding among them. */
export interface Extent {
  readonly low: number
  readonly high: number
}

/** Where there is something to be seen: the input, and the padding around it where that counts. */
export function extentOf(window: Window, length: number): Extent {
  const [before, after] = window.includePad ? paddingFor(window, length) : [0, 0]
  return { low: -before, high: length + after }
}

/** What windows `from` (inclusive) to `to` (exclusive) read; positions are counted from `origin`. Taps outside of `low` to `high` are none. */
export function tapsOf(
  { size, stride, dilation, extent }: Window,
  before: number,
  from: number,
  to: number,
  low: number,
  high: number,
  origin: number,
): Taps {
  const firsts = new Int32Array(to - from)
  const counts = new Int32Array(to - from).fill(size)
  for (let i = from; i < to; i++) {
    const start = i * stride - before
    // Nearly all lie inside.
    if (start >= low && start + extent <= high) {
      firsts[i - from] = start - origin
      continue
    }
    const first = start < low ? Math.ceil((low - start) / dilation) : 0
    const inside = Math.min(size, Math.floor((high - 1 - start) / dilation) + 1)
    counts[i - from] = Math.max(0, inside - first)
    if (inside > first) firsts[i - from] = start + first * dilation - origin
  }
  return { firsts, counts, step: dilation }
}

/** What all windows over an axis of known length read, in positions from the extent's first on. */
export function allTaps(window: Window, length: number): Taps {
  const { low, high } = extentOf(window, length)
  return tapsOf(window, paddingFor(window, length)[0], 0, outputLength(window, length), low, high, low)
}

/** What windows given by their first and last + 1 position read. */
export function spanTaps(spans: readonly (readonly [from: number, to: number])[]): Taps {
  return { firsts: Int32Array.from(spans, ([from]) => from), counts: Int32Array.from(spans, ([from, to]) => to - from), step: 1 }
}

/** The positions that each window reads. */
export function listsOf({ firsts, counts, step }: Taps): number[][] {
  return Array.from(firsts, (first, i) => Array.from({ length: counts[i]! }, (_, k) => first + k * step))
}

/** How a sequence is cut into windows whose number is given. */
export type AdaptiveRule = (typeof adaptiveRules)[number]
export const adaptiveRules = ['torch', 'spp', 'caffe'] as const

/**
 * First and last + 1 input index of each window over `length` frames, in integers, since float32 is off by one from 2²⁴ on.
 *
 * 'torch': ⌊iL/n⌋ … ⌈(i+1)L/n⌉. 'spp', as He et al. 2014 write it: windows of ⌈L/n⌉ at strides of ⌊L/n⌋, which for some lengths are more than n.
 * 'caffe': windows and strides of ⌈L/n⌉ over an input padded by half of what is missing on either side.
 */
export function adaptiveWindows(rule: AdaptiveRule, count: number, length: number): readonly (readonly [from: number, to: number])[] {
  if (rule === 'torch') {
    return Array.from({ length: count }, (_, i) => [Math.floor((i * length) / count), Math.ceil(((i + 1) * length) / count)] as const)
  }
  const size = Math.ceil(length / count)
  if (rule === 'spp') {
    const stride = Math.max(1, Math.floor(length / count))
    return Array.from({ length: Math.floor((length - size) / stride) + 1 }, (_, i) => [i * stride, i * stride + size] as const)
  }
  const before = Math.floor((size * count - length + 1) / 2)
  return Array.from({ length: count }, (_, i) => [Math.max(0, i * size - before), Math.min(length, (i + 1) * size - before)] as const)
}
