import { DataError } from '../../core/check.ts'
import { type Frames, type Layout, lanesOf, rateOf } from '../../core/frames.ts'
import { type Plan, planOf, type StageSpec } from '../../core/stage.ts'
import type { Analyze } from '../../kernels/spectrum.ts'

/** How a signal is cut into overlapping frames: frame i takes `length` samples from index first + i·hop on. */
export interface Framing {
  readonly length: number
  readonly hop: number
  /** Index of the first sample of frame 0; negative where frames reach before the signal. */
  readonly first: number
  /** What stands before and after the signal. 'reflect' leaves out the sample at the edge, 'mirror' repeats it. */
  readonly padding: 'zeros' | 'reflect' | 'mirror'
  /** Samples that there must be for any frame. Reflection needs as many as it reflects. */
  readonly least: number
  /** Samples before the end that padding after it may look at. */
  readonly tail: number
  /** Frames of a signal of so many samples; never fewer for more samples. */
  count(samples: number): number
}

// Frames that a kernel gets at a time, where blocks are that long.
const batch = 64

/** Computes one frame: reads `samples` from `at` on, writes lane i to `out[to + i·step]`. */
export type Analysis = (samples: Float32Array, at: number, out: Float32Array, to: number, step: number) => void

/** The layout of frames cut from samples; refuses input that is not samples. */
export function framedLayout(who: string, input: Layout, framing: Framing, planes: readonly string[], bins: readonly string[]): Layout {
  checkSamples(who, input)
  const rate = rateOf(input.clock, who)
  const { length: samples, ...rest } = input
  return {
    ...rest,
    planes: planes.length,
    bins: bins.length,
    clock: {
      unit: 'second',
      start: input.clock.start + framing.first / rate,
      hop: framing.hop / rate,
      span: framing.length / rate,
    },
    ...(samples === undefined ? {} : { length: framing.count(samples) }),
    names: { planes, bins, channels: input.names.channels },
  }
}

/** Refuses frames of more than one value a channel. */
export function checkSamples(who: string, input: Layout): void {
  if (input.planes !== 1 || input.bins !== 1)
    throw new TypeError(
      `${who}: expected samples, one value for each channel, got frames of ${input.planes} × ${input.bins} × ${input.channels}`,
    )
}

/**
 * A plan that cuts a signal into frames and analyzes each, every channel by itself.
 * `many` computes what `one` does for many frames at once, where it can.
 * A frame is unseen if any of its samples is; it is a boundary if a sample it is the first to cover is one; it is NaN if any of its samples is not finite.
 */
export function planFramed(spec: StageSpec, input: Layout, layout: Layout, framing: Framing, one: Analysis, many?: Analyze): Plan {
  const { length, hop, first, padding, least, tail } = framing
  const channels = input.channels
  const lanes = lanesOf(layout)
  // Whatever frames still need fits in half of what is held, so that samples are moved once at most.
  const capacity = Math.max(2 * (2 * length + Math.abs(first) + least + tail + 16), many ? batch * hop + length : 0)
  const scratch = new Float32Array(length)

  /** Frames that can be computed from so many samples, whatever follows. */
  const computable = (samples: number): number =>
    samples < least ? 0 : Math.max(0, Math.min(framing.count(samples), Math.floor((samples - length - first) / hop) + 1))

  return planOf({
    spec,
    input,
    layout,
    // What is reflected at the end may be more than a frame sees.
    reach: { size: length, stride: hop, latency: length - 1, ...(tail <= length && { local: true as const }) },
    start: () => ({
      /** Samples from `base` to `seen`, channel by channel. */
      held: Array.from({ length: channels }, () => new Float32Array(capacity)),
      base: 0,
      seen: 0,
      /** For every held sample, the last unseen one up to and with it; −1 for none. Before `noted` none of those held is unseen, so nothing is written there. */
      unseen: new Float64Array(capacity),
      lastUnseen: -1,
      noted: 0,
      /** The next frame. */
      next: 0,
      /** Frames still to come that are a boundary. */
      marked: [] as number[],
    }),
    run(live) {
      const note = ({ weights, boundaries }: Frames, from: number, count: number): void => {
        if (!weights && !boundaries) {
          if (live.lastUnseen < live.base) live.noted = live.seen + count
          else live.unseen.fill(live.lastUnseen, live.seen - live.base, live.seen - live.base + count)
          return
        }
        for (let k = 0; k < count; k++) {
          const t = live.seen + k
          if (weights?.[from + k] === 0) live.lastUnseen = t
          live.unseen[t - live.base] = live.lastUnseen
          if (!boundaries?.[from + k]) continue
          const frame = Math.max(0, Math.floor((t - first - length) / hop) + 1)
          if (live.marked.at(-1) !== frame) live.marked.push(frame)
        }
      }
      /** Takes samples of a block from index `from` on, as many as there is room for, and says how many. */
      const hold = (frames: Frames, from: number): number => {
        if (live.seen - live.base === capacity) forget()
        const at = live.seen - live.base
        const count = Math.min(frames.length - from, capacity - at)
        const { data } = frames
        if (channels === 1) live.held[0]!.set(count === data.length ? data : data.subarray(from, from + count), at)
        else
          for (const [c, samples] of live.held.entries()) for (let k = 0; k < count; k++) samples[at + k] = data[(from + k) * channels + c]!
        note(frames, from, count)
        live.seen += count
        return count
      }
      const forget = (): void => {
        const keep = Math.max(live.base, Math.min(live.next * hop + first, live.seen - tail))
        for (const samples of [...live.held, live.unseen]) samples.copyWithin(0, keep - live.base, live.seen - live.base)
        live.base = keep
      }
      const gather = (samples: Float32Array, from: number): void => {
        for (let k = 0; k < length; k++) {
          const t = from + k
          const inside = t >= 0 && t < live.seen ? t : padding === 'zeros' ? -1 : reflected(t, live.seen, padding)
          scratch[k] = inside < 0 ? 0 : samples[inside - live.base]!
        }
      }
      const isUnseen = (from: number): boolean => {
        const to = from + length
        const edge = padding === 'mirror' ? 0 : 1
        const low = padding !== 'zeros' && to > live.seen ? Math.min(from, 2 * live.seen - edge - to) : from
        const high = padding !== 'zeros' && from < 0 ? Math.max(to, edge - from) : to
        const last = Math.min(high, live.seen) - 1
        return last >= live.noted && live.unseen[last - live.base]! >= Math.max(low, 0)
      }
      /** Computes one channel of frame `next`. */
      const compute = (out: Output, next: number, c: number): void => {
        const from = next * hop + first
        const samples = live.held[c]!
        const whole = from >= 0 && from + length <= live.seen
        if (!whole) gather(samples, from)
        const source = whole ? samples : scratch
        const at = whole ? from - live.base : 0
        const i = next - out.start
        const to = i * lanes + c
        if (finite(source, at, length)) one(source, at, out.data, to, channels)
        else for (let lane = to; lane < (i + 1) * lanes; lane += channels) out.data[lane] = NaN
      }
      /** Computes the frames up to `until` that lie within the signal, and says where they end. */
      const computeMany = (out: Output, until: number): number => {
        const { next, seen, base } = live
        const from = next * hop + first
        const end = Math.min(until, Math.floor((seen - length - first) / hop) + 1)
        if (!many || from < 0 || end <= next) return next
        const done = live.held.every((samples, c) =>
          many(samples, from - base, hop, end - next, out.data, (next - out.start) * lanes + c, channels, (i) => compute(out, next + i, c)),
        )
        return done ? end : next
      }
      const emit = (out: Output, until: number): void => {
        const computed = computeMany(out, until)
        do {
          if (live.next >= computed) for (let c = 0; c < channels; c++) compute(out, live.next, c)
          finish(out)
        } while (live.next < computed)
      }
      const finish = (out: Output): void => {
        const i = live.next - out.start
        const from = live.next * hop + first
        if (isUnseen(from)) {
          out.weights ??= new Float32Array(out.length).fill(1)
          out.weights[i] = 0
        }
        if (live.marked[0] === live.next) {
          live.marked.shift()
          out.boundaries ??= new Uint8Array(out.length)
          out.boundaries[i] = 1
        }
        live.next++
      }
      const output = (until: number): Output | undefined =>
        until > live.next
          ? { layout, start: live.next, length: until - live.next, data: new Float32Array((until - live.next) * lanes) }
          : undefined

      return {
        push(frames) {
          const out = output(computable(live.seen + frames.length))
          for (let taken = 0; taken < frames.length; ) {
            taken += hold(frames, taken)
            const until = computable(live.seen)
            while (out && live.next < until) emit(out, until)
          }
          return out
        },
        close(early) {
          if (live.seen === 0) return undefined
          if (padding === 'reflect' && live.seen < least && early) return undefined
          if (padding === 'reflect' && live.seen < least)
            throw new DataError(`${spec.stage}: expected at least ${least} samples for reflect padding, got ${live.seen}`, { frame: 0 })
          const until = framing.count(live.seen)
          const out = output(until)
          while (out && live.next < until) emit(out, until)
          return out
        },
      }
    },
  })
}

/** Frames while they are being filled. */
type Output = { -readonly [key in keyof Frames]: Frames[key] }

/** Sums of x·0 are 0 unless an x is NaN or infinite. */
function finite(samples: Float32Array, at: number, length: number): boolean {
  let sum = 0
  for (let k = at; k < at + length; k++) sum += samples[k]! * 0
  return sum === 0
}

/** Where index t falls when a signal is continued by its reflection, again and again. */
function reflected(t: number, length: number, padding: 'reflect' | 'mirror'): number {
  const twice = padding === 'mirror' ? 2 * length : 2 * length - 2
  if (twice === 0) return 0
  const around = ((t % twice) + twice) % twice
  return around < length ? around : padding === 'mirror' ? twice - 1 - around : twice - around
}
