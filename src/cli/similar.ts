import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import colors from 'picocolors'
import { lastValueFrom, tap, toArray } from 'rxjs'
import { show } from '../core/check.ts'
import { hearNotes, once } from '../core/notes.ts'
import { standardOutput } from '../files/output.ts'
import { part } from '../pipeline/part.ts'
import { type Pipeline, pipelineFrom } from '../pipeline/pipeline.ts'
import { queriesThrough } from '../pipeline/queries.ts'
import type { Collection, Neighbor } from '../sources/collections/collection.ts'
import { openVectors } from '../sources/collections/openVectors.ts'
import type { Vector } from '../streams/toVectors.ts'
import { count } from './definitions.ts'
import { pipelineIn } from './pipelineFile.ts'
import { codes, failureLine, trace } from './run.ts'
import { shortened, table } from './table.ts'

export interface SimilarOptions {
  readonly count: string
  readonly others?: true
  readonly pipeline?: string
  readonly json?: true
}

/**
 * Writes, for each vector of the queries, the nearest of a collection.
 * @returns the exit code
 */
export async function similarTo(path: string, queries: readonly string[], options: SimilarOptions): Promise<number> {
  const most = count('--count', options.count)!
  const collection = await openVectors(path)
  const { pipeline, base } = options.pipeline === undefined ? pipelineOf(path, collection) : await pipelineIn(options.pipeline)
  let failures = 0
  const note = once((text) => console.error(text))
  const before = hearNotes(note)
  try {
    const asked = queriesThrough(pipeline, base, queries, { heard() {}, done() {}, note })
    const vectors = await lastValueFrom(
      asked.pipe(
        tap((item) => {
          if (!('error' in item)) return
          failures++
          console.error(`${colors.red('error:')} ${failureLine(item)}`)
          trace(item.error)
        }),
        toArray(),
      ),
    )
    const all = vectors.filter((item): item is Vector => !('error' in item))
    if (all.length === 0) return codes.nothing
    const among = options.others && (({ id }: { readonly id: string }, _: number, query: number) => id !== all[query]!.id)
    const near = part(`similar: ${path}`, () =>
      collection.nearestTo(
        all.map(({ vector }) => vector),
        most,
        among,
      ),
    )
    const text = options.json ? jsonLine : listing(collection)
    for (const [i, query] of all.entries()) standardOutput.write(`${text(query, near[i]!, i)}\n`)
    return failures > 0 ? codes.someFailed : codes.well
  } finally {
    hearNotes(before)
  }
}

/** The pipeline that a collection says it was made by. */
function pipelineOf(path: string, { pipeline, base }: Collection): { pipeline: Pipeline; base: string } {
  if (pipeline === undefined)
    throw new TypeError(
      `similar: expected a collection that says by which pipeline it was made, as .parquet and folders of poolwise do, got ${show(path)}; give it as --pipeline FILE`,
    )
  const from = pathToFileURL(`${base === undefined ? process.cwd() : resolve(dirname(resolve(path)), base)}/`).href
  return { pipeline: part(path, () => pipelineFrom(pipeline, from)), base: from }
}

function jsonLine({ id, start, end }: Vector, near: readonly Neighbor[]): string {
  const found = near.map(({ cosine, row: { fields, ...row } }) => {
    const own = JSON.stringify({ cosine: Number(cosine.toFixed(6)), ...row })
    return `${own.slice(0, -1)}${[...fields].map(([name, json]) => `,${JSON.stringify(name)}:${json}`).join('')}}`
  })
  return `${JSON.stringify({ query: id, start, end }).slice(0, -1)},"near":[${found.join(',')}]}`
}

function listing({ rows }: Collection): (query: Vector, near: readonly Neighbor[], i: number) => string {
  // Of wholes the times would say little.
  const timed = new Set(rows.map(({ id }) => id)).size < rows.length
  const place = (start: number, end: number) => (timed ? ` from ${seconds(start)} to ${seconds(end)}` : '')
  return ({ id, start, end }, near, i) => {
    const heading = shortened(id, 80 - place(start, end).length) + place(start, end)
    const cells = near.map(({ cosine, row }, k) => [
      String(k + 1),
      cosine.toFixed(3),
      shortened(row.id, timed ? 40 : 52) + place(row.start, row.end),
      shortened(row.label ?? '', 12),
    ])
    const lines = cells.length > 0 ? table(cells, [0, 1]) : ['none']
    return `${i > 0 ? '\n' : ''}${colors.bold(heading)}\n${lines.map((line) => `  ${line}`).join('\n')}`
  }
}

function seconds(x: number): string {
  return String(Number(x.toFixed(3)))
}
