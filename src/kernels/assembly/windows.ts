// Windows over rows and columns of values: largest, smallest or mean of what each reads, in the order of the rows and, within a row, of the columns.

import { double, empty, Exact, Fast, further, Largest, odd, Smallest, single } from './lanes'

/** What to compute, and where in the arena its tables and values are. Offsets and steps are in bytes. */
@unmanaged
class Windows {
  channels: usize
  /** Images and from one to the next. */
  images: usize
  apart: usize
  /** From one row to the next. */
  width: usize
  data: usize
  out: usize
  /** Windows over the rows: the first row that each reads, how many, and as float64 how many it counts. */
  tall: usize
  rowFirsts: usize
  rowCounts: usize
  rowSizes: usize
  rowStep: usize
  /** Likewise over the columns. */
  wide: usize
  firsts: usize
  counts: usize
  sizes: usize
  step: usize
  /** Windows from `early` to `late` read equally many columns each, one further than the one before it. */
  early: usize
  late: usize
  /** Room for a row. */
  room: usize
}

/** Four channels or more, which lie side by side. `op` is 0 for the largest, 1 for the smallest, 2 for the mean. */
export function poolLanes(plan: usize, op: i32): void {
  const windows = changetype<Windows>(plan)
  if (op === 2) return meanLanes(windows)
  const all = twos(windows.rowCounts, windows.tall) && twos(windows.counts, windows.wide)
  if (all && !(op === 0 ? endSquares<Largest>(windows) : endSquares<Smallest>(windows))) return
  const exact = all || odd(windows.data, windows.data + windows.images * windows.apart)
  if (op === 0) exact ? endLanes<Largest, Exact>(windows) : endLanes<Largest, Fast>(windows)
  else exact ? endLanes<Smallest, Exact>(windows) : endLanes<Smallest, Fast>(windows)
}

/** Whether all counts are 2. */
function twos(counts: usize, many: usize): bool {
  for (const end = counts + (many << 2); counts < end; counts += 4) if (load<u32>(counts) !== 2) return false
  return true
}

/** Windows of 2×2. Says whether there was a NaN, or infinities of which the sum is one, and then what was written does not count. */
function endSquares<End>(windows: Windows): bool {
  const all = windows.channels << 2
  const down = windows.rowStep * windows.width
  const step = windows.step
  const zero = f32x4.splat(0)
  let total = zero
  let out = windows.out
  for (let image: usize = 0; image < windows.images; image++) {
    const data = windows.data + image * windows.apart
    for (let y: usize = 0; y < windows.tall; y++) {
      const top = data + load<usize>(windows.rowFirsts + (y << 2)) * windows.width
      for (let x: usize = 0; x < windows.wide; x++) {
        const first = top + load<usize>(windows.firsts + (x << 2))
        for (let c: usize = 0; c < all; c += 16) {
          // A last four that is not full is the last four there are.
          const lane = min(c, all - 16)
          const at = first + lane
          const p = v128.load(at)
          const q = v128.load(at + step)
          const r = v128.load(at + down)
          const s = v128.load(at + down + step)
          total = f32x4.add(total, f32x4.add(f32x4.add(p, q), f32x4.add(r, s)))
          const end = further<End, Fast>(further<End, Fast>(p, q), further<End, Fast>(r, s))
          v128.store(out + lane, f32x4.add(end, zero))
        }
        out += all
      }
    }
  }
  return v128.any_true(f32x4.ne(total, total))
}

function endLanes<End, Way>(windows: Windows): void {
  const all = windows.channels << 2
  const step = windows.step
  let out = windows.out
  for (let image: usize = 0; image < windows.images; image++) {
    const data = windows.data + image * windows.apart
    for (let y: usize = 0; y < windows.tall; y++) {
      const top = data + load<usize>(windows.rowFirsts + (y << 2)) * windows.width
      const down = windows.rowStep * windows.width
      const bottom = top + load<usize>(windows.rowCounts + (y << 2)) * down
      for (let x: usize = 0; x < windows.wide; x++) {
        const first = load<usize>(windows.firsts + (x << 2))
        const reach = load<usize>(windows.counts + (x << 2)) * step
        for (let c: usize = 0; c < all; c += 16) {
          // A last four that is not full is the last four there are.
          const lane = min(c, all - 16)
          let end = empty<End>()
          for (let row = top + first + lane; row < bottom + first + lane; row += down) {
            for (let at = row; at < row + reach; at += step) end = further<End, Way>(end, v128.load(at))
          }
          v128.store(out + lane, f32x4.add(end, f32x4.splat(0)))
        }
        out += all
      }
    }
  }
}

function meanLanes(windows: Windows): void {
  const all = windows.channels << 2
  const step = windows.step
  let out = windows.out
  for (let image: usize = 0; image < windows.images; image++) {
    const data = windows.data + image * windows.apart
    for (let y: usize = 0; y < windows.tall; y++) {
      const top = data + load<usize>(windows.rowFirsts + (y << 2)) * windows.width
      const down = windows.rowStep * windows.width
      const bottom = top + load<usize>(windows.rowCounts + (y << 2)) * down
      const size = load<f64>(windows.rowSizes + (y << 3))
      for (let x: usize = 0; x < windows.wide; x++) {
        const first = load<usize>(windows.firsts + (x << 2))
        const reach = load<usize>(windows.counts + (x << 2)) * step
        const square = reach === 2 * step && bottom === top + 2 * down
        const count = max(1, size * load<f64>(windows.sizes + (x << 3)))
        const divisor = f64x2.splat(count)
        // Of a power of two, the factor is exact.
        const quick = (reinterpret<u64>(count) & 0x000fffffffffffff) === 0
        const factor = f64x2.splat(1 / count)
        for (let c: usize = 0; c < all; c += 16) {
          const lane = min(c, all - 16)
          let near = f64x2.splat(0)
          let far = f64x2.splat(0)
          const from = top + first + lane
          if (square) {
            const low = from + down
            near = f64x2.add(f64x2.add(f64x2.add(double(from), double(from + step)), double(low)), double(low + step))
            far = f64x2.add(f64x2.add(f64x2.add(double(from + 8), double(from + step + 8)), double(low + 8)), double(low + step + 8))
          } else {
            for (let row = from; row < bottom + first + lane; row += down) {
              for (let at = row; at < row + reach; at += step) {
                near = f64x2.add(near, double(at))
                far = f64x2.add(far, double(at + 8))
              }
            }
          }
          if (quick) v128.store(out + lane, single(f64x2.mul(near, factor), f64x2.mul(far, factor)))
          else v128.store(out + lane, single(f64x2.div(near, divisor), f64x2.div(far, divisor)))
        }
        out += all
      }
    }
  }
}

/** One channel. */
export function poolColumns(plan: usize, op: i32): void {
  const windows = changetype<Windows>(plan)
  if (op === 2) return meanColumns(windows)
  const exact = odd(windows.data, windows.data + windows.images * windows.apart)
  if (op === 0) exact ? endColumns<Largest, Exact>(windows) : endColumns<Largest, Fast>(windows)
  else exact ? endColumns<Smallest, Exact>(windows) : endColumns<Smallest, Fast>(windows)
}

function endColumns<End, Way>(windows: Windows): void {
  const early = windows.early
  const late = windows.late
  let out = windows.out
  for (let image: usize = 0; image < windows.images; image++) {
    const data = windows.data + image * windows.apart
    for (let y: usize = 0; y < windows.tall; y++) {
      const top = data + load<usize>(windows.rowFirsts + (y << 2)) * windows.width
      endRows<End, Way>(windows, top, load<usize>(windows.rowCounts + (y << 2)))
      for (let x: usize = 0; x < early; x++) endColumn<End, Way>(windows, x, out)
      endAlong<End, Way>(windows, out)
      for (let x = late; x < windows.wide; x++) endColumn<End, Way>(windows, x, out)
      out += windows.wide << 2
    }
  }
}

/** All columns of a window's rows, into the room; there is room behind the last. */
function endRows<End, Way>(windows: Windows, top: usize, count: usize): void {
  const down = windows.rowStep * windows.width
  const end = windows.room + windows.width
  let at = top
  const zero = f32x4.splat(0)
  if (count === 3) {
    for (let to = windows.room; to < end; to += 16, at += 16) {
      const two = further<End, Way>(v128.load(at), v128.load(at + down))
      v128.store(to, f32x4.add(further<End, Way>(two, v128.load(at + 2 * down)), zero))
    }
    return
  }
  for (let to = windows.room; to < end; to += 16, at += 16) {
    let most = empty<End>()
    const bottom = at + count * down
    for (let row = at; row < bottom; row += down) most = further<End, Way>(most, v128.load(row))
    v128.store(to, f32x4.add(most, zero))
  }
}

function endColumn<End, Way>(windows: Windows, x: usize, out: usize): void {
  const step = windows.step
  let at = windows.room + load<usize>(windows.firsts + (x << 2))
  const last = at + load<usize>(windows.counts + (x << 2)) * step
  let end = empty<End>()
  if (step === 4) {
    for (; at + 16 <= last; at += 16) end = further<End, Way>(end, v128.load(at))
    end = further<End, Way>(end, v128.shuffle<f32>(end, end, 2, 3, 0, 1))
    end = further<End, Way>(end, v128.shuffle<f32>(end, end, 1, 0, 3, 2))
  }
  for (; at < last; at += step) end = further<End, Way>(end, v128.load32_splat(at))
  store<f32>(out + (x << 2), f32x4.extract_lane(end, 0))
}

/** The windows that read side by side, four at a time. */
function endAlong<End, Way>(windows: Windows, out: usize): void {
  const from = windows.early
  const to = windows.late
  const step = windows.step
  if (from === to) return
  const count = load<usize>(windows.counts + (from << 2))
  const start = windows.room + load<usize>(windows.firsts + (from << 2)) - (from << 2)
  for (let next = from; next < to; next += 4) {
    // A last four that is not full is the last four there are.
    const x = min(next, to - 4) << 2
    let end = v128.load(start + x)
    if (count === 3) end = further<End, Way>(further<End, Way>(end, v128.load(start + x + step)), v128.load(start + x + 2 * step))
    else for (let k: usize = 1; k < count; k++) end = further<End, Way>(end, v128.load(start + x + k * step))
    v128.store(out + x, end)
  }
}

function meanColumns(windows: Windows): void {
  const early = windows.early
  const late = windows.late
  let out = windows.out
  for (let image: usize = 0; image < windows.images; image++) {
    const data = windows.data + image * windows.apart
    for (let y: usize = 0; y < windows.tall; y++) {
      meanEach(windows, data, y, 0, early, out)
      meanAlong(windows, data, y, out)
      meanEach(windows, data, y, late, windows.wide, out)
      out += windows.wide << 2
    }
  }
}

/** The windows `from` to `to`: four at a time where they read equally many columns, since each waits for its last sum. */
function meanEach(windows: Windows, data: usize, y: usize, from: usize, to: usize, out: usize): void {
  for (let x = from; x < to; ) {
    const counts = windows.counts + (x << 2)
    const count = load<u32>(counts)
    if (x + 4 <= to && count === load<u32>(counts, 4) && count === load<u32>(counts, 8) && count === load<u32>(counts, 12)) {
      meanColumns4(windows, data, y, x, out)
      x += 4
    } else meanColumn(windows, data, y, x++, out)
  }
}

function meanColumns4(windows: Windows, data: usize, y: usize, x: usize, out: usize): void {
  const down = windows.rowStep * windows.width
  const firsts = windows.firsts + (x << 2)
  const first = load<usize>(firsts)
  const top = data + load<usize>(windows.rowFirsts + (y << 2)) * windows.width + first
  const size = load<f64>(windows.rowSizes + (y << 3))
  const sizes = windows.sizes + (x << 3)
  fourMeans(
    windows,
    top,
    top + load<usize>(windows.rowCounts + (y << 2)) * down,
    load<usize>(windows.counts + (x << 2)) * windows.step,
    load<usize>(firsts, 4) - first,
    load<usize>(firsts, 8) - first,
    load<usize>(firsts, 12) - first,
    size * load<f64>(sizes),
    size * load<f64>(sizes, 8),
    size * load<f64>(sizes, 16),
    size * load<f64>(sizes, 24),
    out + (x << 2),
    4,
  )
}

function meanColumn(windows: Windows, data: usize, y: usize, x: usize, out: usize): void {
  const down = windows.rowStep * windows.width
  const step = windows.step
  const top = data + load<usize>(windows.rowFirsts + (y << 2)) * windows.width + load<usize>(windows.firsts + (x << 2))
  const bottom = top + load<usize>(windows.rowCounts + (y << 2)) * down
  const reach = load<usize>(windows.counts + (x << 2)) * step
  let sum: f64 = 0
  for (let row = top; row < bottom; row += down) for (let at = row; at < row + reach; at += step) sum += <f64>load<f32>(at)
  store<f32>(out + (x << 2), <f32>(sum / max(1, load<f64>(windows.rowSizes + (y << 3)) * load<f64>(windows.sizes + (x << 3)))))
}

/** The windows that read side by side, four at a time. */
function meanAlong(windows: Windows, data: usize, y: usize, out: usize): void {
  const from = windows.early
  const to = windows.late
  if (from === to) return
  const down = windows.rowStep * windows.width
  const step = windows.step
  const left = data + load<usize>(windows.rowFirsts + (y << 2)) * windows.width
  const top = left + load<usize>(windows.firsts + (from << 2)) - (from << 2)
  const height = load<usize>(windows.rowCounts + (y << 2)) * down
  const count = load<usize>(windows.counts + (from << 2))
  const divisor = f64x2.splat(max(1, load<f64>(windows.rowSizes + (y << 3)) * load<f64>(windows.sizes + (from << 3))))
  const three = count === 3 && step === 4
  for (let next = from; next < to; next += 4) {
    const x = min(next, to - 4)
    const first = top + (x << 2)
    const bottom = first + height
    let near = f64x2.splat(0)
    let far = near
    if (three) {
      for (let row = first; row < bottom; row += down) {
        // Six columns serve the windows of four.
        const a = double(row)
        const b = double(row + 8)
        const c = double(row + 16)
        near = f64x2.add(f64x2.add(f64x2.add(near, a), v128.shuffle<f64>(a, b, 1, 2)), b)
        far = f64x2.add(f64x2.add(f64x2.add(far, b), v128.shuffle<f64>(b, c, 1, 2)), c)
      }
    } else {
      for (let row = first; row < bottom; row += down) {
        for (let at = row; at < row + count * step; at += step) {
          near = f64x2.add(near, double(at))
          far = f64x2.add(far, double(at + 8))
        }
      }
    }
    v128.store(out + (x << 2), single(f64x2.div(near, divisor), f64x2.div(far, divisor)))
  }
}

/** One channel of four images. */
export function meanFour(plan: usize): void {
  const windows = changetype<Windows>(plan)
  const apart = windows.apart
  const down = windows.rowStep * windows.width
  const each = (windows.tall * windows.wide) << 2
  let out = windows.out
  for (let y: usize = 0; y < windows.tall; y++) {
    const top = windows.data + load<usize>(windows.rowFirsts + (y << 2)) * windows.width
    const height = load<usize>(windows.rowCounts + (y << 2)) * down
    const size = load<f64>(windows.rowSizes + (y << 3))
    for (let x: usize = 0; x < windows.wide; x++) {
      const first = top + load<usize>(windows.firsts + (x << 2))
      const reach = load<usize>(windows.counts + (x << 2)) * windows.step
      const all = size * load<f64>(windows.sizes + (x << 3))
      fourMeans(windows, first, first + height, reach, apart, 2 * apart, 3 * apart, all, all, all, all, out, each)
      out += 4
    }
  }
}

/** The means of four windows side by side, since each sum waits for its last value: `second`, `third` and `fourth` are so far from the one at `top`, and their results `each` apart. */
function fourMeans(
  windows: Windows,
  top: usize,
  bottom: usize,
  reach: usize,
  second: usize,
  third: usize,
  fourth: usize,
  size0: f64,
  size1: f64,
  size2: f64,
  size3: f64,
  out: usize,
  each: usize,
): void {
  const step = windows.step
  const down = windows.rowStep * windows.width
  let a: f64 = 0
  let b: f64 = 0
  let c: f64 = 0
  let d: f64 = 0
  for (let row = top; row < bottom; row += down) {
    for (let at = row; at < row + reach; at += step) {
      a += <f64>load<f32>(at)
      b += <f64>load<f32>(at + second)
      c += <f64>load<f32>(at + third)
      d += <f64>load<f32>(at + fourth)
    }
  }
  store<f32>(out, <f32>(a / max(1, size0)))
  store<f32>(out + each, <f32>(b / max(1, size1)))
  store<f32>(out + 2 * each, <f32>(c / max(1, size2)))
  store<f32>(out + 3 * each, <f32>(d / max(1, size3)))
}
