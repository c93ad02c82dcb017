import { refusal } from '../../core/check.ts'
import { type Frames, type Layout, lanesOf, spanOf } from '../../core/frames.ts'
import { integer, number } from '../../core/options.ts'
import { atEnd } from '../../core/stage.ts'
import { irregular } from '../../windows/sheet.ts'
import { defineStage } from '../defineStage.ts'

/**
 * Resamples a sequence to frames between which equally much happens, so that a vowel drawn out by one speaker takes no more of them than it does with another.
 *
 * Shape: n frames, cepstra as a rule → `count` frames. Frame t lies at c[t] = Σₖ d[k] for k ≤ t, where d[k] = ‖s[k] − s[k − 1]‖ + `steady`·mean(‖s[k] − s[k − 1]‖), ‖·‖ taken over all
 * lanes and s the mean of `width` frames (edges repeated). Output i is interpolated linearly at (i + ½) / count of the whole way; its span is that of the two frames it lies
 * between. Unseen frames are left out. Where nothing changes, time alone counts; where nothing was seen, `count` frames of weight 0 come.
 * Nothing comes before the end of the sequence, and a live source is refused.
 *
 * @source trace segmentation: Kuhn, Tomaschewski, Ney 1981, "Fast nonlinear time alignment for isolated word recognition"
 * @throws RangeError or TypeError for options out of range; TypeError for a live source
 * @example
 * apply(frames([0, 0, 0, 4, 8], { hop: 0.01 }), equalizeChange({ count: 2, steady: 0, width: 1 })).data // [2, 6]
 */
export const equalizeChange = /* @__PURE__ */ defineStage(
  'equalizeChange',
  {
    /** How many frames come out. */
    count: integer(1, 2 ** 24).default(32),
    /** How much of the average change time itself counts as, so that what stands still does not vanish; 0 for change alone. */
    steady: number({ min: 0 }).default(0.5),
    /** How many frames change is smoothed over, an odd number. */
    width: integer(1).default(3).unit('frames'),
  },
  ({ count: size, steady, width }, spec) => {
    if (width % 2 === 0) throw refusal('equalizeChange', 'width must be odd', width)
    return (input) => {
      const layout = { ...input, clock: irregular(input.clock), length: size }
      return atEnd({ spec, input, layout }, (all) => {
        const seen = Array.from({ length: all?.length ?? 0 }, (_, t) => t).filter((t) => all?.weights?.[t] !== 0)
        if (!all || seen.length === 0) return unseen(layout, size)
        return resampled(all, seen, way(changes(smoothed(all, seen, width)), steady), size, layout)
      })
    }
  },
)

function unseen(layout: Layout, size: number): Frames {
  const spans = new Float64Array(2 * size).fill(layout.clock.start)
  return { layout, start: 0, length: size, data: new Float32Array(size * lanesOf(layout)), weights: new Float32Array(size), spans }
}

/** Rows of lanes: each seen frame's mean with those around it. */
function smoothed(all: Frames, seen: readonly number[], width: number): Float64Array[] {
  const lanes = lanesOf(all.layout)
  const reach = (width - 1) / 2
  return seen.map((_, i) => {
    const row = new Float64Array(lanes)
    for (let k = i - reach; k <= i + reach; k++) {
      const from = seen[Math.min(Math.max(k, 0), seen.length - 1)]! * lanes
      for (let lane = 0; lane < lanes; lane++) row[lane]! += all.data[from + lane]! / width
    }
    return row
  })
}

/** How far each row is from the one before; what is not finite is no distance. */
function changes(rows: readonly Float64Array[]): number[] {
  return rows.slice(1).map((row, i) => {
    const distance = Math.sqrt(row.reduce((sum, x, lane) => sum + (x - rows[i]![lane]!) ** 2, 0))
    return Number.isFinite(distance) ? distance : 0
  })
}

/** Where each row lies on the way, from 0 to 1. */
function way(changes: readonly number[], steady: number): Float64Array {
  const total = changes.reduce((sum, change) => sum + change, 0)
  const pause = total > 0 ? (steady * total) / changes.length : 1
  const places = new Float64Array(changes.length + 1)
  for (const [i, change] of changes.entries()) places[i + 1] = places[i]! + change + pause
  return places.map((place) => (places.length > 1 ? place / places.at(-1)! : 0))
}

function resampled(all: Frames, seen: readonly number[], places: Float64Array, size: number, layout: Layout): Frames {
  const lanes = lanesOf(layout)
  const data = new Float32Array(size * lanes)
  const spans = new Float64Array(2 * size)
  let before = 0
  for (let i = 0; i < size; i++) {
    const place = (i + 0.5) / size
    while (before < places.length - 2 && places[before + 1]! <= place) before++
    const after = Math.min(before + 1, places.length - 1)
    const step = places[after]! - places[before]!
    const share = step > 0 ? (place - places[before]!) / step : 0
    const [low, high] = [seen[before]!, seen[after]!]
    for (let lane = 0; lane < lanes; lane++) {
      const from = all.data[low * lanes + lane]!
      // A frame of no share has none of its infinities either.
      data[i * lanes + lane] = share === 0 ? from : (1 - share) * from + share * all.data[high * lanes + lane]!
    }
    spans[2 * i] = spanOf(all, all.start + low)[0]
    spans[2 * i + 1] = spanOf(all, all.start + high)[1]
  }
  return { layout, start: 0, length: size, data, spans }
}
