import { createHash } from 'node:crypto'
import type { StageSpec } from '../../core/stage.ts'
import type { Row } from '../../sources/collections/collection.ts'
import { counted, lengthOf, percent, short, type Unit, whole } from '../numerals.ts'
import type { Reason } from '../reasons.ts'
import { agreementIn } from './agreement.ts'
import { bands, histogram, shareRow } from './charts.ts'
import type { Clip } from './clips.ts'
import type { Measured } from './collectionFacts.ts'
import { mapOf } from './mapOf.ts'
import { html, Markup, nameOf } from './markup.ts'
import { pageScript } from './pageScript.ts'
import { pageStyle } from './pageStyle.ts'

/** Rows of the longest tables. */
const mostLines = 200

export interface Told {
  readonly measured: Measured
  /** Inputs that gave nothing, or nothing more, by their reasons. */
  readonly reasons: readonly Reason[]
  readonly clipOf: (row: Row) => Clip | undefined
}

/** A page about a collection, which asks for nothing but sounds. The same collection gives the same bytes. */
export async function reportPage(told: Told): Promise<string> {
  const { measured, reasons, clipOf } = told
  const { vectors, size, inputs, about, labels, sample } = measured
  const unit = unitOf(measured)
  const failures = reasons.reduce((sum, { count }) => sum + count, 0)
  const title = `${counted(vectors, 'vector')} of ${counted(size, 'value')}`
  const some = sample.rows.length < vectors
  const facts: [what: string, said: string, bad?: boolean][] = [
    ['inputs', whole(inputs)],
    ...(inputs < vectors ? [['vectors an input', short(vectors / inputs)] as [string, string]] : []),
    ['in all', lengthOf(measured.duration, unit)],
    ['labels', whole(labels.size)],
    ...(measured.coverage === undefined ? [] : [['words with vectors', percent(measured.coverage)] as [string, string]]),
    ['failures', whole(failures), failures > 0],
  ]
  const script = pageScript
  const body = html`<header><p class="brand">poolwise ${about.version ?? ''}</p><h1>${title}</h1>${wayOf(about.pipeline)}</header>
<dl class="facts">${facts.map(([what, said, bad]) => html`<div${bad ? new Markup(' class="bad"') : ''}><dt>${what}</dt><dd>${said}</dd></div>`)}</dl>
<main>
${
  vectors === 0
    ? ''
    : html`<section${labels.size === 0 ? new Markup(' class="plain"') : ''}><h2>Map</h2>${some ? html`<p class="quiet">Of ${whole(sample.rows.length)} vectors drawn at random, the same ones whenever the collection is the same.</p>` : ''}${await mapOf(measured, clipOf)}</section>
${agreementSection(measured)}
${spreadSection(measured, unit)}
${vectorsSection(measured, some)}`
}
${worstSection(told)}
${madeSection(measured, some)}
</main>
<script>${new Markup(script)}</script>`
  // Nothing else in the page runs, whatever a name holds.
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; media-src 'self' file:; base-uri 'none'; form-action 'none'`
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · poolwise</title><style>${new Markup(pageStyle)}</style></head><body>
${body}
</body></html>
`
  return page.text
}

/** Seconds of what is heard, tokens of what is read. */
function unitOf({ about, coverage }: Measured): Unit {
  const { source } = (about.pipeline ?? {}) as { readonly source?: { readonly source?: unknown } }
  const name = String(source?.source)
  if (coverage !== undefined || ['textFiles', 'jsonl', 'csv'].includes(name)) return 'token'
  return ['audioFiles', 'manifest', 'pcm'].includes(name) ? 'second' : undefined
}

/** A pipeline by the names of its parts. */
function wayOf(pipeline: unknown): Markup | undefined {
  const { source, stages } = (pipeline ?? {}) as { readonly source?: { readonly source?: unknown }; readonly stages?: readonly StageSpec[] }
  if (source === undefined || !Array.isArray(stages)) return undefined
  const all = [source.source, ...(stages as readonly StageSpec[]).map(({ stage }) => stage)]
  return html`<p class="way">${all.map(String).join(' → ')}</p>`
}

function agreementSection({ sample, size, labels }: Measured): Markup {
  const lead = html`<h2>Do neighbors agree?</h2>`
  if (labels.size === 0)
    return html`<section>${lead}<p class="quiet">No vector has a label. Of sound a manifest gives them, of text <code>--label-field</code>; then this says how often a vector’s nearest neighbor has its label.</p></section>`
  const found = agreementIn(sample, size)
  if (!found) return html`<section>${lead}<p class="quiet">No label is on two inputs, so there is nothing to agree.</p></section>`
  const { queries, among, nearest, ten, chance, labels: each } = found
  const asked =
    queries < among ? `${whole(queries)} of ${whole(among)} vectors, among those` : `${whole(queries)} vectors, among themselves`
  const head = html`<thead><tr><th scope="col"></th><th scope="col"></th><th scope="col" class="number">same label</th><th scope="col" class="number">▏by chance</th></tr></thead>`
  const rows = each
    .slice(0, mostLines)
    .map(
      ({ label, queries: count, nearest: right, chance: by, other }) =>
        html`<tr><th scope="row">${nameOf(label, 40)}</th><td class="number">${whole(count)}</td><td class="number">${percent(right)}</td><td class="number quiet">${percent(by)}</td><td>${other ? html`${nameOf(other[0], 40)} <span class="quiet">${whole(other[1])}</span>` : html`<span class="quiet">none</span>`}</td></tr>`,
    )
  const rest = each.length > rows.length ? html`<p class="quiet">And ${whole(each.length - rows.length)} labels that agree more.</p>` : ''
  return html`<section>${lead}<p>The nearest by cosine has the same label for <b>${percent(nearest)}</b>, where chance would give ${percent(chance)}. Asked were ${asked}; neighbors are of other inputs.</p>
<div><table>${head}<tbody>${shareRow(html`The nearest`, nearest, chance)}${shareRow(html`The ten nearest`, ten, chance)}</tbody></table></div>
<details${each.length <= 8 ? new Markup(' open') : ''}><summary>By label</summary><div class="scroll" tabindex="0" role="region" aria-label="Agreement by label"><table><thead><tr><th scope="col">label</th><th scope="col" class="number">asked</th><th scope="col" class="number">same label</th><th scope="col" class="number">by chance</th><th scope="col">else most often</th></tr></thead><tbody>${rows}</tbody></table></div>${rest}</details></section>`
}

function spreadSection({ lengths, inputs, vectors, sample, size }: Measured, unit: Unit): Markup {
  const tell = (x: number) => lengthOf(x, unit)
  const measure = unit === undefined ? '' : `, in ${unit}s`
  const { rows, matrix } = sample
  const drawn = lengths.length < inputs ? ` (${whole(lengths.length)} of ${whole(inputs)})` : ''
  const one = (heading: string, chart: Markup) => html`<div><h3>${heading}</h3>${chart}</div>`
  const coverage = rows.flatMap((row) => row.coverage ?? [])
  const norms = rows.map((_, i) => Math.sqrt(matrix.subarray(i * size, (i + 1) * size).reduce((sum, x) => sum + x * x, 0)))
  return html`<section><h2>Lengths and norms</h2><div class="halves">
${one(`Inputs${measure}${drawn}`, histogram('Lengths of inputs', lengths, tell))}
${
  inputs < vectors
    ? one(
        `Vectors${measure}`,
        histogram(
          'Lengths of vectors',
          rows.map(({ start, end }) => end - start),
          tell,
        ),
      )
    : ''
}
${coverage.length > 0 ? one('Words with vectors, of each text', histogram('Coverage', coverage, percent, percent)) : ''}
${one('Norms of vectors', histogram('Norms', norms, short))}
</div></section>`
}

function vectorsSection(measured: Measured, some: boolean): Markup {
  const { features, sample, size, zeros, notFinite, vectors } = measured
  const dead = features.filter(({ min, max }) => min === 0 && max === 0)
  const constant = features.filter(({ min, max }) => min === max && min !== 0)
  const bad = features.filter(({ notFinite: count }) => count > 0)
  const names = (of: readonly { readonly name: string }[]) =>
    html`${of.slice(0, 12).map(({ name }, i) => html`${i > 0 ? ', ' : ''}${nameOf(name, 30)}`)}${of.length > 12 ? ' …' : ''}`
  const faults = [
    ...(notFinite > 0
      ? [html`<b>${counted(notFinite, 'vector has', 'vectors have')}</b> a value that is NaN or infinite, in ${names(bad)}.`]
      : []),
    ...(zeros > 0 ? [html`<b>${counted(zeros, 'vector is', 'vectors are')}</b> all zeros: nothing was seen.`] : []),
    ...(vectors > 1 && dead.length > 0 ? [html`<b>${counted(dead.length, 'value is', 'values are')}</b> always 0: ${names(dead)}.`] : []),
    ...(vectors > 1 && constant.length > 0
      ? [html`<b>${counted(constant.length, 'value never changes', 'values never change')}</b>: ${names(constant)}.`]
      : []),
  ]
  const lines = features
    .slice(0, mostLines)
    .map(
      ({ name, min, max, mean, std, notFinite: count }) =>
        html`<tr><th scope="row">${nameOf(name, 40)}</th>${[min, mean, max, std].map((x) => html`<td class="number">${short(x)}</td>`)}<td class="number">${count > 0 ? whole(count) : ''}</td></tr>`,
    )
  const rest = features.length > lines.length ? html`<p class="quiet">And ${whole(features.length - lines.length)} more.</p>` : ''
  return html`<section><h2>What is in the vectors</h2>
${faults.length > 0 ? html`<ul class="notes">${faults.map((fault) => html`<li>${fault}</li>`)}</ul>` : html`<p>Every value is finite${vectors > 1 ? ' and varies' : ''}, and no vector is all zeros.</p>`}
${size > 0 ? html`<div><h3>Values${some ? `, of ${whole(sample.rows.length)} vectors` : ''}</h3>${bands(features, sample)}</div>` : ''}
<details><summary>Values by name</summary><div class="scroll" tabindex="0" role="region" aria-label="Values by name"><table><thead><tr><th scope="col">value</th><th scope="col" class="number">least</th><th scope="col" class="number">mean</th><th scope="col" class="number">most</th><th scope="col" class="number">std</th><th scope="col" class="number">not finite</th></tr></thead><tbody>${lines}</tbody></table></div>${rest}</details></section>`
}

function worstSection({ measured: { outliers, uncovered, vectors }, reasons, clipOf }: Told): Markup {
  const listen = (row: Row) => {
    const clip = clipOf(row)
    return clip
      ? html`<td class="number"><button type="button" class="play" data-clip="${JSON.stringify(clip)}" aria-label="Play ${row.id}">▶</button></td>`
      : html`<td></td>`
  }
  const place = ({ start, end }: Row) => `${short(start)}–${short(end)}`
  const failures = reasons.reduce((sum, { count }) => sum + count, 0)
  const failed =
    failures === 0
      ? ''
      : html`<h3>${counted(failures, 'input failed', 'inputs failed')}</h3><div class="scroll" tabindex="0" role="region" aria-label="Failures"><table><thead><tr><th scope="col" class="number">inputs</th><th scope="col">reason</th><th scope="col">the first</th></tr></thead><tbody>${reasons
          .slice(0, mostLines)
          .map(
            ({ reason, count, first }) =>
              html`<tr><td class="number">${whole(count)}</td><td>${nameOf(reason, 240)}</td><th scope="row">${nameOf(first, 80)}</th></tr>`,
          )}</tbody></table></div>`
  const far =
    outliers.length === 0
      ? ''
      : html`<h3>Farthest from the mean</h3><div class="scroll" tabindex="0" role="region" aria-label="Outliers"><table><thead><tr><th scope="col">input</th><th scope="col" class="slim">at</th><th scope="col" class="number">off by</th><th scope="col">most in</th><td></td></tr></thead><tbody>${outliers.map(
          ({ row, distance, name, by }) =>
            html`<tr><th scope="row">${nameOf(row.id)}</th><td class="slim quiet">${place(row)}</td><td class="number">${short(distance)} σ</td><td>${nameOf(name, 30)} <span class="quiet">${by > 0 ? '+' : ''}${short(by)} σ</span></td>${listen(row)}</tr>`,
        )}</tbody></table></div><p class="quiet" id="heard">Of all ${whole(vectors)}: the root mean square over values, each in its own standard deviations σ; of an input its farthest vector.</p>`
  const rare =
    uncovered.length === 0
      ? ''
      : html`<h3>Least covered</h3><div class="scroll" tabindex="0" role="region" aria-label="Least covered texts"><table><thead><tr><th scope="col">text</th><th scope="col" class="number">words with vectors</th></tr></thead><tbody>${uncovered.map(
          ({ id, coverage = 0 }) => html`<tr><th scope="row">${nameOf(id)}</th><td class="number">${percent(coverage)}</td></tr>`,
        )}</tbody></table></div>`
  const none = failed === '' && far === '' && rare === '' ? html`<p class="quiet">Nothing failed, and no vector is off.</p>` : ''
  return html`<section><h2>Worth a look</h2>${none}<div>${failed}</div><div>${far}</div><div>${rare}</div></section>`
}

function madeSection({ about, sample, vectors }: Measured, some: boolean): Markup {
  const pipeline =
    about.pipeline === undefined
      ? html`<p class="quiet">The collection does not say by which pipeline.</p>`
      : html`<details><summary>The pipeline</summary><pre tabindex="0">${JSON.stringify(about.pipeline, null, 2).slice(0, 20_000)}</pre></details>`
  const drawn = some
    ? html`<p class="quiet">Counts, means, extremes and outliers are of all ${whole(vectors)} vectors; quantiles, histograms, the map and neighbors are of ${whole(sample.rows.length)} of them.</p>`
    : ''
  return html`<section><h2>How it was made</h2>${pipeline}${drawn}</section>`
}
