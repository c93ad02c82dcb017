import type { Frames, Layout, Values } from '../core/frames.ts'
import { greatestDivisor } from '../core/greatestDivisor.ts'
import { Bank, type Pooling } from '../core/pooling.ts'
import type { Plan } from '../core/stage.ts'
import { paddingFor, type Window } from '../core/window.ts'
import { type Slid, type Slider, slider } from '../kernels/slide.ts'
import type { Slide } from '../kernels/slideLayout.ts'
import type { Bins } from './bins.ts'
import { heldRows } from './held.ts'
import type { Source } from './pooled.ts'
import { planHeld, pooledFrames, type Windowed } from './progress.ts'
import { rowsOf, statesIn, weightOf } from './sheet.ts'

/** Whether a window slides. With few windows over one frame, pooling each anew costs less (`npm run bench`). */
export function slides({ size, stride, dilation }: Window): boolean {
  return dilation === 1 && size > 6 * stride
}

/**
 * Sliding windows without subtraction, at the same cost per frame whatever their size.
 *
 * Frames fill panes of gcd(size, stride); panes fill blocks of half a window. A window is the end of one block, the whole next block and the beginning of the
 * block being filled: suffix ⊕ total ⊕ prefix. While a block fills, the suffixes of the one before are made from its panes, one for each pane that arrives:
 * at most four merges a pane, and no pane costs more than another. (Two stacks, the usual way, turn over all at once; cf. Tangwongsan, Hirzel, Schneider,
 * "Low-latency sliding-window aggregation in worst-case constant time", 2017, who need more to let the size vary.)
 *
 * The live state is frames alone, from the block on in which the next window begins: what panes, suffixes and prefixes come to follows from them.
 */
export function planSliding(windowed: Windowed): Plan {
  const { input, layout, pooling, bins, window } = windowed
  const { extent, stride, includePad } = window
  const [before, after] = paddingFor(window, input.length ?? 0)
  const { width } = bins
  const slide = geometry(window)
  const blockRows = slide.pane * slide.block
  // With kernels and without: whoever has none must have room, too.
  Bank.check(pooling, width, ring(slide))
  return planHeld(windowed, -before, (live) => {
    /** From the beginning, or from what is held; what such windows come to was given before. */
    const restart = (wide: boolean): Sliding => {
      const blocks = Math.floor((live.held.first + before) / blockRows)
      const kernel = wide || bins.windows || !pooling.measures ? undefined : slider(pooling.measures, slide, width, blocks)
      const sliding = kernel ? slidingRows(kernel, pooling, width) : new SlidingStates(pooling, bins, layout, slide, before, blocks)
      sliding.push(heldRows(live.held, width))
      return sliding
    }
    let wide = live.held.data instanceof Float64Array
    let sliding = restart(wide)

    /** Pooled frames of the windows that end in some rows; the first that a restored machine gives are older. */
    const emit = (
      data: Values,
      rows: number,
      weights: Float32Array | undefined,
      index: number,
      block?: Frames<Values>,
    ): Frames | undefined => {
      const pooled = sliding.push({ data, offset: 0, rows, weights, index })
      return pooled && pooledFrames(live, layout, window, before, pooled, block)
    }

    return {
      ending(block) {
        const { data, length, weights } = block
        // Kernels are for float32.
        if (!wide && data instanceof Float64Array) {
          wide = true
          sliding = restart(wide)
        }
        return emit(data, length, weights, live.seen - length, block)
      },
      // From the block on in which the next window begins, in positions that count the padding.
      needed: () => Math.floor((live.emitted * stride) / blockRows) * blockRows - before,
      rest(count) {
        const missing = Math.max(0, (count - 1) * stride + extent - before - live.seen)
        const weights = Float32Array.from({ length: missing }, (_, i) => Number(includePad && i < after))
        return emit(new Float32Array(missing * width), missing, weights, live.seen)
      },
    }
  })
}

/** Windows that end as rows come, with their weights. */
interface Sliding {
  push(rows: Source): Slid | undefined
}

/** By a kernel. */
function slidingRows(slider: Slider, pooling: Pooling, lanes: number): Sliding {
  const { measures = [], blend, outputs } = pooling
  return {
    push(rows) {
      const { data: measured, weights: seen } = slider.push(rows as Source & { data: Float32Array })
      const { length } = seen
      if (length === 0) return undefined
      if (pooling.extensive) for (let i = 0; i < length; i++) seen[i] = weightOf(pooling, seen[i]!)
      if (!blend) return { data: measured, weights: seen }
      const blended = new Float32Array(length * outputs.length * lanes)
      for (let i = 0; i < length; i++) {
        const row = i * lanes
        blend(
          measures.map((_, m) => measured.subarray(row * measures.length + m * lanes, row * measures.length + (m + 1) * lanes)),
          rowsOf(outputs, blended, row * outputs.length, lanes),
        )
      }
      return { data: blended, weights: seen }
    },
  }
}

/** By states, of any pooling. Positions count the padding before the input. */
class SlidingStates implements Sliding {
  readonly #states: ReturnType<typeof statesIn>
  readonly #slide: Slide
  readonly #before: number
  readonly #oldest: number
  readonly #anchor: Float64Array
  readonly #width: number
  #anchored = -1
  #at: number

  constructor(pooling: Pooling, bins: Bins, layout: Layout, slide: Slide, before: number, blocks: number) {
    // The ring holds a block of suffixes, a block of panes being turned into suffixes, and the block being filled; then the pane being filled, prefix, total, and a window.
    this.#states = statesIn(Bank.fresh(pooling, bins.width, ring(slide), 3 * slide.block), layout, pooling, bins)
    this.#slide = slide
    this.#before = before
    this.#oldest = blocks * slide.block
    this.#width = bins.width
    this.#anchor = new Float64Array(bins.width)
    this.#at = this.#oldest * slide.pane
  }

  push(rows: Source): Slid | undefined {
    const { bank, entrance, sheet } = this.#states
    const { pane, block } = this.#slide
    const { data, weights, index } = rows
    const filling = 3 * block
    for (let row = 0; row < rows.rows; ) {
      const to = Math.min(rows.rows, row + pane - (this.#at % pane))
      let first = row
      while (first < to && weights?.[first] === 0) first++
      if (first < to) {
        const b = Math.floor(this.#at / (pane * block))
        if (this.#anchored !== b) {
          // All panes of a block sum about the same numbers, those of its first seen frame.
          const at = rows.offset + first * this.#width
          this.#anchor.set(data.subarray(at, at + this.#width))
          this.#anchored = b
        }
        if (bank.weight(filling) === 0) entrance.anchor(filling, this.#anchor, 0)
        entrance.add(filling, rows, row, to, index + row)
      }
      this.#at += to - row
      row = to
      if (this.#at % pane === 0) this.#endPane(this.#at / pane - 1)
    }
    return sheet.take(0) as Slid | undefined
  }

  #endPane(p: number): void {
    const { bank, sheet } = this.#states
    const { pane, block, panes, step } = this.#slide
    const panesHeld = 3 * block
    const [filling, prefix, total, scratch] = [panesHeld, panesHeld + 1, panesHeld + 2, panesHeld + 3]
    const b = Math.floor(p / block)
    const r = p - b * block
    if (r === 0) {
      bank.copy(total, prefix)
      bank.reset(prefix)
    }
    bank.copy(p % panesHeld, filling)
    bank.reset(filling)
    bank.merge(prefix, p % panesHeld)
    if (p - 2 * r - 1 >= this.#oldest && r > 0) {
      const i = (p - 2 * r - 1) % panesHeld
      bank.merge(i, (i + 1) % panesHeld)
    }
    const start = p + 1 - panes
    if (start < this.#oldest || start % step !== 0) return
    const suffix = r + (panes % 2 === 0 ? 1 : 0)
    bank.copy(scratch, suffix < block ? start % panesHeld : total)
    if (suffix < block) bank.merge(scratch, total)
    bank.merge(scratch, prefix)
    sheet.write(scratch, Math.max(0, start * pane - this.#before), false, undefined)
  }
}

/** States in the ring of panes, and beside it. */
function ring({ block }: Slide): number {
  return 3 * block + 4
}

function geometry({ size, stride }: Window): Slide {
  const pane = greatestDivisor(size, stride)
  const panes = size / pane
  return { pane, panes, step: stride / pane, block: Math.floor(panes / 2) }
}
