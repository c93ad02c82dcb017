import { Command } from 'commander'
import colors from 'picocolors'
import { checkApart } from '../files/apart.ts'
import { standardOutput } from '../files/output.ts'
import { packageVersion } from '../files/packageVersion.ts'
import { fittedBy } from '../pipeline/fitting.ts'
import { workingDirectory } from '../pipeline/module.ts'
import { originOf } from '../pipeline/origin.ts'
import { named } from '../pipeline/part.ts'
import { type Loaded, type Pipeline, pipelineFrom } from '../pipeline/pipeline.ts'
import { purposes, recipeOptions, tasksOf } from '../pipeline/recipe.ts'
import { sinkFrom } from '../pipeline/sinks.ts'
import { bullmq } from '../runs/bullmq.ts'
import { local } from '../runs/local.ts'
import type { Setup } from '../runs/taskEngine.ts'
import { threads } from '../runs/threads.ts'
import { type ModelTold, toldBy } from '../sources/models/modelFolder.ts'
import { defaultVectors } from '../sources/vectors/loadVectors.ts'
import { collectTo } from './collectTo.ts'
import {
  type AudioOptions,
  audioDefinition,
  engineOf,
  folderOf,
  type OutOptions,
  type PoolOptions,
  sinkOf,
  type TextCommandOptions,
  textDefinition,
} from './definitions.ts'
import { explained } from './explain.ts'
import { dialectTable, type WindowArguments } from './explainWindow.ts'
import { fitTo, mergeTo } from './fit.ts'
import { initCommand } from './init.ts'
import { inspected } from './inspect.ts'
import { listed } from './list.ts'
import { liveCommand } from './living.ts'
import { fileText, pipelineIn } from './pipelineFile.ts'
import { pictureOf, pipelineMeant, plotTo } from './plot.ts'
import { reportCommand } from './reporting.ts'
import { run } from './run.ts'
import { serveCommand } from './serving.ts'
import { endedBySignal, firstSignal, opened } from './signals.ts'
import { type SimilarOptions, similarTo } from './similar.ts'
import { statusOf } from './status.ts'
import { workerCommand } from './working.ts'

const examples = `
Examples:
  poolwise audio words/*.wav --out words.npy
  poolwise audio talk.flac --pool mean,std,max --window 1s --stride 0.5s
  arecord -t raw -f S16_LE -r 16000 | poolwise audio - --rate 16000 --window 1s
  poolwise text letters/*.txt --by sentence --out letters.csv --pgvector
  poolwise run words.json words/*.wav --concurrency 4
  poolwise run words.json recordings/ --out vectors/ --engine threads
  poolwise audio /corpus --out /vectors/ --engine bullmq --redis redis://queue
  poolwise worker --redis redis://queue
  poolwise fit words.json words/*.wav --out words.safetensors
  poolwise plot talk.wav --pipeline "logMel,pool1d(pooling=max,size=1s)"
  poolwise audio words --out words.parquet
  poolwise similar words.parquet another.wav -k 5
  poolwise explain audio --pool "mixed(max=0.5,mean=0.5)" --pyramid 1,2,4
  poolwise explain window --shape 28,28 --size 3 --stride 2 --padding same
  poolwise serve --port 8080
  poolwise init live my-page

Exit codes:
  0  all well
  1  some inputs failed, each named on standard error; the others are done
  2  wrong usage, options or pipeline; nothing was begun
  3  no input gave a vector, or the output could not be written; no file is left
  4  stopped by a signal: files up to the one that was read then are done

Ctrl-C (SIGINT), SIGTERM or SIGHUP ends standard input: what was heard is
written, with one of the codes above. A second ends all at once, with 128 and
its number, and leaves no file; so does the first where fit or plot read files.
A server answers what it was asked before, and ends with 0. With --watch the
first one ends it with 0 or 1 where all that came is done, else with 4.
`

interface FitOptions {
  readonly out: string
  readonly merge?: true
}

interface Explained {
  readonly json?: true
}

interface PlotOptions {
  readonly pipeline?: string
  readonly id?: string
  readonly voice?: true
  readonly out?: string
}

/** The command line. Its actions throw what is wrong with the usage, and set the exit code for what happens afterwards. */
export function program(): Command {
  const poolwise = new Command('poolwise')
    .description('Pools streams of sound and text into fixed-length vectors.')
    .version(packageVersion())
    .exitOverride()
    .showHelpAfterError('(--help shows the options)')
    .configureOutput({
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
      writeOut: (text) => standardOutput.write(text),
      outputError: (text, write) => write(text.replace(/^error:/, colors.red('error:'))),
    })
    .addHelpText('after', examples)

  const files = '<files...>'
  const [sound, words] = [
    'vectors of sound: WAV, MP3, FLAC, Ogg, others by ffmpeg; - for standard input',
    'vectors of text: prose, .jsonl, .csv and .parquet; English by default; - for standard input',
  ]
  outputs(audioCommand(poolwise, files, `${sound}. ${byTask('audio')}`).summary(sound)).action(
    async (inputs: string[], options: AudioOptions & OutOptions) =>
      execute(pipelineFrom(audioDefinition(options)), workingDirectory(), inputs, options),
  )
  outputs(
    textCommand(
      poolwise,
      files,
      `${words}. Words and sentences are found as in English; how many of the words have vectors is the field coverage. ${byTask('text')}`,
    ).summary(words),
  ).action(async (inputs: string[], options: TextCommandOptions & OutOptions) =>
    execute(pipelineFrom(textDefinition(options, inputs, await told(options))), workingDirectory(), inputs, options),
  )
  outputs(runCommand(poolwise, 'runs a pipeline from a file')).action(async (path: string, inputs: string[], options: OutOptions) => {
    const { pipeline, base } = await pipelineIn(path)
    await execute(pipeline, base, inputs, options, path)
  })
  poolwise
    .command('fit')
    .description('makes the file that a pipeline names: components, deviations, counts of words, proportions of a pooling')
    .argument('<pipeline>', 'a .json file, or a .ts or .js module')
    .argument('[files...]', "paths, glob patterns or folders; default: the pipeline's own inputs")
    .requiredOption('-o, --out <file>', 'the file to write, as the pipeline names it')
    .option('--merge', 'the files are fits, of parts of a corpus: make one of them')
    .action(async (path: string, files: string[], { out, merge }: FitOptions) => {
      process.exitCode = merge ? await merged([path, ...files], out) : await fitted(path, files, out)
    })

  poolwise
    .command('plot')
    .description('draws a file on its way through a pipeline: what is pooled, the boundaries and windows found, the pooled rows')
    .argument('<file>', 'a file of sound or text')
    .option(
      '--pipeline <pipeline>',
      'a .json, .ts or .js file, or stages such as "logMel,detectSpeech,segmentPool(pooling=mean)" (default: as poolwise audio or text)',
    )
    .option('--voice', 'of sound, its pitch as a line over the spectrogram, and its loudness')
    .option('--id <id>', 'which of several sequences, by its id (default: the first)')
    .option('-o, --out <file>', 'the .png to write (default: named as the file, in the working directory)')
    .action(async (input: string, options: PlotOptions) => plot(input, options))

  const explain = poolwise.command('explain').description('what each stage would give; reads no data')
  const json = ['--json', 'the pipeline alone, to save as a file'] as const
  audioCommand(explain, '[files...]', 'as poolwise audio')
    .option(...json)
    .action(async (_, options: AudioOptions & Explained) =>
      print(pipelineFrom(audioDefinition(options)), options.json, forTask('audio', options)),
    )
  textCommand(explain, '[files...]', 'as poolwise text')
    .option(...json)
    .action(async (files: string[], options: TextCommandOptions & Explained) =>
      print(
        pipelineFrom(textDefinition(options, files, await told(options))),
        options.json,
        options.model === undefined ? forTask('text', options) : undefined,
      ),
    )
  runCommand(explain, 'as poolwise run')
    .option(...json)
    .action(async (path: string, _, { json }: Explained) => print((await pipelineIn(path)).pipeline, json))
  explain
    .command('window')
    .description('what Keras, PyTorch and ONNX make of a window, and where they differ')
    .requiredOption('--shape <sizes>', 'of the map, an axis each: 28,28')
    .requiredOption('--size <sizes>', 'of the window: 2, or an axis each')
    .option('--stride <sizes>', 'from one window to the next')
    .option('--padding <how>', 'valid, same, 1, 1,0, or before and after: 1:0,0:1')
    .option('--dilation <sizes>', 'from one tap to the next')
    .option('--partial <how>', 'a last window that is not full: drop or keep')
    .action((options: WindowArguments) => standardOutput.write(dialectTable(options)))

  serveCommand(poolwise, audioCommand, textCommand)
  liveCommand(poolwise)
  workerCommand(poolwise)

  poolwise
    .command('status')
    .description('how far a folder is that --out FOLDER/ has begun')
    .argument('<folder>', 'the folder')
    .option('--json', 'all of it as JSON')
    .action((folder: string, { json }: Explained) => standardOutput.write(statusOf(folder, json)))

  poolwise
    .command('inspect')
    .description('what is in a collection: how many vectors, of what, by which pipeline, the first of them')
    .argument('<collection>', 'a .parquet, .arrows, .npy, .ark, .jsonl or .csv that poolwise wrote, a folder of parts, or a table')
    .option('--json', 'all of it as JSON')
    .action(async (path: string, { json }: Explained) => standardOutput.write(await inspected(path, json)))
  poolwise
    .command('similar')
    .description('the nearest of a collection, by cosine: the queries go through the very pipeline that made it')
    .argument('<file>', 'a .parquet, an .arrows, a folder of parts or a table, which say their pipeline; another with --pipeline')
    .argument('<query...>', 'files of sound or text, - for standard input; of text also a sentence')
    .option('-k, --count <n>', 'how many', '10')
    .option('--others', "leave out what has the query's own id")
    .option('--pipeline <file>', 'the pipeline, where the collection does not say it')
    .option('--json', 'a line of JSON a query')
    .action(async (path: string, queries: string[], options: SimilarOptions) => {
      process.exitCode = await similarTo(path, queries, options)
    })

  reportCommand(poolwise)
  initCommand(poolwise)

  poolwise
    .command('list')
    .description('what there is; with a name, all about it and its options')
    .argument('[what]', 'poolings, stages, sources, sinks, presets, or a name such as logMel')
    .action((what: string | undefined) => standardOutput.write(listed(what)))
  return poolwise
}

/** What a pooling command does where no option says how. */
function byTask(name: string): string {
  return `It does what npm run evaluate chose for the task. An option changes its own part of that and leaves the rest: poolwise explain ${name} shows what comes of it, as a pipeline file.`
}

async function told({ model }: TextCommandOptions): Promise<ModelTold | undefined> {
  return model === undefined ? undefined : toldBy(model)
}

function audioCommand(parent: Command, files: string, description: string): Command {
  return pooling('audio', parent.command('audio').description(description).argument(files, 'paths, glob patterns or folders'))
    .option('--features <stages>', 'stages before pooling, such as "mfcc,deltas"')
    .option('--preset <name>', "another library's defaults, of logMel if no --features")
    .option('--bands <n>', 'how many mel bands')
    .option('--resample <hz>', 'rate to which files are resampled (default: 16000)')
    .option('--keep-channels', 'pool each channel by itself instead of their mean')
    .option('--manifest', 'the files are tables, .csv, .jsonl or .parquet, of id,path,start,end,label; other columns are written, too')
    .option('--decoder <name>', 'auto (default): ffmpeg for what is not decoded here; ffmpeg for all')
    .option('--damaged <how>', 'a window that damage cuts short: skip (default) or keep')
    .option('--rate <hz>', 'the files, or standard input, are raw PCM of this rate')
    .option('--encoding <name>', 'its samples: s16le (default), mulaw, alaw, f32le, u8, s24be …')
    .option('--channels <n>', 'its channels (default: 1)')
}

function textCommand(parent: Command, files: string, description: string): Command {
  return pooling('text', parent.command('text').description(description).argument(files, 'paths, glob patterns or folders'))
    .option('--by <unit>', 'a vector a document or record (default), line or sentence')
    .option('--jsonl', 'the files are JSON Lines, as .jsonl and .ndjson are')
    .option('--csv', 'the files are tables of comma, semicolon or tab, as .csv and .tsv are')
    .option('--id-field <name>', 'field or column with the id (default: id)')
    .option('--text-field <name>', 'with the text (default: text); others are written beside the vector')
    .option('--label-field <name>', 'with the label (default: none)')
    .option('--model <folder>', 'a sentence model of any language in place of word vectors, pooled as its files say')
    .option('--vectors <name>', `word vectors: a package or a file (default: ${defaultVectors}, of English)`)
    .option('--stop-words <how>', 'keep, mask, or a share of their weight such as 0.5')
    .option('--punctuation <how>', 'mask or keep')
    .option('--weights <name>', 'sif or usif weigh rare words more; FILE.safetensors by your own counts of words; none')
}

function runCommand(parent: Command, description: string): Command {
  return parent
    .command('run')
    .description(description)
    .argument('<pipeline>', 'a .json file, or a .ts or .js module')
    .argument('[files...]', "paths, glob patterns or folders; default: the pipeline's own inputs")
}

function pooling(of: 'audio' | 'text', command: Command): Command {
  const tasks = tasksOf(of).map((task) => `${task}${task === recipeOptions.task.missing ? ' (default)' : ''}, ${purposes[task]}`)
  return command
    .option('--task <name>', `what for: ${tasks.join('; ')}`)
    .option('--pool <poolings>', 'such as mean,max or "power(p=3)"; a .json that fit made, or a model\'s 1_Pooling/config.json')
    .option('--window <size>', 'pool windows such as 1s, 100ms or 8 (frames), not the whole, by stages that need not know the whole')
    .option('--stride <size>', "from one window to the next (default: the window's size)")
    .option('--partial <how>', 'a last window that is not full: drop (default) or keep')
    .option('--pyramid <levels>', 'pool the whole, halves …, as in 1,2,4; 1 for the whole alone')
    .option('--then <stages>', 'stages after pooling, such as "truncate(dimensions=64),l2Normalize"')
}

function outputs(command: Command): Command {
  return command
    .option(
      '--out <file>',
      'write to FILE.parquet, .arrows, .npy, .ark, .jsonl or .csv (default: standard output), shard by shard to a folder, FOLDER/, or to a table: lancedb://DIR#TABLE, postgres://USER@HOST/DATABASE#TABLE, sqlite:FILE#TABLE',
    )
    .option('--format <name>', 'of the vectors on standard output or in a folder: jsonl (default), csv, npy, parquet, arrows or ark')
    .option('--dtype <name>', 'with npy: int8 or uint8 for what quantize gives (default: float32)')
    .option('--pgvector', 'with csv: one column "[1,2,3]" for COPY')
    .option('--matrices', 'with ark: a matrix an id, a row a window')
    .option('--columns', 'with parquet: a column a value, not one of lists')
    .option('--engine <name>', 'who does the work: local (default), threads on all processors, or bullmq, poolwise worker on any machines')
    .option('--redis <url>', 'with bullmq: where workers find the work, such as redis://localhost:6379')
    .option('--concurrency <n>', 'threads, where inputs are files (default: 1; with --engine threads one a processor)')
    .option('--shard <n>', 'files in a part of a folder (default: 64)')
    .option('--watch', 'with a folder: go on as inputs come or change, until Ctrl-C')
}

async function execute(pipeline: Pipeline, base: string, files: readonly string[], options: OutOptions, ...own: string[]): Promise<void> {
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
  if (collection) {
    if (!stopped)
      throw new TypeError('--out: expected a file, or files as inputs, got a folder for standard input, which cannot be read again')
    const { grows, ...where } = collection
    const version = packageVersion()
    const engines = {
      local: () => local(loaded),
      threads: () => threads(setup, width, loaded),
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
    engine: name === 'threads' ? threads(setup, width, loaded) : undefined,
    stopped,
  })
}

async function fitted(path: string, files: readonly string[], out: string): Promise<number> {
  const { pipeline, base } = await pipelineIn(path)
  const inputs = inputsOf(pipeline, files)
  const wanted = fittedBy(pipeline, base, out)
  const loaded = await loadedApart(pipelineFrom(wanted.before, base), inputs, [out], [path])
  return fitTo(out, wanted, loaded, inputs)
}

async function merged(paths: readonly string[], out: string): Promise<number> {
  checkApart(paths, [out])
  return mergeTo(out, paths)
}

async function plot(input: string, options: PlotOptions): Promise<void> {
  const out = pictureOf(input, options.out)
  const { pipeline, own } = await pipelineMeant(options.pipeline, input)
  const loaded = await loadedApart(pipeline, [input], [out], own)
  process.exitCode = await plotTo(out, options, loaded, opened(loaded, [input]))
}

function inputsOf({ source }: Pipeline, files: readonly string[]): readonly string[] {
  const inputs = files.length > 0 ? files : (source.inputs ?? [])
  if (inputs.length === 0) throw new TypeError('inputs: expected files, on the command line or as the inputs of the source, got none')
  return inputs
}

/** A pipeline ready to run, once it is sure that no file it reads is written to. */
async function loadedApart(
  pipeline: Pipeline,
  inputs: readonly string[],
  outputs: readonly string[],
  own: readonly string[],
): Promise<Loaded> {
  endedBySignal(inputs)
  const loaded = await pipeline.load()
  checkApart([...own, ...loaded.files, ...inputs, ...(await loaded.source.files(inputs))], outputs)
  return loaded
}

/** Threads take pieces of files, and make the pipeline anew. */
async function checkThreads(option: string, { definition, base }: Setup, stream: boolean): Promise<void> {
  if (stream) throw new TypeError(`${option}: expected files as inputs, got a stream`)
  try {
    await pipelineFrom(definition, base).load()
  } catch (cause) {
    throw named(`${option}: expected a pipeline that is JSON throughout`, cause)
  }
}

async function print(pipeline: Pipeline, json: true | undefined, task?: string): Promise<void> {
  if (json) return standardOutput.write(fileText(pipeline))
  const file = task === undefined ? '' : `\nas a file:\n${fileText(pipeline)}`
  standardOutput.write(`${explained(pipeline.source, await pipeline.load(), task)}${file}`)
}

/** The task whose recipe it is, and what the others are for. */
function forTask(of: 'audio' | 'text', { task = recipeOptions.task.missing }: PoolOptions): string {
  const own = `${task}, for ${purposes[task as keyof typeof purposes]}`
  const others = tasksOf(of).filter((other) => other !== task)
  return [own, ...others.map((other) => `--task ${other} is for ${purposes[other]}`)].join('; ')
}
