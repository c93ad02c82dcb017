import { integer, known, number } from '../../core/check.ts'
import { type Frames, join, type Layout, lanesOf, spanOf } from '../../core/frames.ts'
import { planOf, type Stage } from '../../core/stage.ts'
import { specOf } from '../spec.ts'

export interface TraceOptions {
  /** Frames that come out. Default 32. */
  size?: number
  /** How much of the average change time itself counts as, so that what stands still does not vanish. Default 0.5; 0 for change alone. */
  steady?: number
  /** Frames over which change is smoothed, an odd number. Default 3. */
  width?: number
}

export function trace(options: TraceOptions = {}): Stage {
  known('trace', options, ['size', 'steady', 'width'])
  const size = integer('trace', 'size', options.size ?? 32, 1, 2 ** 24)
  const steady = number('trace', 'steady', options.steady ?? 0.5, { min: 0 })
  const width = integer('trace', 'width', options.width ?? 3, 1)
  if (width % 2 === 0) throw new RangeError(`trace: width must be odd, got ${width}`)
  const spec = specOf('trace', options)
  return {
    spec,
    plan(input) {
      if (input.live) throw new TypeError('trace: expected a sequence that ends, got a live source')
      const { unit, start } = input.clock
      const layout = { ...input, clock: { unit, start }, length: size }
      return planOf({
        spec,
        input,
        layout,
        needs: 'end',
        reach: { size: Infinity, stride: Infinity, latency: Infinity },
        start: (): { kept: Frames[] } => ({ kept: [] }),
        run: (live) => ({
          push(frames) {
            live.kept.push(frames)
            return undefined
          },
          close() {
            const all = join(live.kept)
            const seen = Array.from({ length: all?.length ?? 0 }, (_, t) => t).filter((t) => all?.weights?.[t] !== 0)
            if (!all || seen.length === 0) return unseen(layout, size)
            return resampled(all, seen, way(changes(smoothed(all, seen, width)), steady), size, layout)
          },
        }),
      })
    },
  }
}

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
