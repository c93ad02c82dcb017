import { createRequire } from 'node:module'
import type { SKRSContext2D } from '@napi-rs/canvas'
import { missing } from '../core/missing.ts'
import { color } from './color.ts'
import { black, font, upward, write } from './letters.ts'
import type { Block, Panel, Span } from './panels.ts'

const [gray, pale, mark] = ['#5f5f5f', '#e8e8e8', '#ff2d78']
const bars = ['#31688e', '#d08a1d'] as const
const width = 1200
/** Where panels end, and where they begin at least and at most: what stands on their left has room. */
const right = 1072
const [leastLeft, mostLeft] = [96, 360]
const scale = { left: 1088, width: 14 }
const left = 48
/** From a panel's upper edge to its first block: its title. */
const head = 34
const [strip, gap, between] = [26, 5, 26]
const bottom = 64

/** What is to be drawn. */
export interface Figure {
  readonly title: string
  /** In one line each. */
  readonly stages: readonly string[]
  readonly unit: 'second' | 'token'
  /** What the axis of time goes over. */
  readonly time: Span
  readonly panels: readonly Panel[]
  /** What is written into the bar of a window. */
  label(window: Span): string
}

/** A figure with room on its left for what stands there. */
interface Sheet extends Figure {
  readonly plot: { readonly left: number; readonly width: number }
}

/**
 * Draws panels above one another over one axis of time.
 * @returns a PNG, 1200 pixels wide
 * @throws (by rejection) Error that names the packages to install where they are missing
 */
export async function drawn(figure: Figure): Promise<Uint8Array> {
  const { createCanvas, GlobalFonts } = await import('@napi-rs/canvas').catch(uninstalled)
  if (!GlobalFonts.has(font)) GlobalFonts.registerFromPath(fontFile(), font)
  const heights = figure.panels.map(heightOf)
  const measure = createCanvas(1, 1).getContext('2d')
  const lines = wrapped(measure, figure.stages, width - 2 * left)
  const top = 88 + lines.length * 20
  const height = top + heights.reduce((sum, one) => sum + one + between, -between) + bottom
  const canvas = createCanvas(width, height)
  const context = canvas.getContext('2d')
  context.fillStyle = 'white'
  context.fillRect(0, 0, width, height)
  write(context, fitted(context, figure.title, 22, width - 2 * left), left, 44, { size: 22 })
  for (const [i, line] of lines.entries()) write(context, line, left, 72 + 20 * i, { color: gray })
  const edge = Math.ceil(Math.min(mostLeft, Math.max(leastLeft, ...figure.panels.map((panel) => roomFor(measure, panel)))))
  const sheet: Sheet = { ...figure, plot: { left: edge, width: right - edge } }
  let at = top
  for (const [i, panel] of figure.panels.entries()) {
    drawPanel(context, sheet, panel, at)
    at += heights[i]! + between
  }
  drawTime(context, sheet, at - between)
  return canvas.encode('png')
}

const uninstalled = missing('plot', '@napi-rs/canvas', 'dejavu-fonts-ttf')

function fontFile(): string {
  try {
    return createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')
  } catch (cause) {
    return uninstalled(cause)
  }
}

/** Stages in as few lines as they fit in. */
function wrapped(context: SKRSContext2D, stages: readonly string[], room: number): string[] {
  context.font = `14px "${font}"`
  const lines: string[] = []
  for (const stage of stages) {
    const longer = lines.length === 0 ? stage : `${lines.at(-1)} → ${stage}`
    if (lines.length > 0 && context.measureText(longer).width <= room) lines[lines.length - 1] = longer
    else lines.push(fitted(context, lines.length === 0 ? stage : `→ ${stage}`, 14, room))
  }
  return lines
}

/** What the names on a panel's left take. */
function roomFor(context: SKRSContext2D, panel: Panel): number {
  context.font = `12px "${font}"`
  const widest = (texts: readonly string[]) => texts.reduce((most, text) => Math.max(most, context.measureText(text).width), 0)
  const size = blockHeight(panel)
  if (size < flat) return 16 + widest(panel.blocks.map((block) => caption(panel, block)))
  return 54 + widest(ticksOf(panel, panel.blocks[0]!.rows, size).map(({ text }) => text))
}

/** What is lower has its name on one line, and no ticks. */
const flat = 60
/** The height of one row that is not pooled. */
const single = 44

function blockHeight({ hertz, windows, blocks }: Panel): number {
  const rows = blocks[0]!.rows
  // A value that changes needs no more than to be seen.
  if (rows === 1 && windows.length === 0) return single
  const room = hertz && windows.length === 0 ? 240 : Math.max(26, Math.round((windows.length > 0 ? 280 : 200) / blocks.length))
  // Rows of one height.
  return rows <= room ? Math.round(room / rows) * rows : room
}

function heightOf(panel: Panel): number {
  const rows = panel.blocks.length
  return head + stripHeight(panel) + rows * blockHeight(panel) + (rows - 1) * gap
}

function stripHeight({ windows }: Panel): number {
  if (windows.length === 0) return 0
  return Math.max(strip, rowsOf(windows).count * 7) + 4
}

function drawPanel(context: SKRSContext2D, figure: Sheet, panel: Panel, at: number): void {
  const { plot } = figure
  const first = at + head + stripHeight(panel)
  const size = blockHeight(panel)
  const end = at + heightOf(panel)
  const said = counted(panel)
  write(context, said, plot.left + plot.width, at + 20, { size: 13, color: gray, align: 'right' })
  const room = plot.width - context.measureText(said).width - 24
  write(context, fitted(context, panel.title, 15, room), plot.left, at + 20, { size: 15 })
  if (panel.windows.length > 0) drawWindows(context, figure, panel.windows, at + head)
  for (const [k, block] of panel.blocks.entries()) {
    const upper = first + k * (size + gap)
    drawBlock(context, figure, panel, block, upper, size)
    drawRows(context, figure, panel, block, upper, size)
    drawScale(context, block, upper, size)
  }
  if (panel.line.length > 0) drawLine(context, figure, panel, first, size)
  context.fillStyle = 'rgba(255, 255, 255, 0.62)'
  for (const [from, to] of panel.unseen) context.fillRect(x(figure, from), first, x(figure, to) - x(figure, from), end - first)
  context.fillStyle = mark
  for (const time of panel.marks) context.fillRect(Math.round(x(figure, time)) - 1, first - 4, 2, end - first + 8)
}

function counted({ cells, blocks, windows, marks, unseen, names }: Panel): string {
  const what = `${windows.length > 0 ? 'vector' : 'frame'}${cells.length === 1 ? '' : 's'}`
  const values = `${blocks.length > 1 ? `${blocks.length} × ` : ''}${names.length} value${names.length === 1 ? '' : 's'}`
  const found = marks.length === 0 ? [] : [`${marks.length} ${marks.length === 1 ? 'boundary' : 'boundaries'} (red)`]
  return [`${cells.length} ${what} of ${values}`, ...found, ...(unseen.length > 0 ? ['faded: not seen'] : [])].join('  ·  ')
}

/** Which row each window's bar is in, so that none covers another. */
function rowsOf(windows: readonly Span[]): { rows: number[]; count: number } {
  const ends: number[] = []
  const rows = windows.map(([start, end]) => {
    // Windows of frames that overlap a little follow one another all the same.
    const free = ends.findIndex((last) => last <= start + 0.2 * (end - start))
    const row = free < 0 ? ends.length : free
    ends[row] = end
    return row
  })
  return { rows, count: ends.length }
}

function drawWindows(context: SKRSContext2D, figure: Sheet, windows: readonly Span[], at: number): void {
  const { rows, count } = rowsOf(windows)
  const size = Math.max(strip, count * 7) / count
  const nextStart = new Map<number, number>()
  for (let i = windows.length - 1; i >= 0; i--) {
    const [start, end] = windows[i]!
    const left = Math.max(figure.plot.left, x(figure, start))
    const until = Math.max(left + 1, Math.min(right, x(figure, end), nextStart.get(rows[i]!) ?? Infinity) - 1)
    nextStart.set(rows[i]!, left)
    const upper = at + rows[i]! * size
    context.fillStyle = bars[i % 2]!
    context.fillRect(left, upper, until - left, size - 1)
    if (size < 16) continue
    const label = figure.label(windows[i]!)
    const text = fitted(context, label, 12, until - left - 8)
    // Of words their beginning says something, of a number nothing.
    if (text === label || (figure.unit === 'token' && text.length > 4))
      write(context, text, left + 5, upper + size / 2 + 4, { size: 12, color: 'white' })
  }
}

/** A pixel has the mean of the frames whose middle is in it, or the frame that covers it. */
function drawBlock(
  context: SKRSContext2D,
  figure: Sheet,
  { cells }: Panel,
  {
    rows,
    values,
    scale: {
      ends: [low, high],
    },
  }: Block,
  upper: number,
  size: number,
): void {
  const { plot } = figure
  context.fillStyle = pale
  context.fillRect(plot.left, upper, plot.width, size)
  if (cells.length === 0) {
    write(context, 'nothing: it is shorter than a window', plot.left + plot.width / 2, upper + size / 2 + 5, {
      color: gray,
      align: 'center',
    })
    return
  }
  const image = context.getImageData(plot.left, upper, plot.width, size)
  const [sums, counts] = [new Float64Array(plot.width * rows), new Float64Array(plot.width * rows)]
  for (const [f, [from, to]] of cells.entries()) {
    const [left, right] = [x(figure, from) - plot.left, x(figure, to) - plot.left]
    const first = Math.max(0, Math.min(Math.round(left), Math.floor((left + right) / 2)))
    const last = Math.min(plot.width, Math.max(first + 1, Math.round(right)))
    for (let column = first; column < last; column++) {
      for (let row = 0; row < rows; row++) {
        const value = values[f * rows + row]!
        if (!Number.isFinite(value)) continue
        sums[column * rows + row]! += value
        counts[column * rows + row]! += 1
      }
    }
  }
  for (let column = 0; column < plot.width; column++) {
    for (let y = 0; y < size; y++) {
      const from = Math.floor(((size - 1 - y) * rows) / size)
      const at = column * rows + from
      if (counts[at] === 0) continue
      image.data.set(color((sums[at]! / counts[at]! - low) / (high - low)), 4 * (y * plot.width + column))
    }
  }
  context.putImageData(image, plot.left, upper)
}

/** A line of frequencies over a block, seen on every color. */
function drawLine(context: SKRSContext2D, figure: Sheet, { line, hertz, blocks }: Panel, upper: number, size: number): void {
  context.beginPath()
  let drawn = false
  for (const [time, one] of line) {
    const row = rowAt(one, hertz!)[0]?.row
    if (row !== undefined) {
      const at = [x(figure, time), upper + size * (1 - row / blocks[0]!.rows)] as const
      if (drawn) context.lineTo(...at)
      else context.moveTo(...at)
    }
    drawn = row !== undefined
  }
  context.lineJoin = 'round'
  for (const [lineWidth, strokeStyle] of [
    [5, 'white'],
    [2.5, mark],
  ] as const)
    Object.assign(context, { lineWidth, strokeStyle }).stroke()
}

/** Names along a block's left side: a few of the rows, and what they are. */
function drawRows(context: SKRSContext2D, { plot }: Sheet, panel: Panel, block: Block, upper: number, size: number): void {
  if (size < flat) {
    write(context, fitted(context, caption(panel, block), 12, plot.left - 16), plot.left - 8, upper + size / 2 + 4, {
      size: 12,
      align: 'right',
    })
    return
  }
  upward(
    context,
    caption(panel, block, (text) => fitted(context, text, 14, size) === text),
    34,
    upper + size / 2,
  )
  for (const { row, text } of ticksOf(panel, block.rows, size)) {
    const y = upper + size * (1 - row / block.rows)
    context.fillStyle = black
    context.fillRect(plot.left - 6, Math.round(y), 6, 1)
    write(context, fitted(context, text, 12, plot.left - 54), plot.left - 10, y + 4, { size: 12, align: 'right' })
  }
}

/** What the rows are and of which pooling, in fewer words where there is no room. */
function caption({ axis, hertz }: Panel, { name }: Block, fits = (_: string) => true): string {
  const all = [hertz ? 'Frequency (Hz)' : axis, hertz ? 'Hz' : ''].map((what) => [what, name].filter(Boolean).join(' · '))
  return all.find(fits) ?? name
}

interface Tick {
  /** From a block's lower end. */
  readonly row: number
  readonly text: string
}

function ticksOf({ axis, names, hertz }: Panel, rows: number, size: number): Tick[] {
  if (hertz)
    return apart(
      [62.5, 125, 250, 500, 1000, 2000, 4000, 8000, 16000, 32000, 64000].flatMap((one) => rowAt(one, hertz)),
      size / rows,
    )
  // 'mel4-mel7' as 4–7, where all are of one kind.
  const short = (name: string) => (axis === '' ? name : name.replaceAll(axis, '').replace('-', '–'))
  const step = rows <= size / 16 ? 1 : stepFor(rows, size / 40)
  return names.flatMap((name, row) => (row % step === 0 ? [{ row: row + 0.5, text: short(name) }] : []))
}

/** Where a frequency lies between the middles of rows. */
function rowAt(one: number, hertz: readonly number[]): Tick[] {
  const after = hertz.findIndex((row) => row >= one)
  const [from, to] = [hertz[after - 1], hertz[after]]
  if (from === undefined || to === undefined) return []
  return [{ row: after - 0.5 + (one - from) / (to - from), text: String(one) }]
}

/** Those that do not stand in one another's way, from the highest on. */
function apart(ticks: readonly Tick[], pixels: number): Tick[] {
  const kept: Tick[] = []
  for (const tick of ticks.toReversed()) if (kept.length === 0 || (kept.at(-1)!.row - tick.row) * pixels >= 14) kept.push(tick)
  return kept
}

function drawScale(
  context: SKRSContext2D,
  {
    scale: {
      ends: [low, high],
      unit,
    },
  }: Block,
  upper: number,
  size: number,
): void {
  for (let y = 0; y < size; y++) {
    context.fillStyle = `rgb(${color(1 - y / (size - 1)).join()})`
    context.fillRect(scale.left, upper + y, scale.width, 1)
  }
  const texts = size < single ? [high] : size < flat ? [high, low] : [high, (high + low) / 2, low]
  const digits = Math.max(0, 2 - Math.floor(Math.log10(high - low)))
  for (const [i, value] of texts.entries()) {
    const y = texts.length === 1 ? upper + size / 2 + 4 : upper + 10 + (i * (size - 11)) / (texts.length - 1)
    write(context, `${Number(value.toFixed(digits)) || 0}${unit && ` ${unit}`}`.replace('-', '−'), scale.left + scale.width + 8, y, {
      size: 12,
    })
  }
}

function drawTime(context: SKRSContext2D, figure: Sheet, at: number): void {
  const { plot } = figure
  const [start, end] = figure.time
  const step = stepFor(end - start, 12)
  const digits = Math.max(0, -Math.floor(Math.log10(step)))
  for (let i = Math.ceil(start / step); i * step <= end + step / 1e6; i++) {
    const left = x(figure, i * step)
    context.fillStyle = black
    context.fillRect(Math.round(left), at + 4, 1, 6)
    write(context, (i * step).toFixed(digits), left, at + 26, { size: 13, align: 'center' })
  }
  const what = figure.unit === 'second' ? 'Time (s)' : 'Token'
  write(context, what, plot.left + plot.width / 2, at + 50, { size: 14, align: 'center' })
}

/** 1, 2 or 5 times a power of ten, at most so many in a range. */
function stepFor(range: number, count: number): number {
  const least = range / Math.max(1, count)
  const power = 10 ** Math.floor(Math.log10(least))
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * (1 - 1e-9))!
}

function x({ time: [start, end], plot }: Sheet, time: number): number {
  return plot.left + (plot.width * (time - start)) / (end - start)
}

/** As much of a text as there is room for; nothing where there is next to none. */
function fitted(context: SKRSContext2D, text: string, size: number, room: number): string {
  context.font = `${size}px "${font}"`
  if (context.measureText(text).width <= room) return text
  const letters = [...text]
  let [low, high] = [0, letters.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (context.measureText(`${letters.slice(0, middle).join('')}…`).width <= room) low = middle
    else high = middle - 1
  }
  return low > 0 ? `${letters.slice(0, low).join('').trimEnd()}…` : ''
}
