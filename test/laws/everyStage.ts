// Every stage there is, each over an input that it takes; a new one is here by being exported.
import {
  apply,
  chain,
  deltas,
  detectOnsets,
  embed,
  type Frames,
  frames,
  l2Normalize,
  normalize,
  type Operator,
  pool1d,
  signal,
  spectrogram,
  type TensorFile,
  vectorsOf,
} from 'poolwise'
import { toFit } from 'poolwise/node'
import { lastValueFrom, of } from 'rxjs'
import type { Options } from '../../src/core/options.ts'
import * as stages from '../../src/stages/index.ts'
import * as pools from '../../src/stages/pooling/index.ts'

/** Options of stages that must be given some. */
const given: { readonly [stage: string]: object } = {
  adaptivePool1d: { count: 3 },
  adaptivePool2d: { count: 3 },
  contentWindows: { max: 4 },
  detectNovelty: { radius: 3 },
  markBoundaries: { at: [2, 5] },
  mask: { by: 'bin1', above: 0.3 },
  pick: { of: ['bin2', 'bin0'] },
  pool1d: { size: 3, stride: 2 },
  pool2d: { size: 2 },
  project: { count: 2 },
  quantize: { precision: 'uint8', ranges: [-1, 1] },
  resample: { to: 7000 },
  spanPool: { spans: [[0, 2], [1, 5]] }, // biome-ignore format: a list
  truncate: { dimensions: 1 },
}

/** Stages of others: what waits, what masks and marks, what comes at the end, beside what does not. */
const nested: { readonly [stage: string]: readonly unknown[] } = {
  beside: [[deltas(), detectOnsets(), chain(normalize(), l2Normalize()), chain()], { weights: [1, 0.5, 2, 1] }],
  chain: [deltas(), pool1d('mean', { size: 3 })],
}

const noise = (length: number, seed: number) => {
  let state = seed
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state / 2 ** 31 - 1
  })
}

const rows = frames(noise(60, 5).map(Math.abs), { bins: 4, hop: 0.01 })
const vectors = vectorsOf('words', ['a', 'b', 'c'], noise(12, 9))
const fit = (await lastValueFrom(of(rows).pipe(toFit()))) as TensorFile

/** What there is to be taken: samples, spectra, positive frames of one value and of several, of a regular clock. */
const inputs: readonly Frames[] = [
  apply(signal(noise(900, 3), { rate: 8000 }), spectrogram({ length: 64, hop: 50 })),
  signal(noise(900, 1), { rate: 8000 }),
  rows,
  frames(noise(40, 7), { hop: 0.01 }),
  // Pitch, formants and a spectrum side by side.
  frames(
    noise(40 * 13, 11).map((x, i) => (i % 13 < 7 ? Math.abs(x) * 400 : Math.abs(x))),
    {
      bins: 13,
      hop: 0.01,
      names: {
        bins: [
          'pitch',
          ...[1, 2, 3].flatMap((n) => [`F${n}.frequency`, `F${n}.bandwidth`]),
          ...Array.from({ length: 6 }, (_, k) => `hz${100 * k}`),
        ],
      },
    },
  ),
]

type Make = ((...args: unknown[]) => Operator) & { readonly options: Options }

export interface Case {
  readonly make: Make
  /** Arguments that it takes. */
  readonly args: readonly unknown[]
  readonly input: Frames
}

/** Arguments and an input for each stage, by its name. */
export const everyStage: ReadonlyMap<string, Case> = new Map(
  Object.entries(stages as unknown as { readonly [name: string]: Make }).map(([name, make]) => {
    const args = Object.hasOwn(pools, name)
      ? ['mean', given[name]]
      : make === (embed as unknown)
        ? [vectors]
        : name in nested
          ? nested[name]!
          : [make.options.fit ? { fit, ...given[name] } : given[name]]
    const stage = make(...args)
    const input = (make === (embed as unknown) ? [frames([0, 2, 1, 7, 0])] : inputs).find((one) => takes(stage, one))
    if (!input) throw new Error(`everyStage.ts: expected an input that ${name} takes, got none`)
    return [name, { make, args, input }]
  }),
)

function takes(stage: Operator, { layout, length }: Frames): boolean {
  try {
    stage.plan({ ...layout, length })
    return true
  } catch {
    return false
  }
}
