import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { show } from '../core/check.ts'
import { checkApart } from '../files/apart.ts'
import { standardOutput, writeWhole } from '../files/output.ts'
import { reportName } from '../runs/runFolder.ts'
import { recordingsIn } from '../sources/audio/manifest.ts'
import { openVectors, partsOf } from '../sources/collections/openVectors.ts'
import type { Piece } from '../sources/piece.ts'
import { type Reason, reasonsOf } from './reasons.ts'
import { clipsFrom, type Recordings } from './report/clips.ts'
import { measured, type Parts } from './report/collectionFacts.ts'
import { reportPage } from './report/reportPage.ts'

interface ReportOptions {
  readonly out?: string
  readonly manifest?: string
}

const examples = `
Examples:
  poolwise report words.parquet
  poolwise report vectors/ --manifest calls.csv --out calls.html
`

/** `poolwise report`. */
export function reportCommand(program: Command): void {
  program
    .command('report')
    .description('a page about a collection: a map, neighbors and labels, lengths, values, what failed or stands out')
    .argument('<collection>', 'a .parquet, .npy, .jsonl or .csv that poolwise wrote, or a folder of parts')
    .option('-o, --out <file>', 'the .html to write (default: report.html in the folder; beside a file, by its name)')
    .option('--manifest <file>', 'the list of recordings that the ids are of, so that they play')
    .addHelpText('after', examples)
    .action(async (path: string, { out = besides(path), manifest }: ReportOptions) => {
      if (!/\.html?$/i.test(out)) throw new TypeError(`--out: expected a file that ends in .html, got ${show(out)}`)
      checkApart(
        [...(statSync(path, { throwIfNoEntry: false })?.isFile() ? [path] : []), ...(manifest === undefined ? [] : [manifest])],
        [out],
      )
      await writeReport(path, out, manifest === undefined ? undefined : recordingsOf(await recordingsIn(manifest)))
      standardOutput.write(`${out}\n`)
    })
}

/** Writes the page about a collection. The same collection, inputs and place give the same bytes. */
export async function writeReport(path: string, out: string, recordings?: Recordings): Promise<void> {
  const page = await reportPage({
    measured: await measured(await partsIn(path)),
    reasons: reasonsIn(path),
    clipOf: clipsFrom(out, recordings),
  })
  writeWhole('report', out, Buffer.from(page))
}

/** A folder is read part by part, so that it need not fit into memory. */
async function partsIn(path: string): Promise<Parts> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return () => partsOf(path)
  const all = await openVectors(path)
  return () => [all]
}

/** Where the page about a collection is. */
export function besides(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, reportName) : `${path.replace(/\.\w+$/, '')}.html`
}

/** Which recording each id of a manifest is of; of other inputs ids are paths. */
export function recordingsOf(pieces: readonly Piece[]): Recordings | undefined {
  const listed = pieces.flatMap(({ file, row }) => (row && 'start' in row ? [[row.id, { file, start: row.start }] as const] : []))
  return listed.length > 0 ? new Map(listed) : undefined
}

function reasonsIn(folder: string): Reason[] {
  const path = join(folder, 'failures.jsonl')
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  return reasonsOf(lines.map((line) => JSON.parse(line) as { id: string; error: string }))
}
