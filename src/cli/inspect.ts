import type { Command } from 'commander'
import colors from 'picocolors'
import type { StageSpec } from '../core/stage.ts'
import { standardOutput } from '../files/output.ts'
import { withoutPassword } from '../files/withoutPassword.ts'
import type { Collection, Row } from '../sources/collections/collection.ts'
import { openVectors } from '../sources/collections/openVectors.ts'
import { shortened, table, wrapped } from './table.ts'

const examples = `
Examples:
  poolwise inspect words.parquet
  poolwise inspect vectors/ --json
`

/** `poolwise inspect`. */
export function inspectCommand(program: Command): void {
  program
    .command('inspect')
    .description('what is in a collection: how many vectors, of what, by which pipeline, the first of them')
    .argument('<collection>', 'a .parquet, .arrows, .npy, .ark, .jsonl or .csv that poolwise wrote, a folder of parts, or a table')
    .option('--json', 'all of it as JSON')
    .addHelpText('after', examples)
    .action(async (path: string, { json }: { readonly json?: true }) => standardOutput.write(await inspected(path, json)))
}

/** Rows that are shown as they are. */
const shown = 5

/** What is in a collection: as text of 80 columns, or as JSON. */
export async function inspected(path: string, json: true | undefined): Promise<string> {
  const collection = await openVectors(path)
  const facts = factsOf(path, collection)
  return json ? `${JSON.stringify(facts)}\n` : text(facts, collection)
}

type Facts = ReturnType<typeof factsOf>

function factsOf(path: string, collection: Collection) {
  const { rows, size, names, pipeline, version } = collection
  return {
    path: withoutPassword(path),
    vectors: rows.length,
    values: size,
    inputs: new Set(rows.map(({ id }) => id)).size,
    ...(version !== undefined && { version }),
    ...(pipeline !== undefined && { pipeline }),
    ...(names && { names }),
    lengths: spread(rows.map(({ start, end }) => end - start)),
    weights: spread(rows.map(({ weight }) => weight)),
    norms: spread(rows.map((_, i) => Math.hypot(...collection.vector(i)))),
    zeros: rows.filter((_, i) => collection.vector(i).every((x) => x === 0)).length,
    notFinite: rows.filter((_, i) => !collection.vector(i).every(Number.isFinite)).length,
    labels: counted(rows.flatMap(({ label }) => (label === undefined ? [] : [label]))),
    fields: counted(rows.flatMap(({ fields }) => [...fields].flatMap(([name, json]) => (json === 'null' ? [] : [name])))),
    first: rows.slice(0, shown).map(({ fields, ...row }, i) => ({
      ...row,
      ...Object.fromEntries(Array.from(fields, ([name, json]) => [name, JSON.parse(json) as unknown])),
      vector: [...collection.vector(i)],
    })),
  }
}

function spread(values: readonly number[]): { min: number; median: number; max: number } | undefined {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number) => Number(sorted[Math.floor(share * (sorted.length - 1))]!.toPrecision(6))
  return sorted.length === 0 ? undefined : { min: at(0), median: at(0.5), max: at(1) }
}

/** How often each is there, the most frequent first. */
function counted(values: readonly string[]): { [value: string]: number } {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a))
}

function text(facts: Facts, { rows }: Collection): string {
  const { path, vectors, values, inputs, version, pipeline, names, lengths, weights, norms, zeros, notFinite, labels, fields, first } =
    facts
  const line = (what: string, said: string) => (said === '' ? [] : [`${what.padEnd(11)}${said}`])
  const range = (of: typeof lengths) => (of ? `${of.min} to ${of.max}, median ${of.median}` : '')
  const lines = [
    colors.bold(shortened(path, 80)),
    ...line('vectors', `${vectors} of ${values} values, from ${inputs} inputs`),
    ...line('written by', version === undefined ? '' : `poolwise ${version}`),
    ...folded('pipeline', pipeline === undefined ? 'it does not say' : inWords(pipeline)),
    ...folded('values', few(names ?? [], ', ')),
    ...line('lengths', range(lengths)),
    ...line('weights', range(weights)),
    ...line('norms', `${range(norms)}${zeros > 0 ? `; ${zeros} of zeros` : ''}${notFinite > 0 ? `; ${notFinite} not finite` : ''}`),
    ...folded('labels', few(entries(labels), ', ')),
    ...folded('fields', few(entries(fields), ', ')),
  ]
  if (first.length === 0) return `${lines.join('\n')}\n`
  const head = ['id', 'label', 'start', 'end', 'weight', 'vector']
  const cells = rows.slice(0, shown).map((row, i) => [
    ...cellsOf(row),
    first[i]!.vector.slice(0, 2)
      .map((x) => x.toPrecision(3))
      .join(' '),
  ])
  return `${[...lines, '', ...table([head, ...cells.map((row) => [...row.slice(0, -1), `${row.at(-1)} …`])], [2, 3, 4])].join('\n')}\n`
}

function cellsOf({ id, label = '', start, end, weight }: Row): string[] {
  return [shortened(id, 26), shortened(label, 8), ...[start, end, weight].map((x) => String(Number(x.toPrecision(6))))]
}

function entries(counts: { readonly [name: string]: number }): string[] {
  return Object.entries(counts).map(([name, times]) => `${shortened(name, 30)} ${times}`)
}

/** The first and the last where there are many. */
function few(all: readonly string[], between: string): string {
  return all.length > 12 ? `${all.slice(0, 6).join(between)} … ${all.at(-1)}` : all.join(between)
}

function folded(what: string, said: string): string[] {
  return said === '' ? [] : wrapped(said, ' '.repeat(11)).map((line, i) => (i === 0 ? what.padEnd(11) + line.slice(11) : line))
}

/** A definition by the names of its parts. */
function inWords(pipeline: unknown): string {
  const { source, stages = [] } = pipeline as { source?: { source?: unknown }; stages?: readonly StageSpec[] }
  const stage = ({ stage, pooling }: StageSpec) =>
    pooling === undefined ? stage : `${stage}(${shortened(JSON.stringify(pooling).replace(/"/g, ''), 40)})`
  return [String(source?.source), ...stages.map(stage)].join(' → ')
}
