import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from 'commander'
import colors from 'picocolors'
import { lastValueFrom, tap, toArray } from 'rxjs'
import { refusal, show } from '../core/check.ts'
import { hearNotes, once } from '../core/notes.ts'
import { standardOutput } from '../files/output.ts'
import { withoutPassword } from '../files/withoutPassword.ts'
import { placeOf } from '../pipeline/origin.ts'
import { part } from '../pipeline/part.ts'
import { type Pipeline, pipelineFrom } from '../pipeline/pipeline.ts'
import { queriesThrough } from '../pipeline/queries.ts'
import { isStore } from '../sinks/stores/storeAddress.ts'
import type { About, Neighbor } from '../sources/collections/collection.ts'
import { openVectors } from '../sources/collections/openVectors.ts'
import { nearestStored, storeTold } from '../sources/collections/storedVectors.ts'
import type { Vector } from '../streams/toVectors.ts'
import { count } from './definitions.ts'
import { pipelineIn } from './pipelineFile.ts'
import { codes, failureLine, trace } from './run.ts'
import { shortened, table } from './table.ts'

const examples = `
Examples:
  poolwise similar words.parquet another.wav -k 5
  poolwise similar letters.parquet "The sea rises." --others
  poolwise similar words.npy another.wav --pipeline words.json --json
`

/** `poolwise similar`. */
export function similarCommand(program: Command): void {
  program
    .command('similar')
    .description('the nearest of a collection, by cosine: the queries go through the very pipeline that made it')
    .argument('<file>', 'a .parquet, an .arrows, a folder of parts or a table, which say their pipeline; another with --pipeline')
    .argument('<query...>', 'files of sound or text, - for standard input; of text also a sentence')
    .option('-k, --count <n>', 'how many', '10')
    .option('--others', "leave out what has the query's own id")
    .option('--pipeline <file>', 'the pipeline, where the collection does not say it')
    .option('--json', 'a line of JSON a query')
    .addHelpText('after', examples)
    .action(async (path: string, queries: string[], options: SimilarOptions) => {
      process.exitCode = await similarTo(path, queries, options)
    })
}

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
  if (queries.some((query) => query.trim() === '')) throw refusal('similar', 'expected files or texts to ask for', '')
  const { about, nearestTo } = await searched(path)
  const { pipeline, base } = options.pipeline === undefined ? pipelineOf(path, about) : await pipelineIn(options.pipeline)
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
    const near = await nearestTo(all, most, options.others === true)
    const text = options.json ? jsonLine : listing(near)
    for (const [i, query] of all.entries()) standardOutput.write(`${text(query, near[i]!, i)}\n`)
    return failures > 0 ? codes.someFailed : codes.well
  } finally {
    hearNotes(before)
  }
}

/** A collection that finds what is nearest to queries; with `others`, without what has their own ids. */
interface Searched {
  readonly about: About
  nearestTo(queries: readonly Vector[], count: number, others: boolean): Promise<Neighbor[][]>
}

/** A table searches by itself, all else is read and looked through. */
async function searched(path: string): Promise<Searched> {
  const vectorsOf = (queries: readonly Vector[]) => queries.map(({ vector }) => vector)
  if (isStore(path)) {
    const nearestTo: Searched['nearestTo'] = (queries, count, others) =>
      nearestStored('similar', path, vectorsOf(queries), count, others ? queries.map(({ id }) => id) : undefined)
    return { about: await storeTold('similar', path), nearestTo }
  }
  const collection = await openVectors(path)
  return {
    about: collection,
    async nearestTo(queries, count, others) {
      const among = others ? ({ id }: { readonly id: string }, _: number, query: number) => id !== queries[query]!.id : undefined
      return part(`similar: ${path}`, () => collection.nearestTo(vectorsOf(queries), count, among))
    },
  }
}

/** The pipeline that a collection says it was made by. */
function pipelineOf(path: string, { pipeline, base }: About): { pipeline: Pipeline; base: string } {
  if (pipeline === undefined)
    throw new TypeError(
      `similar: expected a collection that says by which pipeline it was made, as what --out writes to .parquet, folders and tables does, got ${show(withoutPassword(path))}; give it as --pipeline FILE, such as poolwise explain audio --json writes`,
    )
  const from = pathToFileURL(`${base === undefined ? process.cwd() : resolve(dirname(resolve(placeOf(path) ?? '.')), base)}/`).href
  return { pipeline: part(withoutPassword(path), () => pipelineFrom(pipeline, from)), base: from }
}

function jsonLine({ id, start, end }: Vector, near: readonly Neighbor[]): string {
  const found = near.map(({ cosine, row: { fields, ...row } }) => {
    const own = JSON.stringify({ cosine: Number(cosine.toFixed(6)), ...row })
    return `${own.slice(0, -1)}${[...fields].map(([name, json]) => `,${JSON.stringify(name)}:${json}`).join('')}}`
  })
  return `${JSON.stringify({ query: id, start, end }).slice(0, -1)},"near":[${found.join(',')}]}`
}

function listing(found: readonly Neighbor[][]): (query: Vector, near: readonly Neighbor[], i: number) => string {
  // Of wholes, which all start at 0, the times would say little.
  const timed = found.some((near) => near.some(({ row }) => row.start > 0))
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
