import { type Frames, type Layout, lanesOf, type Values } from '../core/frames.ts'
import { Bank, type Pooling } from '../core/pooling.ts'
import { type Plan, planOf, type StageSpec } from '../core/stage.ts'
import { outputLength, type Window } from '../core/window.ts'
import type { Bins } from './bins.ts'
import { Sheet } from './sheet.ts'
import { between, freshTimes, keepTime } from './times.ts'

/** Up to this many windows over one frame, adding it to each costs less than sliding (measured for max, mean and stats over 80 lanes: equal at 5 to 7). */
const few = 6

export function slides({ size, stride, dilation }: Window): boolean {
  return dilation === 1 && size > few * stride
}

/**
 * Sliding windows without subtraction, at the same cost per frame whatever their size.
 *
 * Frames fill panes of gcd(size, stride); panes fill blocks of half a window. A window is the end of one block, the whole next block and the beginning of the
 * block being filled: suffix ⊕ total ⊕ prefix. While a block fills, the suffixes of the one before are made from its panes, one for each pane that arrives:
 * at most four merges a pane, and no pane costs more than another. (Two stacks, the usual way, turn over all at once; cf. Tangwongsan, Hirzel, Schneider,
 * "Low-latency sliding-window aggregation in worst-case constant time", 2017, who need more to let the size vary.)
 */
export function planSliding(
  spec: StageSpec,
  input: Layout,
  layout: Layout,
  pooling: Pooling,
  bins: Bins,
  window: Window,
  before: number,
): Plan {
  const { size, stride } = window
  const pane = gcd(size, stride)
  const panes = size / pane
  const step = stride / pane
  const block = Math.floor(panes / 2)
  // The ring holds a block of suffixes, a block of panes being turned into suffixes, and the block being filled.
  const ring = 3 * block
  const [filling, prefix, total, scratch, count] = [ring, ring + 1, ring + 2, ring + 3, ring + 4]
  return planOf({
    spec,
    input,
    layout,
    reach: { size, stride, latency: size - 1 - before },
    wide: true,
    start: () => ({
      states: Bank.fresh(pooling, bins.lanes, count),
      seen: 0,
      emitted: 0,
      boundary: false,
      times: freshTimes(layout, size),
      // All panes of one block sum about the same numbers, those of its first seen frame.
      anchor: new Float32Array(lanesOf(input)),
      anchored: -1,
    }),
    run(live) {
      const bank = new Bank(pooling, bins.lanes, live.states)
      const entrance = bins.attach(bank)
      const sheet = new Sheet(layout, bank)

      /** The pane that ends before position `end` is full; positions count the padding. */
      const closePane = (end: number) => {
        const p = end / pane - 1
        const b = Math.floor(p / block)
        const r = p - b * block
        if (r === 0) {
          bank.copy(total, prefix)
          bank.reset(prefix)
        }
        bank.copy(p % ring, filling)
        bank.reset(filling)
        bank.merge(prefix, p % ring)
        if (b > 0 && r > 0) {
          const i = (p - 2 * r - 1) % ring
          bank.merge(i, (i + 1) % ring)
        }
        const start = p + 1 - panes
        if (start < 0 || start % step !== 0) return
        const suffix = r + (panes % 2 === 0 ? 1 : 0)
        if (suffix < block) {
          bank.copy(scratch, start % ring)
          bank.merge(scratch, total)
        } else {
          bank.copy(scratch, total)
        }
        bank.merge(scratch, prefix)
        const first = live.emitted * stride - before
        sheet.write(scratch, live.boundary, between(live.times, Math.max(0, first), Math.min(first + size, live.seen) - 1))
        live.boundary = false
        live.emitted++
      }

      // Panes that lie in the padding are empty.
      if (live.seen === 0) for (let end = pane; end <= before; end += pane) closePane(end)

      return {
        push(frames: Frames<Values>) {
          const width = frames.data.length / frames.length
          const first = live.emitted
          for (let f = 0; f < frames.length; f++) {
            const weight = frames.weights?.[f] ?? 1
            const at = live.seen + before
            if (frames.boundaries?.[f]) live.boundary = true
            keepTime(live.times, frames, live.seen)
            live.seen++
            if (weight > 0) {
              const b = Math.floor(at / (pane * block))
              if (live.anchored !== b) {
                live.anchor.set(frames.data.subarray(f * width, (f + 1) * width))
                live.anchored = b
              }
              if (bank.weight(filling) === 0) entrance.anchor(filling, live.anchor, 0)
              entrance.add(filling, frames.data, f * width, weight, live.seen - 1)
              bank.weigh(filling, weight)
            }
            if ((at + 1) % pane === 0) closePane(at + 1)
          }
          return sheet.take(first)
        },
        close() {
          const first = live.emitted
          const windows = outputLength(window, live.seen)
          for (let end = pane * (Math.floor((live.seen + before) / pane) + 1); live.emitted < windows; end += pane) closePane(end)
          return sheet.take(first)
        },
      }
    },
  })
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}
