import { type Command, Option } from 'commander'
import { packageVersion } from '../files/packageVersion.ts'
import { originOf } from '../pipeline/origin.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { sinkFrom, sinks } from '../pipeline/sinks.ts'
import { bullmq } from '../runs/bullmq.ts'
import { inStretches } from '../runs/inStretches.ts'
import { local } from '../runs/local.ts'
import { mapTask } from '../runs/mapTask.ts'
import { threads } from '../runs/threads.ts'
import { collectTo } from './collectTo.ts'
import { checkThreads, engineOf, engines, folderOf, forms, type OutOptions, sinkOf } from './definitions.ts'
import { inputsOf, loadedApart } from './inputs.ts'
import { run } from './run.ts'
import { firstSignal, opened } from './signals.ts'
import { chosen, valued } from './valued.ts'

/** Where vectors go, and who makes them. */
export function outputs(command: Command): Command {
  return command
    .option(
      '--out <file>',
      'write to FILE.parquet, .arrows, .npy, .ark, .jsonl or .csv (default: standard output), shard by shard to a folder, FOLDER/, or to a table: lancedb://DIR#TABLE, postgres://USER@HOST/DATABASE#TABLE, sqlite:FILE#TABLE',
    )
    .addOption(
      valued(
        new Option(
          '--format <name>',
          'of the vectors on standard output or in a folder: jsonl (default), csv, npy, parquet, arrows or ark',
        ),
        forms,
      ),
    )
    .addOption(chosen('--dtype <name>', 'with npy: int8 or uint8 for what quantize gives (default: float32)', sinks.npy, 'dtype'))
    .option('--pgvector', 'with csv: one column "[1,2,3]" for COPY')
    .option('--matrices', 'with ark: a matrix an id, a row a window')
    .option('--columns', 'with parquet: a column a value, not one of lists')
    .addOption(
      valued(
        new Option(
          '--engine <name>',
          'who does the work: local (default), threads on all processors, or bullmq, poolwise worker on any machines',
        ),
        engines,
      ),
    )
    .option('--redis <url>', 'with bullmq: where workers find the work, such as redis://localhost:6379')
    .option('--concurrency <n>', 'threads, where inputs are files (default: 1; with --engine threads one a processor)')
    .option('--shard <n>', 'files in a part of a folder (default: 64); a stretch of a long text is one')
    .option('--watch', 'with a folder: go on as inputs come or change, until Ctrl-C')
}

/** Runs a pipeline as these options say, and sets the exit code. */
export async function execute(
  pipeline: Pipeline,
  base: string,
  files: readonly string[],
  options: OutOptions,
  ...own: string[]
): Promise<void> {
  const { engine: name, threads: width, redis: url } = engineOf(options)
  const collection = folderOf(options)
  const spec = collection ? undefined : (sinkOf(options) ?? pipeline.sink ?? { sink: 'jsonl', path: '-' })
  const inputs = inputsOf(pipeline, files)
  const setup = { definition: JSON.parse(JSON.stringify(pipeline)) as unknown, base }
  const sink = spec && sinkFrom(spec, originOf(setup.definition, base, spec.path))
  const loaded = await loadedApart(pipeline, inputs, sink?.files ?? [], own)
  const sequences = opened(loaded, inputs)
  const stream = inputs.includes('-')
  if (name !== 'local') await checkThreads(options.concurrency === undefined ? `--engine ${name}` : '--concurrency', setup, stream)
  const stopped = stream ? undefined : firstSignal()
  const inThreads = () =>
    inStretches(
      threads(setup, width, (task) => mapTask(loaded, task)),
      loaded,
    )
  if (collection) {
    if (!stopped)
      throw new TypeError('--out: expected a file, or files as inputs, got a folder for standard input, which cannot be read again')
    const { grows, ...where } = collection
    const version = packageVersion()
    const engines = {
      local: () => local(loaded),
      threads: inThreads,
      bullmq: () => bullmq({ url: url!, setup, folder: where.folder, version, stopped }),
    }
    process.exitCode = await collectTo({ loaded, setup, inputs, ...where, engine: await engines[name](), version, stopped }, grows)
    return
  }
  process.exitCode = await run({
    loaded,
    sequences,
    inputs,
    sink: sink!,
    toTerminal: spec!.path === '-' && process.stdout.isTTY === true,
    engine: name === 'threads' ? inThreads() : undefined,
    stopped,
  })
}
