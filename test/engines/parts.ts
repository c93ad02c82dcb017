// Every stage and every pooling that the public entries have, each over all the inputs that it takes. What is new there is here without an edit, unless it must be given options.

import * as entry from 'poolwise'
import {
  apply,
  blocks,
  covariance,
  embed,
  type Frames,
  frames,
  open,
  quantile,
  type Stage,
  type StageSpec,
  stageFrom,
  stats,
  std,
  stochastic,
  type TensorFile,
  type Values,
  vectorsOf,
} from 'poolwise'
import { decodeAudio } from 'poolwise/audio'
import { toFit } from 'poolwise/node'
import * as poolings from 'poolwise/poolings'
import * as tensors from 'poolwise/tensors'
import { from, lastValueFrom, toArray } from 'rxjs'
import { Bits } from './bits.ts'
import { inputs, numbers, wav } from './inputs.ts'

/** What a part of the library gives, and what its machines remember half way: float64, of which outputs show the upper half. */
export interface Part {
  readonly outputs: Bits
  readonly states: Bits
}

type Named = { readonly [name: string]: unknown }

/** Whole, and in blocks with a state saved and restored half way. */
function run({ outputs, states }: Part, stage: Stage, input: Frames<Values>): void {
  outputs.add(apply(input, stage))
  const { length: _, ...layout } = input.layout
  const parts = [...blocks(input, input.length > 1000 ? 4001 : 37)]
  const half = Math.floor(parts.length / 2)
  let machine = open(stage, layout)
  parts.forEach((part, i) => {
    if (i === half) {
      const saved = machine.save()
      states.add(saved.state)
      machine = open(stage, layout, structuredClone(saved))
    }
    outputs.add(machine.push(part))
  })
  outputs.add(machine.close())
}

/** Runs what `make` gives over all inputs; what is refused is refused everywhere in the same words. Gives how many were taken. */
function tried(part: Part, names: readonly string[], make: () => Stage): number {
  let taken = 0
  for (const name of names) {
    try {
      run(part, make(), inputs[name]!)
      taken++
    } catch (error) {
      part.outputs.add(`${error}`)
    }
  }
  return taken
}

/** Ways to pool: what stages of pooling are given beside a pooling. */
const ways: readonly StageSpec[] = [
  { stage: 'globalPool' },
  { stage: 'pool1d', size: 3 },
  { stage: 'pool1d', size: 32, stride: 4, partial: 'keep' },
  { stage: 'pool1d', size: 5, stride: 2, dilation: 2, padding: 'same' },
  { stage: 'pool2d', size: [4, 3], stride: [3, 2] },
  { stage: 'globalPool2d' },
  { stage: 'channelPool' },
  { stage: 'adaptivePool1d', count: 9 },
  { stage: 'adaptivePool2d', count: [4, 3] },
  { stage: 'pyramidPool', levels: [1, 2, 5] },
  { stage: 'pyramidPool2d', levels: [1, 2] },
  { stage: 'segmentPool', max: 30 },
  { stage: 'firePool', threshold: 6.5 },
  { stage: 'spanPool', spans: [[0, 90], [5, 6], [20, 150]] }, // biome-ignore format: a list
]

/** Other options than those that stages have by themselves. */
async function options(): Promise<{ readonly [stage: string]: readonly object[] }> {
  const fits = await Promise.all(['rows', 'lane'].map((name) => fitOf(inputs[name]!)))
  const fitted = (more: object) => fits.map((fit) => ({ fit, ...more }))
  return {
    beside: [
      { stages: [{ stage: 'deltas' }, { stage: 'l2Normalize' }], weights: [1, 0.3] },
      {
        stages: [
          { stage: 'globalPool', pooling: 'mean' },
          { stage: 'pyramidPool', pooling: 'stats' },
        ],
      },
    ],
    cepstrum: [{}, { coefficients: 12, lifter: 22 }],
    chain: [{ stages: [{ stage: 'logMel', bands: 20 }, { stage: 'deltas' }, { stage: 'globalPool', pooling: 'stats' }] }],
    contentWindows: [{ max: 12 }],
    decibels: [{}, { of: 'amplitude', range: 60, reference: 'max' }],
    detectNovelty: [{ radius: 10 }, { radius: 10, distance: 'cosine' }],
    kaldiFbank: [{}, { energy: 'first', window: 'blackman', edges: 'mirror' }],
    log: [{}, { offset: 1e-6 }],
    logMel: [{}, ...['torchaudio', 'librosa', 'kaldi', 'whisper'].map((preset) => ({ preset })), { base: 10, window: 'hamming' }],
    markBoundaries: [{ at: [5, 70, 71] }],
    mask: [{ by: 'bin0.channel0' }, { by: 'hz0', above: 1, keep: 'others' }],
    mel: [{ bands: 20 }, { bands: 20, scale: 'slaney', norm: 'slaney' }, { bands: 20, scale: 'kaldi' }],
    pcen: [{}, { bias: 0, exponent: 0.25 }],
    pick: [{ of: ['bin0.channel1'] }, { of: ['mel3', 'mel1'], as: ['b', 'a'] }],
    preemphasis: [{ coefficient: 0.97 }],
    project: fitted({ count: 1, whiten: true }),
    quantize: [{ precision: 'int8', ranges: [-2, 3] }, { precision: 'ubinary' }],
    removeComponents: [...fitted({}), ...fitted({ center: true })],
    resample: [{ to: 7000 }, { to: 11025 }],
    rms: [{}, { length: 300, hop: 100 }],
    spectrogram: [{}, { fft: 240, length: 240, hop: 100, window: 'blackman', exponent: 1 }, { length: '128ms', center: true }],
    normalizeBy: fitted({}),
    stft: [{}, { fft: 360, length: 300, window: 'povey' }],
    truncate: [{ dimensions: 5 }],
    zeroCrossings: [{}, { length: 300, hop: 100 }],
  }
}

async function fitOf(input: Frames<Values>): Promise<TensorFile> {
  return (await lastValueFrom(from([input]).pipe(toFit()))) as TensorFile
}

/** Stages that are slow over frames of many values, or of a high rate, as nobody has them. */
const over: { readonly [stage: string]: readonly string[] } = {
  detectNovelty: ['lane', 'logMel', 'mel', 'weighed'],
  detectSpeech: ['lane', 'logMel', 'mel', 'weighed'],
  resample: ['sound', 'stereo'],
}

/** Whether a name of the entry is that of a stage. */
function isStage(name: string): boolean {
  try {
    stageFrom({ stage: name })
  } catch (error) {
    return !`${error}`.includes('stageFrom: unknown stage')
  }
  return true
}

/** Other values of the options that a stage declares: each of its words, and yes and no. */
function variants(make: unknown): object[] {
  const declared = Object.entries(
    (make as { options?: { [name: string]: { description: { type?: string; enum?: unknown[] } } } }).options ?? {},
  )
  return declared.flatMap(([name, { description }]) =>
    (description.enum ?? (description.type === 'boolean' ? [false, true] : [])).map((value) => ({ [name]: value })),
  )
}

// embed takes word vectors, which are no JSON; it stands by itself below.
const stageNames = Object.keys(entry).filter((name) => isStage(name) && name !== 'embed')

async function addStages(parts: Map<string, Part>): Promise<void> {
  const given = await options()
  for (const name of stageNames) {
    const part = begin(parts, name)
    const pools = ways.filter(({ stage }) => stage === name)
    const usual = given[name] ?? (pools.length > 0 ? pools.map(({ stage: _, ...way }) => ({ pooling: 'stats', ...way })) : [{}])
    const all = [...usual, ...variants((entry as Named)[name]).map((more) => ({ ...usual[0], ...more }))]
    const taken = all.map((more) => tried(part, over[name] ?? Object.keys(inputs), () => stageFrom({ ...more, stage: name } as StageSpec)))
    if (taken.slice(0, usual.length).includes(0))
      throw new Error(`parts.ts: expected options for ${name} that some input takes, got ${taken}`)
  }
  const ids = frames(Array.from(numbers(60, 3, 2 ** -12), (x) => Math.round(Math.abs(x))))
  const words = Array.from({ length: 8 }, (_, i) => `w${i}`)
  run(begin(parts, 'embed'), embed(vectorsOf('words', words, numbers(8 * 5, 4))), ids)
}

/** A pooling with the options that it has by itself, or its example where it must be given some. */
function pooling(name: string): unknown {
  const made = (poolings as Named)[name]!
  return (typeof made === 'function' || typeof made === 'object') && 'example' in made! ? made.example : name
}

const optioned: { readonly [name: string]: unknown } = {
  'a list': ['mean', 'std', 'max', 'softPool'],
  'a mixture': { pooling: 'mixed', parts: [['max', [0.25, 0.5]], ['mean', [0.75, 0.5]]] }, // biome-ignore format: a list
  'covariance, unbiased': covariance({ correction: 1 }),
  'gem 2.5': { pooling: 'gem', p: 2.5 },
  'logSumExp 0.3': { pooling: 'logSumExp', r: 0.3 },
  'lp 1.5': { pooling: 'lp', p: 1.5 },
  'power 1.3': { pooling: 'power', p: 1.3 },
  'power 3, signed': { pooling: 'power', p: 3, signed: true },
  'quantile within 5 %': quantile({ q: 0.7, error: 0.05 }),
  'softPool 0.3': { pooling: 'softPool', r: 0.3 },
  'stats by ECAPA': stats({ convention: 'ecapa' }),
  'std, unbiased': std({ correction: 1 }),
  'stochastic, drawn': stochastic({ seed: 3 }),
}

function addPoolings(parts: Map<string, Part>): void {
  const all: Named = { ...Object.fromEntries(Object.keys(poolings).map((name) => [name, pooling(name)])), ...optioned }
  for (const [name, like] of Object.entries(all)) {
    const part = begin(parts, `pooling ${name}`)
    // Several ways have the same arithmetic: over a few inputs they are enough.
    const names = ['weighed', 'lane', 'rows', 'positive', 'far', 'special', 'wide']
    const taken = ways.map((way, i) =>
      tried(part, i < 3 ? names : names.slice(0, 2), () => stageFrom({ ...way, pooling: like } as StageSpec)),
    )
    if (!taken.some(Boolean)) throw new Error(`parts.ts: expected an input that the pooling ${name} takes, got none`)
  }
}

/** A tensor (2, 9, 8, …, 3), of so many spatial axes. */
function tensor(axes: number): { data: Float32Array; shape: number[] } {
  const shape = [2, ...[9, 8, 7].slice(0, axes), 3]
  return {
    data: numbers(
      shape.reduce((product, size) => product * size),
      axes,
    ),
    shape,
  }
}

function addTensors(parts: Map<string, Part>): void {
  const attempt = (name: string, give: () => unknown) => {
    const { outputs } = begin(parts, `tensors ${name}`)
    try {
      outputs.add(give())
    } catch (error) {
      throw new Error(`parts.ts: expected a call that tensors' ${name} takes, got one that it refuses`, { cause: error })
    }
  }
  for (const [name, call] of Object.entries(tensors as { readonly [name: string]: (...given: unknown[]) => unknown })) {
    const axes = Number(/(?<=Pool)\d(?=d$)/.exec(name)?.[0] ?? 0)
    if (axes === 0) continue
    const options = {
      size: 3,
      ...(name.startsWith('fractional') && { outputSize: 4, seed: 5, channels: 'last' }),
      ...(name.startsWith('lp') && { p: 2.5 }),
    }
    if (/^(adaptiveP|p)ool/.test(name))
      attempt(name, () => ['stats', 'gem', ['max', 'softPool']].map((like) => call(like, tensor(axes), options)))
    else attempt(name, () => call(tensor(axes), options))
  }
  attempt('globalPool', () => tensors.globalPool('moments', tensor(2)))
  attempt('maxUnpool2d', () => {
    const { values, indices } = tensors.maxPool2d(tensor(2), { size: 2, indices: true })
    return tensors.maxUnpool2d(values, indices, { size: 2 })
  })
  attempt('poolTokens', () =>
    tensors.poolTokens({ ...tensor(1) }, { data: [...Array(15).fill(1), 0, 1, 0], shape: [2, 9] }, ['mean', 'max'], { normalize: true }),
  )
  attempt('similarity', () => tensors.similarity(inputs.rows!, inputs.far!))
}

async function addAudio(parts: Map<string, Part>): Promise<void> {
  const { outputs } = begin(parts, 'decodeAudio')
  for (const [rate, channels] of [[16000, 1], [44100, 2], [8000, 1]] as const) // biome-ignore format: a table
    outputs.add(await lastValueFrom(decodeAudio(wav(rate, channels)).pipe(toArray())))
}

function begin(parts: Map<string, Part>, name: string): Part {
  const part = { outputs: new Bits(), states: new Bits() }
  parts.set(name, part)
  return part
}

/** All parts by their names. */
export async function allParts(): Promise<ReadonlyMap<string, Part>> {
  const parts = new Map<string, Part>()
  await addStages(parts)
  addPoolings(parts)
  addTensors(parts)
  await addAudio(parts)
  return parts
}
