import type { Pooling } from '../core/pooling.ts'
import type { Window } from '../core/window.ts'
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
export function sliding({ size, stride }: Window): Way {
  const pane = gcd(size, stride)
  const panes = size / pane
  const step = stride / pane
  const block = Math.floor(panes / 2)
  // The ring holds a block of suffixes, a block of panes being turned into suffixes, and the block being filled.
  const ring = 3 * block
  const [filling, prefix, total, scratch, states] = [ring, ring + 1, ring + 2, ring + 3, ring + 4]
  return {
    states,
    run: (bank, entrance, live) => ({
      arrive() {},
      see(at, data, offset, weight, index) {
        const b = Math.floor(at / (pane * block))
        if (live.anchored !== b) {
          // All panes of a block sum about the same numbers, those of its first seen frame.
          live.anchor.set(data.subarray(offset, offset + live.anchor.length))
          live.anchored = b
        }
        if (bank.weight(filling) === 0) entrance.anchor(filling, live.anchor, 0)
        entrance.add(filling, data, offset, weight, index)
        bank.weigh(filling, weight)
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
    }),
  }
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}
