// Whatever is handed to whatever is exported: it gives something, or an error of ours, which begins with who says it and tells what was expected. Exports are found by themselves.
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as poolwise from 'poolwise'
import * as audio from 'poolwise/audio'
import * as node from 'poolwise/node'
import * as poolings from 'poolwise/poolings'
import * as streams from 'poolwise/streams'
import * as tensors from 'poolwise/tensors'
import * as text from 'poolwise/text'
import { firstValueFrom, from, isObservable, type Observable, of, take, timeout, toArray } from 'rxjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Options } from '../../src/core/options.ts'
import { everyStage } from './everyStage.ts'
import { nonsense, own } from './nonsense.ts'

type Call = (...args: unknown[]) => unknown

const { frames, globalPool } = poolwise
const rows = frames([1, 2, 3, 4, 5, 6], { bins: 2, hop: 0.01 })
const lanes = frames([1, 2, 3], { hop: 0.01 })
const cube = { data: new Float32Array(16).fill(1), shape: [1, 4, 4, 1] }
const shaped = (name: string) => {
  const axes = Number(/\d(?=d$)/.exec(name)?.[0] ?? 0)
  return { data: new Float32Array(4 ** axes).fill(1), shape: [1, ...Array(axes).fill(4), 1] }
}
const file = { name: 'a', tensors: new Map([['x', { shape: [2], data: Float32Array.of(1, 2) }]]), metadata: new Map() }
const vectors = poolwise.vectorsOf('words', ['a', 'b'], Float32Array.of(1, 0, 0, 1))
const pool = (pooling: never) => globalPool(pooling)

/** Arguments that are taken, so that nonsense is tried beside them; an export without any is tried with nonsense alone. */
const good: { readonly [name: string]: readonly unknown[] } = {
  apply: [lanes, globalPool('mean'), poolwise.l2Normalize()],
  audioFiles: ['x.wav', {}],
  audioNode: [{ context: {} }, { rate: 8000 }],
  blocks: [rows, 2],
  compareDialects: [4, { size: 2 }],
  decodeAudio: [new Uint8Array(0), {}],
  definePipeline: [{ source: { source: 'audioFiles' }, stages: [globalPool('mean')] }],
  eachSequence: [globalPool('mean')],
  formatTensors: [file],
  frames: [[1, 2], { bins: 1 }],
  fromTensor: [{ data: [1, 2], shape: [2, 1] }, {}],
  globalPool: ['mean', cube, {}],
  jsonl: ['x.jsonl', { vectors }],
  laneNames: [rows.layout],
  layoutOf: [{}, 'layout'],
  loadTensors: ['x'],
  loadVectors: ['x.txt', {}],
  manifest: ['x.csv', {}],
  mergeFits: [file, file],
  microphone: [{}],
  mixed: [[['max', 0.5], ['mean', 0.5]]], // biome-ignore format: a list
  modelTokens: [['a'], { model: 'x' }],
  open: [globalPool('mean'), rows.layout],
  operator: [globalPool('mean')],
  parseTensors: [poolwise.formatTensors(file), 'a'],
  pcm: [of(new Uint8Array(4)), { rate: 8000 }],
  pipelineFrom: [{ source: { source: 'audioFiles' }, stages: [{ stage: 'globalPool', pooling: 'mean' }] }, 'file:///x'],
  poolTokens: [{ data: [1, 2], shape: [1, 2, 1] }, undefined, 'mean', {}],
  readNpy: [new Uint8Array(8), 'x'],
  saveTensors: ['x', file],
  sentencePooling: [{ pooling_mode: 'mean' }],
  sif: [file, {}],
  signal: [new Float32Array(3), { rate: 8000 }],
  similarity: [rows, rows],
  slice: [rows, 0, 1],
  spanOf: [rows, 1],
  stageFrom: [{ stage: 'globalPool', pooling: 'mean' }],
  tensor: [cube, 'tensor'],
  textFile: ['x.txt', { vectors }],
  textFiles: [['x.txt'], { vectors }],
  texts: [['a b', { id: 'c', text: 'b' }], { vectors }],
  textStream: [(async function* () {})(), { vectors }],
  toCounts: [],
  toCsv: ['x.csv', {}],
  toFit: [globalPool('mean')],
  toFrames: [{}],
  toGated: [2, pool, poolwise.l2Normalize()],
  toJsonl: ['x.jsonl'],
  tokenEmbeddings: [{ data: [1, 2], shape: [1, 2] }, {}],
  tokenFrames: [
    { data: [1, 2], shape: [1, 2, 1] },
    { data: [1, 1], shape: [1, 2] },
  ],
  toMixed: [['max', 'mean'], pool, poolwise.l2Normalize()],
  toNpy: ['x.npy', {}],
  toTensor: [rows, 'last'],
  toVectors: [],
  vectorsOf: ['words', ['a', 'b'], new Float32Array(4)],
}

interface Export {
  readonly name: string
  readonly call: Call
  readonly args: readonly unknown[]
}

const every: Export[] = []
for (const [entry, all] of Object.entries({ poolwise, streams, poolings, audio, text, tensors, node })) {
  for (const [name, call] of Object.entries(all)) {
    if (typeof call !== 'function' || /^class/.test(String(call)) || every.some((other) => other.call === call)) continue
    const stage = entry === 'tensors' ? undefined : everyStage.get(name)
    const args =
      stage?.args ??
      (/Pool\dd$/.test(name)
        ? /^(adaptiveP|p)ool/.test(name)
          ? ['mean', shaped(name), { size: 2 }]
          : [shaped(name), { size: 2, ...(name.startsWith('frac') && { outputSize: 2 }) }]
        : undefined) ??
      (/^maxUnpool/.test(name) ? [shaped(name), shaped(name), { size: 2 }] : undefined) ??
      good[name] ??
      []
    every.push({ name: `${entry}.${name}`, call: call as Call, args })
  }
}
const operations = new Set(every.map(({ name }) => name.split('.')[1]!))

let [folder, home] = ['', '']
beforeAll(() => {
  home = process.cwd()
  folder = mkdtempSync(join(tmpdir(), 'nonsense-'))
  process.chdir(folder)
})
afterAll(() => {
  process.chdir(home)
  rmSync(folder, { recursive: true, force: true })
})

/** Whether an error is one that we wrote: it names an operation, and what it expected. */
function isOurs(error: unknown): boolean {
  if (error === own) return true
  if (!(error instanceof Error)) return false
  const [who] = error.message.split(/[: (]/)
  return (
    (operations.has(who!) ||
      ['layout', 'pooling', 'pipeline', 'source', 'sink', 'counts', 'fit', 'gather', 'beside', 'a', 'x'].includes(who!)) &&
    /expected|must|unknown|needs?\b|takes? no|only|not/.test(error.message)
  )
}

/** Follows what comes to where errors may wait. */
async function outcome(value: unknown): Promise<unknown> {
  if (value instanceof Promise) return outcome(await value)
  if (isObservable(value)) {
    const items = await firstValueFrom((value as Observable<unknown>).pipe(take(3), toArray(), timeout(30_000)))
    for (const item of items) {
      // A failure that its maker made so passes through as it is.
      if (typeof item !== 'object' || item === null || !('id' in item) || Object.getOwnPropertyDescriptor(item, 'id')?.get) continue
      if ('id' in item && 'error' in item && item.error instanceof Error) throw item.error
      if ('frames' in item && isObservable(item.frames)) await outcome(item.frames)
    }
  } else if (typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object Generator]') {
    let left = 100
    for (const _ of value as Iterable<unknown>) if (--left === 0) break
  }
  return value
}

/** What is wrong with an outcome, if anything. */
async function wrong(what: string, give: () => unknown): Promise<string | undefined> {
  if (process.env.NONSENSE) appendFileSync(process.env.NONSENSE, `${what}\n`)
  const start = performance.now()
  try {
    await outcome(give())
  } catch (error) {
    if (!isOurs(error))
      return `${what} → ${error instanceof Error ? (error.stack ?? '').split('\n').slice(0, 3).join(' | ') : String(error)}`
  }
  const took = performance.now() - start
  // Word vectors are loaded once.
  return took > 15_000 ? `${what} took ${Math.round(took)} ms` : undefined
}

const faults = async (all: Iterable<readonly [what: string, give: () => unknown]>): Promise<string[]> => {
  const found: string[] = []
  for (const [what, give] of all) {
    const fault = await wrong(what, give)
    if (fault) found.push(fault)
  }
  return found
}

/** Options that are declared, each given nonsense beside what the others need. */
function* optionsOf({ name, call, args }: Export): Generator<readonly [string, () => unknown]> {
  const declared = (call as { options?: Options }).options
  if (!declared) return
  const at = args.findIndex((arg) => typeof arg === 'object' && arg !== null && Object.keys(arg).some((key) => key in declared))
  const last = at >= 0 ? at : args.length > 0 && args.at(-1) === undefined ? args.length - 1 : args.length
  for (const option of Object.keys(declared))
    for (const [what, make] of nonsense)
      yield [`${name}({ ${option}: ${what} })`, () => call(...args.slice(0, last), { ...(args[last] as object), [option]: make() })]
}

function* positionsOf({ name, call, args }: Export): Generator<readonly [string, () => unknown]> {
  const places = Math.max(args.length, call.length, 1) + 1
  for (let at = 0; at < places; at++)
    // What is called there is the user's own, and throws what it likes.
    for (const [what, make] of nonsense)
      if (!(/\.to(Mixed|Gated)$/.test(name) && at === 1 && /class|function proxy/.test(what)))
        yield [
          `${name}(${'…, '.repeat(at)}${what})`,
          () => call(...Array.from({ length: Math.max(args.length, at + 1) }, (_, i) => (i === at ? make() : args[i]))),
        ]
}

describe('nonsense', () => {
  test('there is much of it', () => {
    expect(nonsense.size).toBeGreaterThan(30)
    expect(every.length).toBeGreaterThan(130)
    for (const name of Object.keys(good)) expect(operations).toContain(name)
  })

  test.each(every)('as arguments of $name', async (one) => expect(await faults(positionsOf(one))).toEqual([]))
  test.each(every.filter(({ call }) => 'options' in call))('as options of $name', async (one) =>
    expect(await faults(optionsOf(one))).toEqual([]),
  )
  test.each(every)('through what $name gives', async ({ name, call, args }) => {
    let made: unknown
    try {
      made = call(...args)
      if (made instanceof Promise) made.catch(() => {})
    } catch {
      return
    }
    const all = [...nonsense].flatMap(([what, make]) => {
      const tries: (readonly [string, () => unknown])[] = []
      const made_ = made as { plan?: Call; push?: Call }
      if (typeof made === 'function') {
        const operate = made as (source: Observable<unknown>) => Observable<unknown>
        tries.push([`of(${what}).pipe(${name})`, () => operate(from([make()]))])
        tries.push([`of(frames, ${what}).pipe(${name})`, () => operate(from([lanes, make()]))])
        tries.push([`of({ id, frames: of(${what}) }).pipe(${name})`, () => operate(of({ id: 'a', frames: from([make()]) }))])
      }
      if (typeof made_?.plan === 'function') {
        tries.push([`open(${name}, ${what})`, () => poolwise.open(made as never, make() as never)])
        tries.push([`open(${name}).push(${what})`, () => poolwise.open(made as never, lanes.layout).push(make() as never)])
      }
      if (typeof made_?.push === 'function') tries.push([`${name}.push(${what})`, () => (call(...args) as { push: Call }).push(make())])
      return tries
    })
    expect(await faults(all)).toEqual([])
  })
})
