import type { Frames, Layout, Values } from '../core/frames.ts'
import { type Accumulators, addRun, type Bank, type Pooling } from '../core/pooling.ts'
import { ready } from '../kernels/arena.ts'
import { addRows, pays } from '../kernels/rows.ts'

/** Which bins of a frame enter which lanes of a state: all as they are, or through windows over the bins. */
export interface Bins {
  readonly names: readonly string[]
  /** Positions from one frame to the next: 1, or the number of bins where bins have positions of their own. */
  readonly step: number
  /** Lanes of a state: planes × pooled bins × channels. */
  readonly lanes: number
  /** Bins in one pooled bin, at most. */
  readonly taps: number
  /** Whether rows are whole frames, as poolings across lanes need them. */
  readonly whole: boolean
  /** Whether each pooled bin has all its taps, as poolings that go by their order need them. */
  readonly full: boolean
  /** How frames enter the states of a bank. */
  attach(bank: Bank): Entrance
}

export interface Entrance {
  add(i: number, data: Values, offset: number, weight: number, index: number): void
  /** Tells an empty state numbers near the data. */
  anchor(i: number, data: Values, offset: number): void
  /** A frame that was not seen. */
  skip(i: number): void
  /** Frames `from` (inclusive) to `to` (exclusive) of a block, the first of them at `index`: each enters state `i` with its weight, or is skipped. */
  addAll(i: number, frames: Frames<Values>, from: number, to: number, index: number): void
}

/** The pooling as it runs over these bins. */
export function poolingOver(input: Layout, pooling: Pooling, bins: Bins): Pooling {
  const name = JSON.stringify(pooling.spec)
  if (pooling.across && !bins.whole) throw new TypeError(`pooling: ${name} pools whole frames, so expected a 1-D window, got a 2-D one`)
  if (pooling.skip && !bins.full)
    throw new TypeError(
      `pooling: ${name} goes by the order of taps, so expected windows over bins that are full, got padding; give includePad: true`,
    )
  if (pooling.accumulators) void ready()
  return pooling.across?.(input) ?? pooling
}

// Frames that are added at once stay in the cache while lane after lane goes over them.
const inCache = 8192
const most = 1024
const seenWeights = new Float64Array(most)

/** Takes the weights of frames that are seen and stand together, as many as are added at once, into `seenWeights`, and counts them. */
function together(weights: Float32Array | undefined, from: number, to: number, width: number): number {
  const end = Math.min(to, from + Math.min(most, Math.max(8, Math.floor(inCache / width))))
  if (!weights) {
    seenWeights.fill(1, 0, end - from)
    return end - from
  }
  let seen = 0
  for (; from + seen < end && weights[from + seen]! > 0; seen++) seenWeights[seen] = weights[from + seen]!
  return seen
}

/**
 * How frames enter states one by one, and many at once: by a kernel where each frame is `rows` whole rows of the pooling's accumulators, one after the other.
 */
function entrance(bank: Bank, one: Omit<Entrance, 'addAll'>, rows: number | undefined): Entrance {
  const { pooling, lanes } = bank
  const accumulators: Accumulators[] = []
  const addAtOnce = (i: number, { data, weights }: Frames<Values>, from: number, to: number): boolean => {
    if (rows === undefined || !pooling.accumulators || !(data instanceof Float32Array) || !pays((to - from) * rows * lanes)) return false
    let first = from
    while (first < to && weights?.[first] === 0) first++
    if (first === to) return true
    const width = rows * lanes
    if (bank.weight(i) === 0) one.anchor(i, data, first * width)
    const seen = weights && rows > 1 ? repeated(new Float32Array((to - first) * rows), weights, first, rows) : weights?.subarray(first, to)
    accumulators[i] ??= bank.accumulators(i)!
    if (!addRows(accumulators[i], data, first * width, (to - first) * rows, seen)) return false
    for (let f = first; f < to; f++) bank.weigh(i, weights?.[f] ?? 1)
    return true
  }
  return {
    ...one,
    addAll(i, frames, from, to, index) {
      if (addAtOnce(i, frames, from, to)) return
      const { data, weights } = frames
      const width = data.length / frames.length
      for (let f = from; f < to; ) {
        const seen = together(weights, f, to, width)
        if (seen === 0) {
          one.skip(i)
          f++
          continue
        }
        const at = index + f - from
        if (bank.weight(i) === 0) one.anchor(i, data, f * width)
        if (rows === undefined) for (let k = 0; k < seen; k++) one.add(i, data, (f + k) * width, seenWeights[k]!, at + k)
        else {
          const weights = rows === 1 ? seenWeights : repeated(new Float64Array(seen * rows), seenWeights, 0, rows)
          addRun(pooling, bank.states[i], { data, offset: f * width, lanes, rows: seen * rows, weights, index: at * rows })
        }
        bank.weighRows(i, seenWeights, seen)
        f += seen
      }
    },
  }
}

/** Fills `out` with the weights from one on, each as often as a frame has rows. */
function repeated<Weights extends Values>(out: Weights, weights: Values, from: number, rows: number): Weights {
  for (let row = 0; row < out.length; row += rows) out.fill(weights[from + row / rows]!, row, row + rows)
  return out
}

/** Every bin for itself: 1-D pooling. */
export function everyBin({ planes, bins, channels, names }: Layout): Bins {
  const lanes = planes * bins * channels
  return {
    names: names.bins,
    step: 1,
    lanes,
    taps: 1,
    whole: true,
    full: true,
    attach: (bank) => {
      const { pooling, states } = bank
      // One view a frame, however many windows it enters.
      let [view, from, at]: [Values, Values | undefined, number] = [new Float32Array(0), undefined, 0]
      const row = (data: Values, offset: number) => {
        if (data !== from || offset !== at) [view, from, at] = [data.subarray(offset, offset + lanes), data, offset]
        return view
      }
      const one = {
        add: (i: number, data: Values, offset: number, weight: number, index: number) =>
          pooling.add(states[i], row(data, offset), weight, index),
        anchor: (i: number, data: Values, offset: number) => pooling.anchor?.(states[i], row(data, offset)),
        skip: (i: number) => pooling.skip?.(states[i], 1),
      }
      return entrance(bank, one, 1)
    },
  }
}

/**
 * Pooled bins, each from a list of input bins in ascending order (empty where its window lies in the padding, −1 for a zero that counts): 2-D pooling.
 *
 * The windows' first taps are added to all pooled bins at once, then their second taps, and so on: lanes stay side by side, as in 1-D.
 */
export function pooledBins({ planes, bins, channels, names }: Layout, windows: readonly (readonly number[])[]): Bins {
  const lanes = planes * windows.length * channels
  const runs: { from: number; to: number; sources: Int32Array; taps: Int32Array; row: Float32Array; wide?: Float64Array }[] = []
  const rank = (k: number, plane: number) => {
    for (let from = 0; from < windows.length; from++) {
      let to = from
      while (to < windows.length && windows[to]!.length > k) to++
      if (to === from) continue
      const taps = Int32Array.from({ length: (to - from) * channels }, (_, i) => windows[from + Math.floor(i / channels)]![k]!)
      const sources = taps.map((bin, i) => (bin < 0 ? -1 : (plane * bins + bin) * channels + (i % channels)))
      runs.push({
        from: (plane * windows.length + from) * channels,
        to: (plane * windows.length + to) * channels,
        sources,
        taps,
        row: new Float32Array(taps.length),
      })
      from = to
    }
  }
  const most = windows.reduce((max, window) => Math.max(max, window.length), 0)
  for (let plane = 0; plane < planes; plane++) for (let k = 0; k < most; k++) rank(k, plane)
  const gather = (run: (typeof runs)[number], data: Values, offset: number): Values => {
    const { sources } = run
    if (data instanceof Float64Array) run.wide ??= new Float64Array(sources.length)
    const row = (data instanceof Float64Array ? run.wide : undefined) ?? run.row
    for (let l = 0; l < row.length; l++) row[l] = sources[l]! < 0 ? 0 : data[offset + sources[l]!]!
    return row
  }
  const all = planes === 1 && windows.length === 1 && windows[0]!.length === bins && windows[0]!.every((bin, k) => bin === k)
  return {
    names: poolNames(names.bins, windows),
    step: bins,
    lanes,
    taps: most,
    whole: false,
    full: windows.every((window) => window.length === most),
    attach: (bank) => {
      const parts: unknown[][] = []
      const partsOf = (i: number) => (parts[i] ??= runs.map(({ from, to }) => bank.part(i, from, to)))
      const one: Omit<Entrance, 'addAll'> = {
        add(i, data, offset, weight, index) {
          const states = partsOf(i)
          for (let r = 0; r < runs.length; r++)
            bank.pooling.add(states[r], gather(runs[r]!, data, offset), weight, index * bins, runs[r]!.taps)
        },
        anchor(i, data, offset) {
          if (!bank.pooling.anchor) return
          const states = partsOf(i)
          // From the last taps to the first: every lane ends with its window's first bin.
          for (let r = runs.length - 1; r >= 0; r--) bank.pooling.anchor(states[r], gather(runs[r]!, data, offset))
        },
        skip: (i) => bank.pooling.skip?.(bank.states[i], most),
      }
      return entrance(bank, one, all ? bins : undefined)
    },
  }
}

/** 'mel0-mel3' for a window from mel0 to mel3, numbered where several are over the same; nothing for the only one. */
function poolNames(names: readonly string[], windows: readonly (readonly number[])[]): string[] {
  if (windows.length === 1) return ['']
  const taken = new Map<string, number>()
  return windows.map((window) => {
    const inside = window.filter((bin) => bin >= 0)
    const first = names[inside[0]!] ?? ''
    const last = names[inside.at(-1)!] ?? ''
    const name = first === last ? first : `${first}-${last}`
    const count = (taken.get(name) ?? 0) + 1
    taken.set(name, count)
    return count === 1 || name === '' ? name : `${name}.${count}`
  })
}
