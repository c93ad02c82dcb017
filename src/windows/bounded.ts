import type { Frames, Values } from '../core/frames.ts'
import type { Pooling } from '../core/pooling.ts'
import type { Plan } from '../core/stage.ts'
import { paddingFor, type Taps, tapsOf } from '../core/window.ts'
import { heldRows, hold, holdZeros } from './held.ts'
import { Pooled, type Source } from './pooled.ts'
import { planHeld, pooledFrames, type Windowed } from './progress.ts'
import { weightOf } from './sheet.ts'

/** Frames that windows still need are held; all windows that a block finishes are pooled at once. */
export function planBounded(windowed: Windowed): Plan {
  const { input, layout, pooling, bins, window } = windowed
  const { size, extent, stride, includePad } = window
  const [before, after] = paddingFor(window, input.length ?? 0)
  const { width } = bins
  // Padding is there where it counts, and where taps go by their order: there it is not seen.
  const ordered = pooling.keeps === 'order'
  const low = includePad || ordered ? -before : 0
  return planHeld(windowed, low, (live) => {
    const pooled = new Pooled(pooling, bins)
    const startOf = (i: number) => i * stride - before
    // What windows inside the input read of what is held, and of a block, which is mostly what they read of the one before.
    const inside: [held?: Taps, block?: Taps] = []

    /** Pools windows `from` to `to` from a source, into what begins with window `first`. */
    const pool = (
      source: Source,
      which: 0 | 1,
      from: number,
      to: number,
      high: number,
      first: number,
      data: Float32Array,
      weights: Float32Array,
    ) => {
      const start = startOf(from)
      const full = start >= low && startOf(to - 1) + extent <= high
      let tall = full ? inside[which] : undefined
      if (tall?.firsts.length !== to - from || tall.firsts[0] !== start - source.index) {
        tall = tapsOf(window, before, from, to, low, high, source.index)
        if (full) inside[which] = tall
      }
      pooled.pool(source, tall, data, (from - first) * pooled.width)
      if (full && !source.weights) weights.fill(weightOf(pooling, size), from - first, to - first)
      else weigh(pooling, source, tall, weights, from - first)
    }

    /** Pools windows up to `until` from what is held, and then from a block. */
    const emit = (until: number, high: number, block: Frames<Values> | undefined): Frames => {
      const first = live.emitted
      const count = until - first
      const blockAt = live.seen - (block?.length ?? 0)
      const last = block ? Math.min(until, Math.max(first, Math.ceil((blockAt + before) / stride))) : until
      const [data, weights] = [new Float32Array(count * pooled.width), new Float32Array(count)]
      // Those that begin before the block need no more of it than the last of them.
      if (block && last > first) {
        const next = live.held.first + live.held.rows
        hold(live.held, block, width, next - blockAt, Math.min(live.seen, Math.max(next, startOf(last - 1) + extent)) - blockAt)
      }
      if (last > first) pool(heldRows(live.held, width), 0, first, last, high, first, data, weights)
      if (block && until > last) {
        const source = { data: block.data, offset: 0, rows: block.length, weights: block.weights, index: blockAt }
        pool(source, 1, last, until, high, first, data, weights)
      }
      return pooledFrames(live, layout, window, before, { data, weights }, block)
    }

    return {
      ending(block) {
        const finished = Math.floor((live.seen + before - extent) / stride) + 1
        return finished > live.emitted ? emit(finished, Infinity, block) : undefined
      },
      needed: () => Math.max(low, startOf(live.emitted)),
      rest(count) {
        const missing = startOf(count - 1) + extent - live.seen
        const zeros = includePad ? Math.min(after, missing) : 0
        holdZeros(live.held, zeros, width, 1)
        if (ordered) holdZeros(live.held, missing - zeros, width, 0)
        return emit(count, ordered ? Infinity : live.seen + zeros, undefined)
      },
    }
  })
}

/** What pooled frames weigh. */
function weigh(pooling: Pooling, { weights }: Source, { firsts, counts, step }: Taps, out: Float32Array, at: number): void {
  for (let i = 0; i < firsts.length; i++) {
    let sum = 0
    for (let k = 0; k < counts[i]!; k++) sum += weights ? weights[firsts[i]! + k * step]! : 1
    out[at + i] = weightOf(pooling, sum)
  }
}
