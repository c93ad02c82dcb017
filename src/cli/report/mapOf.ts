import type { Row } from '../../sources/collections/collection.ts'
import { counted, percent, whole } from '../numerals.ts'
import type { Clip } from './clips.ts'
import type { Measured } from './collectionFacts.ts'
import { cut, dataOf, html, type Markup, nameOf } from './markup.ts'
import { principalAxes } from './principalAxes.ts'

/** Labels that have a color and a form of their own: ten colors, twice. */
const mostMarked = 20

const [width, height, margin] = [1000, 660, 24]

/**
 * A map of the sample: the directions of its vectors, as those are what `poolwise similar` compares, along their two principal components.
 * @param clipOf where the sound of a row is, from the page
 */
export async function mapOf({ sample, size, labels }: Measured, clipOf: (row: Row) => Clip | undefined): Promise<Markup> {
  const kept: Row[] = []
  const units = new Float32Array(sample.matrix.length)
  for (const [i, row] of sample.rows.entries()) {
    const vector = sample.matrix.subarray(i * size, (i + 1) * size)
    const norm = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0))
    if (norm < Infinity && norm > 0) {
      const at = kept.push(row) - 1
      for (let k = 0; k < size; k++) units[at * size + k] = vector[k]! / norm
    }
  }
  const { points, shares } = await principalAxes(units.subarray(0, kept.length * size), size)
  if (kept.length < 3 || shares[0] === 0)
    return html`<p class="quiet">${kept.length < 3 ? 'A map needs three vectors that are finite and not of zeros.' : 'All vectors point the same way, so there is nothing to map.'}</p>`
  const places = scaled(points)
  const named = [...labels].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([label]) => label)
  const marked = new Map(named.slice(0, mostMarked).map((label, i) => [label, i]))
  const kinds = kept.map(({ label }) => (label === undefined ? -1 : (marked.get(label) ?? -1)))
  const dots = [-1, ...marked.values()].map((kind) => {
    const d = places.flatMap(([x, y], i) => (kinds[i] === kind ? [`M${x} ${y}h0`] : [])).join('')
    return d === '' ? '' : html`<path class="${classOf(kind)}" data-kind="${kind}" d="${d}"/>`
  })
  const clips = kept.map(clipOf)
  const data = {
    x: places.map(([x]) => x),
    y: places.map(([, y]) => y),
    kind: kinds,
    id: kept.map(({ id }) => cut(id, 120)),
    label: kept.map(({ label }) => (label === undefined ? null : cut(label, 60))),
    time: kept.map(({ start, end }) => [Number(start.toFixed(2)), Number(end.toFixed(2))]),
    ...(clips.some((clip) => clip !== undefined) && { clip: clips.map((clip) => clip ?? null) }),
  }
  const legend = Array.from(marked, ([label, kind]) => [
    html`<li><button type="button" class="key" aria-pressed="false" data-kind="${kind}"><svg viewBox="0 0 16 16" aria-hidden="true"><path class="${classOf(kind)}" d="M8 8h0"/></svg>${nameOf(label, 28)} <span class="quiet">${whole(labels.get(label)!)}</span></button></li>`,
  ])
  const others = named.length - marked.size
  const more = others > 0 ? html`<p class="quiet">${counted(others, 'more label is', 'more labels are')} gray.</p>` : ''
  const listening = data.clip ? ', Enter plays it' : ''
  return html`<div class="mapped">
<div id="map" tabindex="0" role="group" aria-label="Map of ${counted(kept.length, 'vector')}" aria-describedby="how"><svg viewBox="0 0 ${width} ${height}" aria-hidden="true">${dots}<circle id="ring" r="12" visibility="hidden"/></svg></div>
<div class="beside"><div id="told"><p id="name" aria-live="polite">Point at a dot.</p><p id="what" class="quiet"></p><audio id="audio" controls preload="none" hidden></audio></div>
<p id="how" class="quiet">On the keyboard, arrows go from dot to dot${listening}.</p>
${marked.size > 0 ? html`<h3>Labels</h3><ul class="legend">${legend}</ul>${more}` : ''}</div></div>
<p class="quiet">Across: the first principal component of the vectors’ directions, ${percent(shares[0])} of their variance; up: the second, ${percent(shares[1])}. What lies apart here is apart; what lies together may differ in the other ${percent(Math.max(0, 1 - shares[0] - shares[1]))}.</p>
<script type="application/json" id="points">${dataOf(data)}</script>`
}

function classOf(kind: number): string {
  return kind < 0 ? 'dot' : `dot c${kind % 10}${kind >= 10 ? ' square' : ''}`
}

/** Both axes to one scale, in the middle of the picture. */
function scaled(points: Float64Array): readonly (readonly [x: number, y: number])[] {
  const count = points.length / 2
  const range = (axis: number) => {
    let [low, high] = [Infinity, -Infinity]
    for (let i = 0; i < count; i++) {
      low = Math.min(low, points[2 * i + axis]!)
      high = Math.max(high, points[2 * i + axis]!)
    }
    return { middle: (low + high) / 2, span: high - low }
  }
  const [across, up] = [range(0), range(1)]
  const scale = Math.min((width - 2 * margin) / across.span, (height - 2 * margin) / Math.max(up.span, Number.MIN_VALUE))
  return Array.from({ length: count }, (_, i) => [
    Math.round(width / 2 + scale * (points[2 * i]! - across.middle)),
    Math.round(height / 2 - scale * (points[2 * i + 1]! - up.middle)),
  ])
}
