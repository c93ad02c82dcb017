// Every stage there is keeps the laws of machines over whatever it takes; a new one is tested by being exported.
import fc from 'fast-check'
import { apply, type Frames, frames, type Operator, signal, spectrogram } from 'poolwise'
import { expect, test } from 'vitest'
import type { Options } from '../../src/core/options.ts'
import * as stages from '../../src/stages/index.ts'
import * as pools from '../../src/stages/pooling/index.ts'
import { cuts, streams } from './laws.ts'

/** Options of stages that must be given some. */
const given: { readonly [stage: string]: object } = {
  adaptivePool1d: { count: 3 },
  adaptivePool2d: { count: 3 },
  contentWindows: { max: 4 },
  detectNovelty: { radius: 3 },
  markBoundaries: { at: [2, 5] },
  pool1d: { size: 3, stride: 2 },
  pool2d: { size: 2 },
  quantize: { precision: 'uint8', ranges: [-1, 1] },
  resample: { to: 7000 },
  spanPool: { spans: [[0, 2], [1, 5]] }, // biome-ignore format: a list
  truncate: { dimensions: 1 },
}
/** They need a corpus, or word vectors; their own tests give them. */
const fitted = ['embed', 'normalizeBy', 'project', 'removeComponents']

const noise = (length: number, seed: number) => {
  let state = seed
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state / 2 ** 31 - 1
  })
}

/** What there is to be taken: samples, spectra, positive frames of one value and of several, of a regular clock. */
const inputs: readonly (readonly [name: string, input: Frames])[] = [
  ['a spectrum', apply(signal(noise(900, 3), { rate: 8000 }), spectrogram({ length: 64, hop: 50 }))],
  ['samples', signal(noise(900, 1), { rate: 8000 })],
  ['frames', frames(noise(60, 5).map(Math.abs), { bins: 4, hop: 0.01 })],
  ['lanes', frames(noise(40, 7), { hop: 0.01 })],
]

type Make = ((...args: unknown[]) => Operator) & { readonly options: Options }

const all = Object.entries(stages as unknown as { readonly [name: string]: Make }).filter(([name]) => !fitted.includes(name))

test.each(all)('%s gives the same bits in any blocks, saved or not', (name, make) => {
  const stage = Object.hasOwn(pools, name) ? make('mean', given[name]) : make(given[name])
  const taken = inputs.filter(([, { layout, length }]) => {
    try {
      stage.plan({ ...layout, length })
      return true
    } catch {
      return false
    }
  })
  expect(taken.map(([input]) => input)).not.toEqual([])
  const [, input] = taken[0]!
  fc.assert(
    fc.property(cuts, fc.nat(20), (sizes, at) => streams(stage, input, sizes, at)),
    { numRuns: 8 },
  )
})
