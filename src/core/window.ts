import { boolean, integer, known, number, oneOf, refusal } from './check.ts'
import type { Clock } from './frames.ts'

/** A number of frames, or a duration: '1s', '100ms', '0.5s'; rounded to frames, at least one. */
export type Size = number | `${number}s` | `${number}ms`

export interface WindowOptions {
  /** Taps in one window. */
  size: Size
  /** From one window to the next. Default: `size`. */
  stride?: Size
  /** From one tap to the next. Default 1. */
  dilation?: number
  /**
   * 'valid' (the default): windows lie inside the input. 'same': ⌈length / stride⌉ windows, what is missing added half on the left, the rest on the right, as in Keras.
   * A number or a pair: that many unseen frames before and after.
   */
  padding?: 'valid' | 'same' | number | readonly [before: number, after: number]
  /** Whether padding counts as frames of zeros that were seen, so that a mean divides by them too; default false: padding is never seen. */
  includePad?: boolean
  /** 'drop' (the default) leaves out a last window that is not full, 'keep' emits it where the windows before it do not reach the end. */
  partial?: 'drop' | 'keep'
}

/** A window with everything resolved to frames. */
export interface Window {
  readonly size: number
  readonly stride: number
  readonly dilation: number
  /** Frames from the first tap to the last, both counted: dilation·(size − 1) + 1. */
  readonly extent: number
  /** Unseen frames before and after the input; 'length' where they follow from its length. */
  readonly padding: readonly [before: number, after: number] | 'length'
  readonly includePad: boolean
  readonly partial: 'drop' | 'keep'
}

export const windowOptions: readonly (keyof WindowOptions)[] = ['size', 'stride', 'dilation', 'padding', 'includePad', 'partial']

/** Checks what needs no layout, so that a bad option fails before data flows. */
export function checkWindow(who: string, options: WindowOptions): void {
  known(who, options, windowOptions)
  resolveWindow(who, options, undefined)
}

/**
 * A window's sizes in frames. Without a clock durations cannot be resolved; they count as one frame, for checking alone.
 * @throws RangeError or TypeError for sizes, strides, dilations and paddings that make no window.
 */
export function resolveWindow(who: string, options: WindowOptions, clock: Clock | undefined): Window {
  const size = inFrames(who, 'size', options.size, clock)
  const stride = inFrames(who, 'stride', options.stride ?? options.size, clock)
  const dilation = integer(who, 'dilation', options.dilation ?? 1, 1)
  const extent = dilation * (size - 1) + 1
  const partial = oneOf(who, 'partial', options.partial ?? 'drop', ['drop', 'keep'])
  const includePad = boolean(who, 'includePad', options.includePad ?? false)
  const given = options.padding ?? 'valid'
  if (given === 'same') {
    if (partial === 'keep') throw new TypeError(`${who}: partial 'keep' has no effect with padding 'same', got both`)
    // ⌈L / 1⌉ windows need extent − 1 frames more than there are, whatever L is.
    return { size, stride, dilation, extent, includePad, partial, padding: stride === 1 ? halves(extent - 1) : 'length' }
  }
  const pair = given === 'valid' ? [0, 0] : typeof given === 'number' ? [given, given] : given
  if (!Array.isArray(pair) || pair.length !== 2) throw refusal(who, "padding must be 'valid', 'same', a number or a pair of numbers", given)
  // A wider padding would make windows that see nothing. A duration has no frames yet, so it is checked when planned.
  const most = clock === undefined && typeof options.size === 'string' ? Number.MAX_SAFE_INTEGER : extent - 1
  const padding = [integer(who, 'padding before', pair[0], 0, most), integer(who, 'padding after', pair[1], 0, most)] as const
  return { size, stride, dilation, extent, padding, includePad, partial }
}

/** Padding of a window over an input of known length: 'same' is ⌈L/s⌉ windows, the odd frame after. */
export function paddingFor({ padding, stride, extent }: Window, length: number): readonly [before: number, after: number] {
  return padding === 'length' ? halves(Math.max(0, (Math.ceil(length / stride) - 1) * stride + extent - length)) : padding
}

function halves(total: number): readonly [before: number, after: number] {
  return [Math.floor(total / 2), Math.ceil(total / 2)]
}

/** Windows over an input of known length. */
export function outputLength(window: Window, length: number): number {
  const [before, after] = paddingFor(window, length)
  const { extent, stride, partial } = window
  const room = length + before + after - extent
  const full = room < 0 ? 0 : Math.floor(room / stride) + 1
  if (partial === 'drop' || length === 0) return full
  // One more where frames are left over, if it starts inside the input or the padding before it.
  const reached = full === 0 ? 0 : (full - 1) * stride + extent
  const more = reached < length + before + after && full * stride < length + before
  return more ? full + 1 : full
}

/** First and last + 1 input index of window `i` of `count` over `length`: ⌊iL/n⌋ … ⌈(i+1)L/n⌉, in integers, since float32 is off by one from 2²⁴ on. */
export function adaptiveWindow(i: number, count: number, length: number): [from: number, to: number] {
  return [Math.floor((i * length) / count), Math.ceil(((i + 1) * length) / count)]
}

/** A number of frames or a duration in frames. */
export function inFrames(who: string, name: string, value: Size, clock: Clock | undefined): number {
  if (typeof value !== 'string') return integer(who, name, value, 1)
  const parsed = /^(\d+(?:\.\d+)?|\.\d+)(ms|s)$/.exec(value)
  if (!parsed) throw refusal(who, `${name} must be a number of frames or a duration such as '1s' or '100ms'`, value)
  const seconds = number(who, name, Number(parsed[1]), { above: 0 }) / (parsed[2] === 'ms' ? 1000 : 1)
  if (clock === undefined) return 1
  if (clock.unit !== 'second' || clock.hop === undefined) {
    throw refusal(
      who,
      `${name} must be a number of frames where the input has ${clock.unit === 'token' ? 'tokens' : 'no regular hop'}`,
      value,
    )
  }
  return Math.max(1, Math.round(seconds / clock.hop))
}

/**
 * What one window reads, first tap first: input indices, and −1 for each tap in padding that counts. Taps that overrun both input and padding, as in a last
 * window that is not full, are never counted.
 */
export function taps(window: Window, length: number, i: number): number[] {
  const [before, after] = paddingFor(window, length)
  const all: number[] = []
  for (let k = 0; k < window.size; k++) {
    const t = i * window.stride - before + k * window.dilation
    if (t >= 0 && t < length) all.push(t)
    else if (window.includePad && t < length + after) all.push(-1)
  }
  return all
}
