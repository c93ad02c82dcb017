import { statSync } from 'node:fs'
import { extname } from 'node:path'
import { didYouMean, type Json, oneOf, refusal, show, tried } from '../core/check.ts'
import type { StageSpec } from '../core/stage.ts'
import { withoutPassword } from '../files/withoutPassword.ts'
import { named } from '../pipeline/part.ts'
import { type PipelineDefinition, pipelineFrom } from '../pipeline/pipeline.ts'
import { type RecipeOptions, recipe, tasksOf } from '../pipeline/recipe.ts'
import type { SinkSpec } from '../pipeline/sinks.ts'
import type { SourceSpec } from '../pipeline/sources.ts'
import type { Manner } from '../runs/runFolder.ts'
import type { Setup } from '../runs/taskEngine.ts'
import { isStore } from '../sinks/stores/storeAddress.ts'
import type { ModelTold } from '../sources/models/modelFolder.ts'
import { mayHoldRecords } from '../sources/text/textFiles.ts'
import { defaultVectors } from '../sources/vectors/loadVectors.ts'
import { makerOf } from '../stages/stageFrom.ts'
import { poolingFrom, stagesFrom } from './notation.ts'

/** What the pooling commands have in common, as commander gives it. */
export interface PoolOptions {
  readonly task?: string
  readonly pool?: string
  readonly then?: string
  readonly window?: string
  readonly stride?: string
  readonly partial?: string
  readonly pyramid?: string
}

export interface AudioOptions extends PoolOptions {
  readonly features?: string
  readonly preset?: string
  readonly bands?: string
  readonly resample?: string
  readonly keepChannels?: true
  readonly manifest?: true
  readonly decoder?: string
  readonly damaged?: string
  readonly rate?: string
  readonly encoding?: string
  readonly channels?: string
}

export interface TextCommandOptions extends PoolOptions {
  readonly by?: string
  readonly jsonl?: true
  readonly csv?: true
  readonly idField?: string
  readonly textField?: string
  readonly labelField?: string
  readonly model?: string
  readonly vectors?: string
  readonly stopWords?: string
  readonly punctuation?: string
  readonly weights?: string
}

export interface OutOptions {
  readonly out?: string
  readonly format?: string
  readonly dtype?: string
  readonly pgvector?: true
  readonly columns?: true
  readonly matrices?: true
  readonly engine?: string
  readonly concurrency?: string
  readonly redis?: string
  readonly shard?: string
  readonly watch?: true
}

/** The recipe of the task, each part of it as an option says where one does. */
export function audioDefinition(options: AudioOptions): PipelineDefinition {
  const { stages: all } = recipe('audio', taskOf('audio', options))
  if (options.task === 'paralinguistics')
    return { source: audioSource(options), stages: [...unchanged(options, all), ...thenStages(options)] }
  const { before, pooled, after } = parts(all)
  const { features, preset, bands, window } = options
  const own = features ?? (preset === undefined ? undefined : 'logMel')
  const stages = own === undefined ? (window === undefined ? before : before.flatMap(streaming)) : stagesFrom(own)
  const front = having(having(stages, '--preset', 'preset', preset), '--bands', 'bands', count('--bands', bands))
  return { source: audioSource(options), stages: [...front, poolStage(options, pooled), ...after, ...thenStages(options)] }
}

/** Of words by a recipe, or of a model's tokens as its files have told; each part as an option says where one does. */
export function textDefinition(options: TextCommandOptions, inputs: readonly string[], told?: ModelTold): PipelineDefinition {
  return options.model === undefined ? wordDefinition(options, inputs) : modelDefinition(options, options.model, inputs, told)
}

function modelDefinition(
  options: TextCommandOptions,
  model: string,
  inputs: readonly string[],
  { pooling = 'mean', normalize }: ModelTold = { normalize: false },
): PipelineDefinition {
  const { vectors, stopWords, punctuation, weights, task } = options
  if ([vectors, stopWords, punctuation, weights, task].some((option) => option !== undefined))
    throw new TypeError(
      '--model has words and a recipe of its own; --vectors, --stop-words, --punctuation, --weights and --task do not go with it',
    )
  const pooled = poolStage(options, { stage: 'globalPool', pooling })
  return {
    source: textSource(options, { model }, inputs) as unknown as SourceSpec,
    stages: [pooled, ...(normalize ? [{ stage: 'l2Normalize' }] : []), ...thenStages(options)],
  }
}

function wordDefinition(options: TextCommandOptions, inputs: readonly string[]): PipelineDefinition {
  const { source, stages } = recipe('text', taskOf('text', options))
  const { before, pooled, after } = parts(stages)
  const { vectors = defaultVectors, pool, pyramid } = options
  // Components are those of the means of these very vectors.
  const fitting = options.vectors === undefined && pool === undefined && pyramid === undefined
  return {
    source: weighed({ ...source, ...textSource(options, { vectors }, inputs) }),
    stages: [
      ...before.map((spec) => ({ ...spec, vectors })),
      poolStage(options, pooled),
      ...(fitting ? after : []),
      ...thenStages(options),
    ],
  }
}

/** Words of one weight are those of which nothing is said. */
function weighed({ weights, ...source }: { readonly [option: string]: unknown }): SourceSpec {
  return { ...source, ...(weights !== 'none' && { weights }) } as unknown as SourceSpec
}

function taskOf(of: 'audio' | 'text', { task }: PoolOptions): RecipeOptions {
  return task === undefined ? {} : { task: oneOf('--task', 'the task', task, tasksOf(of)) }
}

/** Stages of which each has its own features and poolings. */
function unchanged(options: AudioOptions, stages: readonly StageSpec[]): readonly StageSpec[] {
  const { features, preset, bands, pool, window, stride, partial, pyramid } = options
  if ([features, preset, bands, pool, window, stride, partial, pyramid].every((option) => option === undefined)) return stages
  throw new TypeError(
    '--task paralinguistics has features and poolings of its own; --features, --preset, --bands, --pool, --window, --stride, --partial and --pyramid do not go with it',
  )
}

/** A recipe's stages about the one that pools. */
function parts(stages: readonly StageSpec[]): { before: readonly StageSpec[]; pooled: StageSpec; after: readonly StageSpec[] } {
  const at = stages.findIndex(({ pooling }) => pooling !== undefined)
  return { before: stages.slice(0, at), pooled: stages[at]!, after: stages.slice(at + 1) }
}

/** A stage as windows of a stream can have it; none where it must know the whole recording, as what is at its ends. */
function streaming({ range, ...spec }: StageSpec): readonly StageSpec[] {
  return ['trim', 'normalize', 'equalizeChange'].includes(spec.stage) ? [] : [spec]
}

/** The stages, the first one that takes the option with this value. */
function having(stages: readonly StageSpec[], flag: string, option: string, value: Json | undefined): readonly StageSpec[] {
  if (value === undefined) return stages
  const at = stages.findIndex(({ stage }) => option in (makerOf(stage)?.options ?? {}))
  if (at >= 0) return stages.with(at, { ...stages[at]!, [option]: value })
  throw new TypeError(`${flag}: expected a stage that takes ${option} among --features, got ${stages.map(({ stage }) => stage).join(', ')}`)
}

function audioSource({ rate, encoding, channels, resample, keepChannels, manifest, decoder, damaged }: AudioOptions): SourceSpec {
  const raw = given({ rate: count('--rate', rate), format: encoding, channels: count('--channels', channels) })
  const decoded = given({ rate: count('--resample', resample), channels: keepChannels && 'keep', decoder, damaged })
  if (Object.keys(raw).length === 0) return { source: manifest ? 'manifest' : 'audioFiles', ...decoded } as SourceSpec
  if (manifest || Object.keys(decoded).length > 0)
    throw new TypeError(
      '--rate, --encoding and --channels describe raw PCM; --manifest, --resample, --keep-channels, --decoder and --damaged do not go with them',
    )
  if (rate === undefined) throw refusal('--rate', 'raw PCM must come with its rate, as in --rate 16000', rate)
  return { source: 'pcm', ...raw } as unknown as SourceSpec
}

function textSource(
  options: TextCommandOptions,
  words: { readonly [option: string]: string },
  inputs: readonly string[],
): { readonly [option: string]: Json } {
  const { by, jsonl, csv, idField, textField, labelField, stopWords, punctuation, weights } = options
  const counted = weights?.endsWith('.safetensors') ? { sif: weights } : weights
  const lighter = stopWords !== undefined && /^[\d.]+$/.test(stopWords) ? Number(stopWords) : stopWords
  const fields = given({ idField, textField, labelField })
  if (jsonl && csv) throw new TypeError('--jsonl and --csv say what the files are; give one of them')
  const prose = inputs.length > 0 && !jsonl && !csv && !inputs.some(mayHoldRecords)
  if (prose && Object.keys(fields).length > 0)
    throw new TypeError(
      '--id-field, --text-field and --label-field name fields of records: of .jsonl, .ndjson, .csv and .tsv files, or with --jsonl or --csv',
    )
  const source = jsonl ? 'jsonl' : csv ? 'csv' : 'textFiles'
  return { source, ...words, ...given({ stopWords: lighter, punctuation, weights: counted, unit: by }), ...fields }
}

/** The stage that pools, of the recipe where no option says otherwise. */
function poolStage({ pool, window, stride, partial, pyramid }: PoolOptions, recipe: StageSpec): StageSpec {
  const pooling = pool === undefined ? recipe.pooling! : (poolingFrom(pool) as Json)
  if (pyramid !== undefined) {
    if (window !== undefined) throw new TypeError('--pyramid pools the whole input, --window pieces of it; give one of them')
    return { stage: 'pyramidPool', pooling, levels: pyramid.split(',').map((level) => count('--pyramid', level) ?? 0) }
  }
  if (window !== undefined)
    return { stage: 'pool1d', pooling, ...given({ size: size(window), stride: stride && size(stride), partial }) } as StageSpec
  if (stride !== undefined || partial !== undefined) throw new TypeError('--stride and --partial need a --window, such as --window 1s')
  return { ...recipe, pooling }
}

function thenStages({ then }: PoolOptions): StageSpec[] {
  return then === undefined ? [] : stagesFrom(then, '--then')
}

/** Frames where it is a bare number, else a duration; what is neither is refused by the stage. */
function size(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text
}

export function count(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,8}$/.test(text.trim())) return Number(text)
  throw refusal(option, 'expected a whole number ≥ 1', text)
}

function given(options: { readonly [name: string]: unknown }): { [name: string]: Json } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as { [name: string]: Json }
}

/** How vectors are written to files. */
export const forms = ['jsonl', 'csv', 'npy', 'parquet', 'arrows', 'ark'] as const
type Form = (typeof forms)[number] | 'store'
const endings: readonly string[] = ['.npy', '.jsonl', '.csv', '.parquet', '.arrows', '.ark']

/** The sink that --out means by its ending, or as an address; what --format says, or JSON Lines, on standard output. */
export function sinkOf(options: OutOptions): SinkSpec | undefined {
  const { out, format } = options
  const path = out ?? '-'
  if (format !== undefined && path !== '-')
    throw new TypeError(
      `--format is the form of standard output and of folders, such as --out vectors/; a file goes by its ending, got ${show(withoutPassword(path))}`,
    )
  const form = path === '-' ? formOf(format ?? 'jsonl') : endingOf(path)
  const own = formOptions(form, options)
  if (out === undefined && format === undefined) return undefined
  return { sink: form, path, ...own } as SinkSpec
}

/** The folder that --out means, and how the parts in it are written: one that ends in /, or is there and does not end as a file does. */
export function folderOf(options: OutOptions): { folder: string; manner: Manner; size: number; grows: boolean } | undefined {
  const { out, format, shard, watch } = options
  const size = count('--shard', shard) ?? 64
  const there = (path: string) => tried(path, statSync)?.isDirectory() && !endings.includes(extname(path))
  if (out !== undefined && !isStore(out) && (/[\\/]$/.test(out) || there(out))) {
    const sink = formOf(format ?? 'jsonl')
    return { folder: out, manner: { sink, ...formOptions(sink, options) }, size, grows: watch === true }
  }
  const option = watch ? '--watch' : shard === undefined ? undefined : '--shard'
  if (option === undefined) return undefined
  throw new TypeError(
    `${option}: expected a folder as --out, such as vectors/, got ${out === undefined ? 'none' : show(withoutPassword(out))}`,
  )
}

function formOptions(form: Form, { dtype, pgvector, columns, matrices }: OutOptions): { [name: string]: Json } {
  if (pgvector && form !== 'csv') throw new TypeError('--pgvector is a form of CSV; give --out FILE.csv or --format csv')
  if (dtype !== undefined && form !== 'npy')
    throw new TypeError('--dtype is the kind of numbers in .npy; give --out FILE.npy or --format npy')
  if (columns && form !== 'parquet')
    throw new TypeError('--columns is a form of Parquet, as CSV has it anyway; give --out FILE.parquet or --format parquet')
  if (matrices && form !== 'ark') throw new TypeError('--matrices is a form of Kaldi archives; give --out FILE.ark or --format ark')
  return given({ pgvector, columns, dtype, matrices })
}

export const engines = ['local', 'threads', 'bullmq'] as const

/** Who runs it: in how many threads where these do, by which Redis where workers elsewhere do. */
export function engineOf(options: OutOptions): {
  engine: (typeof engines)[number]
  threads: number | undefined
  redis: string | undefined
} {
  const { engine, concurrency, redis } = options
  const threads = count('--concurrency', concurrency)
  const name = oneOf('--engine', 'the engine', engine ?? ((threads ?? 1) > 1 ? 'threads' : 'local'), engines)
  if (name === 'bullmq' && threads !== undefined)
    throw new TypeError('--concurrency is how many shards a worker makes at once; give it to poolwise worker')
  if (name === 'local' && (threads ?? 1) > 1)
    throw new TypeError('--concurrency says how many threads --engine threads has, got --engine local')
  if ((name === 'bullmq') !== (redis !== undefined))
    throw new TypeError('--engine bullmq and --redis URL go together, as in --engine bullmq --redis redis://localhost:6379')
  if (name === 'bullmq' && !folderOf(options))
    throw new TypeError(`--engine bullmq: expected a folder as --out, such as vectors/, got ${show(options.out)}`)
  return { engine: name, threads, redis }
}

/** Threads take pieces of files, and make the pipeline anew. */
export async function checkThreads(option: string, { definition, base }: Setup, stream: boolean): Promise<void> {
  if (stream) throw new TypeError(`${option}: expected files as inputs, got a stream`)
  try {
    await pipelineFrom(definition, base).load()
  } catch (cause) {
    throw named(`${option}: expected a pipeline that is JSON throughout`, cause)
  }
}

function formOf(format: string): (typeof forms)[number] {
  const form = forms.find((one) => one === format)
  if (form) return form
  throw refusal(
    '--format',
    `expected one of ${forms.join(', ')} for standard output and folders`,
    format,
    didYouMean(format, forms) || '; how raw samples are written says --encoding',
  )
}

function endingOf(path: string): Form {
  if (isStore(path)) return 'store'
  const ending = extname(path)
  const form = forms.find((one) => `.${one}` === ending)
  if (form) return form
  throw new TypeError(
    `--out: expected a file that ends in ${endings.join(', ')}, a folder, FOLDER/, or lancedb://DIR#TABLE, postgres://…#TABLE or sqlite:FILE#TABLE, got ${show(withoutPassword(path))}${didYouMean(ending, endings)}`,
  )
}
