import type { Options } from '../../src/core/options.ts'
import { type Frames, frames, signal } from '../../src/index.ts'
import * as poolings from '../../src/poolings/index.ts'
import * as stages from '../../src/stages/index.ts'
import * as pools from '../../src/stages/pooling/index.ts'
import type { Draws } from './draws.ts'
import { optionsFor } from './optionValues.ts'

type Declared = { readonly options?: Options }
const declared = (all: object) =>
  Object.entries(all as { readonly [name: string]: Declared }).map(([name, { options = {} }]) => ({ name, options }))

/** They need trained numbers, which have to be loaded. */
const learned = ['attentive', 'gated', 'netVlad', 'tree', 'mixed']
/** They need a corpus, or word vectors. */
const fitted = ['embed', 'normalizeBy', 'project', 'removeComponents']

export const poolingNames = declared(poolings).filter(({ name }) => !learned.includes(name))
export const stageNames = declared(stages).filter(({ name }) => !fitted.includes(name))

/** A spec of a pooling, of several, or a mixture; with `wild`, also of what is none. */
export function poolingSpec(draws: Draws, wild?: (draws: Draws) => unknown, depth = 0): unknown {
  if (wild && draws.chance(0.05)) return wild(draws)
  const kind = depth < 2 ? draws.below(10) : 9
  if (kind === 0) return draws.list(draws.between(1, 3), () => poolingSpec(draws, wild, depth + 1))
  if (kind === 1) {
    const parts = draws.list(draws.between(1, 3), () => [poolingSpec(draws, wild, 2), draws.pick([0, 0.5, 1])])
    return { pooling: 'mixed', parts }
  }
  const { name, options } = draws.pick(poolingNames)
  const given = optionsFor(draws, options, wild)
  return Object.keys(given).length > 0 ? { pooling: name, ...given } : name
}

export interface Spec {
  readonly stage: string
  readonly [option: string]: unknown
}

/** A spec of a stage, or of one that is made of others; with `wild`, also of what is none. */
export function stageSpec(draws: Draws, wild?: (draws: Draws) => unknown, depth = 0): Spec {
  const { name, options } = draws.pick(depth < 2 ? stageNames : stageNames.filter(({ options }) => !options.stages))
  const given = { ...(Object.hasOwn(pools, name) && { pooling: poolingSpec(draws, wild) }), ...optionsFor(draws, options, wild) }
  if (!options.stages || (wild && draws.chance(0.1))) return { stage: name, ...given }
  return { stage: name, ...given, stages: draws.list(draws.between(1, 3), () => stageSpec(draws, wild, depth + 1)) }
}

/** Samples, or frames of a few bins and channels; with weights and boundaries or without; now and then what is no number. */
export function inputFor(draws: Draws): Frames {
  const odd = draws.chance(0.1) ? [Number.NaN, Infinity, -Infinity, -0, 1e-45, 3.4e38] : [0]
  const value = () =>
    draws.chance(0.02) ? draws.pick(odd) : draws.pick([draws.level(), Math.round(3 * draws.level()), 1000 + draws.level()])
  if (draws.chance(0.4)) {
    const channels = draws.pick([1, 1, 2])
    return signal(draws.list(channels * draws.below(draws.pick([20, 300, 900])), value), { rate: 8000, channels })
  }
  const [bins, channels, length] = [draws.between(1, 6), draws.pick([1, 1, 2]), draws.below(draws.pick([4, 60, 200]))]
  return frames(draws.list(length * bins * channels, value), {
    bins,
    channels,
    ...(draws.chance(0.8) && { hop: 0.01 }),
    ...(draws.chance(0.3) && { weights: draws.list(length, () => draws.pick([0, 0, 1, 1, 0.5, 2.25])) }),
    ...(draws.chance(0.3) && { boundaries: draws.list(length, () => draws.pick([0, 0, 0, 1])) }),
  })
}
