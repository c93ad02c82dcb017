import { percent, short, whole } from '../numerals.ts'
import type { Feature, Sample } from './collectionFacts.ts'
import { html, type Markup, nameOf } from './markup.ts'

/** Columns of a chart of features; of more, every second or third … is drawn. */
const mostColumns = 1000

/** Places of a scale that are round numbers, some four to six of them. */
export function ticksIn(low: number, high: number, about = 5): number[] {
  const raw = (high - low) / about
  if (!(raw > 0) || !Number.isFinite(raw)) return [low]
  const step = stepNear(raw)
  const first = Math.ceil(low / step - 1e-9)
  const count = Math.floor(high / step + 1e-9) - first + 1
  // Places that are sums would not be round.
  return Array.from({ length: Math.max(0, count) }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

function stepNear(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw))
  const lead = raw / power
  return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10)
}

/** A value of sorted ones, by its share; NaN of none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] ?? NaN
}

export interface Histogram {
  readonly edges: readonly number[]
  readonly counts: readonly number[]
  /** Beyond the last edge. */
  readonly beyond: number
}

/** Some thirty bins of round width; what is far beyond nearly all is counted apart. Nothing where all values are the same. */
export function histogramOf(values: readonly number[]): Histogram | undefined {
  const sorted = Float64Array.from(values.filter(Number.isFinite)).sort()
  const [low, high, most] = [quantile(sorted, 0), quantile(sorted, 0.99), quantile(sorted, 1)]
  if (!(most - low > 1e-6 * Math.max(Math.abs(low), Math.abs(most)))) return undefined
  const end = most > high + 0.5 * (high - low) && high > low ? high : most
  const step = stepNear((end - low) / 24)
  const first = Math.floor(low / step + 1e-9)
  const count = Math.max(1, Math.floor(end / step - first + 1e-9) + 1)
  const edges = Array.from({ length: count + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
  const counts = new Array<number>(count).fill(0)
  let beyond = 0
  for (const x of sorted) {
    const bin = Math.floor(x / step - first + 1e-9)
    if (bin >= count) beyond++
    else counts[Math.max(0, bin)]!++
  }
  return { edges, counts, beyond }
}

/** Bars of how many values lie where, with the median said; a sentence where there is nothing to draw. */
export function histogram(
  what: string,
  values: readonly number[],
  tell: (x: number) => string,
  mark: (x: number) => string = short,
): Markup {
  const finite = values.filter(Number.isFinite)
  const sorted = Float64Array.from(finite).sort()
  if (sorted.length === 0) return html`<p class="quiet">None.</p>`
  const bins = histogramOf(finite)
  if (!bins) return html`<p>All ${tell(sorted[0]!)}.</p>`
  const { edges, counts, beyond } = bins
  const [low, high] = [edges[0]!, edges.at(-1)!]
  const top = Math.max(...counts)
  const bars = counts.map((count, i) => {
    const height = (100 * count) / top
    return html`<rect x="${i + 0.06}" y="${round(100 - height)}" width=".88" height="${round(height)}"><title>${tell(edges[i]!)} to ${tell(edges[i + 1]!)}: ${whole(count)}</title></rect>`
  })
  const quarters = [0.05, 0.5, 0.95].map((share) => tell(quantile(sorted, share)))
  const said = `${what}: median ${quarters[1]}, nine in ten from ${quarters[0]} to ${quarters[2]}`
  const rest = beyond > 0 ? `; ${whole(beyond)} beyond, up to ${tell(sorted.at(-1)!)}` : ''
  return html`<figure><div class="plot"><svg viewBox="0 0 ${counts.length} 100" preserveAspectRatio="none" role="img" aria-label="${said}">${bars}</svg>${marks(ticksIn(low, high, 4), low, high, mark)}</div><figcaption>Median <b>${quarters[1]}</b>, nine in ten from <b>${quarters[0]}</b> to <b>${quarters[2]}</b>${rest}.</figcaption></figure>`
}

/** Numbers below a chart, where they belong. */
function marks(ticks: readonly number[], low: number, high: number, mark: (x: number) => string): Markup {
  const places = ticks.map((x) => html`<span style="left:${round((100 * (x - low)) / (high - low))}%">${mark(x)}</span>`)
  return html`<div class="ticks" aria-hidden="true">${places}</div>`
}

/** What the middle half and nine tenths of vectors have of each value, beside one another. */
export function bands(features: readonly Feature[], { matrix }: Sample): Markup {
  const size = features.length
  const rows = matrix.length / size
  const every = Math.ceil(size / mostColumns)
  const columns = features.flatMap((feature, k) => {
    if (k % every !== 0) return []
    const sorted = Float64Array.from({ length: rows }, (_, r) => matrix[r * size + k]!)
      .filter(Number.isFinite)
      .sort()
    return [{ feature, at: [0.05, 0.25, 0.5, 0.75, 0.95].map((share) => quantile(sorted, share)) }]
  })
  const all = columns.flatMap(({ at }) => at.filter(Number.isFinite))
  const [least, most] = [all.reduce((a, b) => Math.min(a, b), Infinity), all.reduce((a, b) => Math.max(a, b), -Infinity)]
  if (!(most >= least)) return html`<p class="quiet">No value is finite.</p>`
  const room = most > least ? 0.04 * (most - least) : Math.abs(most) || 1
  const [low, high] = [least - room, most + room]
  const y = (x: number) => round((100 * (high - x)) / (high - low))
  const box = (from: number, to: number) =>
    columns.map(({ at }, i) => (Number.isFinite(at[0]) ? `M${i} ${y(at[to]!)}h1V${y(at[from]!)}h-1z` : '')).join('')
  const line = columns.map(({ at }, i) => (Number.isFinite(at[2]) ? `M${i} ${y(at[2]!)}h1` : '')).join('')
  const hover =
    columns.length > 400
      ? []
      : columns.map(
          ({ feature: { name }, at }, i) =>
            html`<rect class="hover" x="${i}" y="0" width="1" height="100"><title>${name}: median ${short(at[2]!)}, nine in ten from ${short(at[0]!)} to ${short(at[4]!)}</title></rect>`,
        )
  const zero = low < 0 && high > 0 ? html`<path class="zero" d="M0 ${y(0)}H${columns.length}"/>` : ''
  const grid = ticksIn(low, high, 4).map((x) => html`<span style="top:${y(x)}%">${short(x)}</span>`)
  const [first, last] = [features[0]!.name, features.at(-1)!.name]
  const said = `Quantiles of ${size} values, from ${short(least)} to ${short(most)}`
  const skipped = every > 1 ? ` Drawn is one of ${every}.` : ''
  return html`<figure><div class="plot bands"><div class="levels" aria-hidden="true">${grid}</div><svg viewBox="0 0 ${columns.length} 100" preserveAspectRatio="none" role="img" aria-label="${said}"><path class="wide" d="${box(0, 4)}"/><path class="middle" d="${box(1, 3)}"/>${zero}<path class="median" d="${line}"/>${hover}</svg><div class="ends"><span>${nameOf(first, 24)}</span>${size > 1 ? html`<span>${nameOf(last, 24)}</span>` : ''}</div></div><figcaption>Each value of the vectors in their order: the line is its median, the dark band the middle half, the light one nine tenths.${skipped}</figcaption></figure>`
}

/** A share as a bar, and what chance would give as a mark on it. */
export function shareBar(share: number, chance: number): Markup {
  return html`<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="rail" width="100" height="8"/><rect class="fill" width="${round(100 * share)}" height="8"/><path class="chance" d="M${round(100 * chance)} 0V8"/></svg>`
}

/** The same, in words beside it. */
export function shareRow(what: Markup, share: number, chance: number): Markup {
  return html`<tr><th scope="row">${what}</th><td class="wide">${shareBar(share, chance)}</td><td class="number">${percent(share)}</td><td class="number quiet">${percent(chance)}</td></tr>`
}

function round(x: number): number {
  return Number(x.toFixed(2))
}
