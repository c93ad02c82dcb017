import type { Frames, Values } from '../core/frames.ts'
import type { Pooling } from '../core/pooling.ts'
import { outputLength, type Window } from '../core/window.ts'
import { type Slid, type Slide, slideRows } from '../kernels/slide.ts'
import { max } from '../poolings/max.ts'
import { mean } from '../poolings/mean.ts'
import { min } from '../poolings/min.ts'
import { moments } from '../poolings/std.ts'
import type { Way } from './windowed.ts'

/**
 * Whether a window slides. With few windows over one frame, adding it to each costs less: the more slots a pooling has, the more its merges cost
 * (`npm run bench`, over 80 lanes: equal at 6 windows for one slot, at 10 for four).
 */
export function slides({ size, stride, dilation }: Window, { identity }: Pooling): boolean {
  return dilation === 1 && size > (5 + identity.length) * stride
}

/**
 * Sliding windows without subtraction, at the same cost per frame whatever their size.
 *
 * Frames fill panes of gcd(size, stride); panes fill blocks of half a window. A window is the end of one block, the whole next block and the beginning of the
 * block being filled: suffix ⊕ total ⊕ prefix. While a block fills, the suffixes of the one before are made from its panes, one for each pane that arrives:
 * at most four merges a pane, and no pane costs more than another. (Two stacks, the usual way, turn over all at once; cf. Tangwongsan, Hirzel, Schneider,
 * "Low-latency sliding-window aggregation in worst-case constant time", 2017, who need more to let the size vary.)
 */
export function sliding(window: Window): Way {
  const { pane, panes, step, block } = geometry(window)
  // The ring holds a block of suffixes, a block of panes being turned into suffixes, and the block being filled.
  const ring = 3 * block
  const [filling, prefix, total, scratch, states] = [ring, ring + 1, ring + 2, ring + 3, ring + 4]
  return {
    states,
    slides: true,
    run: (bank, entrance, live) => {
      const see = (at: number, data: Values, offset: number, weight: number, index: number): void => {
        const b = Math.floor(at / (pane * block))
        if (live.anchored !== b) {
          // All panes of a block sum about the same numbers, those of its first seen frame.
          live.anchor.set(data.subarray(offset, offset + live.anchor.length))
          live.anchored = b
        }
        if (bank.weight(filling) === 0) entrance.anchor(filling, live.anchor, 0)
        entrance.add(filling, data, offset, weight, index)
        bank.weigh(filling, weight)
      }
      return {
        arrive() {},
        see,
        together: (at) => pane - (at % pane),
        seeAll(at, frames, from, to, index) {
          const { data, weights } = frames
          let first = from
          while (first < to && weights?.[first] === 0) first++
          if (first === to) return
          // The first one tells the pane about which numbers to sum.
          see(at, data, (first * data.length) / frames.length, weights?.[first] ?? 1, index + first - from)
          entrance.addAll(filling, frames, first + 1, to, index + first + 1 - from)
        },
        leave(at) {
          if ((at + 1) % pane !== 0) return undefined
          const p = (at + 1) / pane - 1
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
          if (start < 0 || start % step !== 0) return undefined
          const suffix = r + (panes % 2 === 0 ? 1 : 0)
          bank.copy(scratch, suffix < block ? start % ring : total)
          if (suffix < block) bank.merge(scratch, total)
          bank.merge(scratch, prefix)
          return scratch
        },
      }
    },
  }
}

function geometry({ size, stride }: Window): Slide {
  const pane = gcd(size, stride)
  const panes = size / pane
  return { pane, panes, step: stride / pane, block: Math.floor(panes / 2) }
}

/** All windows of a whole sequence by a kernel: the rows of their results, to the bit those of sliding; undefined where there is none. */
export function slidAtOnce(pooling: Pooling, window: Window, { data, length, weights }: Frames<Values>): Float32Array | undefined {
  const what = slidOf(pooling)
  const { padding, partial } = window
  if (!what || weights || partial === 'keep' || padding[0] !== 0 || padding[1] !== 0 || !(data instanceof Float32Array)) return undefined
  const lanes = data.length / length
  const out = new Float32Array(outputLength(window, length) * pooling.outputs.length * lanes)
  return slideRows(what, geometry(window), data, lanes, out) ? out : undefined
}

const named: ReadonlyMap<unknown, Slid> = new Map<unknown, Slid>([
  [max, 'max'],
  [min, 'min'],
  [mean, 'mean'],
])

/** What a kernel computes for a pooling. */
function slidOf(pooling: Pooling): Slid | undefined {
  const { spec, add, merge } = pooling
  if (add === moments.add && merge === moments.merge && (spec === 'std' || spec === 'stats')) return spec
  return named.get(pooling)
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}
