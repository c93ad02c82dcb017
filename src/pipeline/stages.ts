import { didYouMean, type Json, refusal, show } from '../core/check.ts'
import type { Pooling } from '../core/pooling.ts'
import { chain, type Stage, type StageSpec } from '../core/stage.ts'
import type { Vectors } from '../features/embed.ts'
import { embed } from '../operators/embed.ts'
import { stageFrom } from '../operators/spec.ts'
import { loadVectors } from '../sources/vectors.ts'
import { importModule } from './module.ts'
import { listOf, named, type Plain, part, plain } from './part.ts'

/** Lists in lists, and chains in chains, mean nothing further down. */
const deepest = 8

/** What a definition names and does not hold: it must be loaded before its stages can be made. */
export interface Loads {
  readonly vectors: Map<string, Vectors | undefined>
  /** Exports of modules, by specifier. */
  readonly modules: Map<string, Plain | undefined>
}

export function noLoads(): Loads {
  return { vectors: new Map(), modules: new Map() }
}

/** Loads all that is noted as missing. */
export async function loadAll({ vectors, modules }: Loads, base: string): Promise<void> {
  for (const [specifier, found] of modules) {
    if (found) continue
    modules.set(
      specifier,
      await importModule(specifier, base).catch((cause: unknown) => {
        throw named(`module ${show(specifier)}`, cause)
      }),
    )
  }
  for (const [name, found] of vectors) {
    if (!found) vectors.set(name, await loadVectors(name))
  }
}

/**
 * The stage that a part of a definition describes, or undefined where it waits for what has been noted in `loads`.
 * @throws TypeError or RangeError that begin with the part's name
 */
export function stageOf(name: string, spec: unknown, loads: Loads, depth = 0): Stage | undefined {
  if (depth > deepest) throw new TypeError(`${name}: expected at most ${deepest} chains in chains, got more`)
  if (isStage(spec)) return spec
  const given = plain(name, 'a stage such as { "stage": "globalPool", "pooling": "max" }', spec)
  if (given.stage === 'chain') {
    const stages = listOf(`${name}.stages`, 'a list of stages', given.stages).map((one, i) =>
      stageOf(`${name}.stages[${i}]`, one, loads, depth + 1),
    )
    return stages.every((stage) => stage !== undefined) ? chain(...stages) : undefined
  }
  if (given.stage === 'embed') {
    const vectors = vectorsOf(name, given.vectors, loads)
    return vectors && embed(vectors)
  }
  if (!Object.hasOwn(given, 'pooling')) return part(name, () => stageFrom(given as StageSpec))
  const pooling = poolingOf(`${name}.pooling`, given.pooling, loads, 0)
  return pooling === undefined ? undefined : part(name, () => stageFrom({ ...(given as StageSpec), pooling: pooling as Json }))
}

/** A stage as a value; operators are functions. */
function isStage(spec: unknown): spec is Stage {
  return (typeof spec === 'function' || (typeof spec === 'object' && spec !== null)) && 'plan' in spec && typeof spec.plan === 'function'
}

export function vectorsOf(name: string, vectors: unknown, loads: Loads): Vectors | undefined {
  if (typeof vectors !== 'string' || vectors === '') throw refusal(name, 'vectors must be the name of a package or a file', vectors)
  return noted(loads.vectors, vectors)
}

/** A pooling's spec with the user's own poolings in their places, or undefined where one is yet to be imported. */
function poolingOf(name: string, spec: unknown, loads: Loads, depth: number): unknown {
  if (depth > deepest) throw new TypeError(`${name}: expected at most ${deepest} lists in lists, got more`)
  if (Array.isArray(spec)) return every(spec.map((one, i) => poolingOf(`${name}[${i}]`, one, loads, depth + 1)))
  if (typeof spec !== 'object' || spec === null || typeof (spec as Plain).bind === 'function') return spec
  const { module, ...options } = spec as Plain & { pooling: string }
  if (typeof options.pooling !== 'string') throw refusal(name, 'expected a pooling such as "max" or { "pooling": "power", "p": 3 }', spec)
  if (module !== undefined) return ownPooling(name, module, options, loads)
  if (!Object.hasOwn(options, 'parts')) return spec
  const parts = listOf(`${name}.parts`, 'a list of pairs', options.parts).map((pair, i) => {
    const where = `${name}.parts[${i}]`
    const [like, share, ...more] = listOf(where, 'a pair such as ["max", 0.5]', pair)
    if (share === undefined || more.length > 0) throw refusal(where, 'expected a pair such as ["max", 0.5]', pair)
    const pooling = poolingOf(`${where}[0]`, like, loads, depth + 1)
    return pooling === undefined ? undefined : [pooling, share]
  })
  const all = every(parts)
  return all && { ...options, parts: all }
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

function noted<Value>(all: Map<string, Value | undefined>, name: string): Value | undefined {
  if (!all.has(name)) all.set(name, undefined)
  return all.get(name)
}
