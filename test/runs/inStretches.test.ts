// Long recordings are cut for all that an engine is wide; what comes of them has the bits that come of them whole.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { pipelineFrom } from '../../src/pipeline/pipeline.ts'
import { inStretches } from '../../src/runs/inStretches.ts'
import { mapTask } from '../../src/runs/mapTask.ts'
import type { Engine, Mapped, Task } from '../../src/runs/taskEngine.ts'
import { plainWav } from '../../src/sources/audio/plainSamples.ts'
import { inside } from '../cli/inside.ts'
import { outside } from '../cli/outside.ts'
import { wavOf } from '../sources/recordings.ts'
import { tree } from './tree.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-stretches-'))
afterAll(() => rmSync(folder, { recursive: true }))

function written(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

/** More than two minutes at 16 kHz, and so four panes of frames. */
const noise = Int16Array.from({ length: 2 ** 21 + 12_346 }, (_, i) => Math.imul(i ^ (i >>> 7), 2654435761) >> 16)
const bytes = new Uint8Array(noise.buffer)
const long = written('long.wav', wavOf(bytes))
const stereo = written('stereo.wav', wavOf(bytes, { channels: 2, rate: 8000 }))
const raw = written('long.raw', bytes)
const short = 'samples/audio/minute.wav'
const list = written('list.csv', `id,path,label,year\nfirst,long.wav,noise,1999\nlater,long.wav,noise,2001\n`)
const pools = [
  { stage: 'rms', hop: '10ms' },
  { stage: 'globalPool', pooling: ['mean', 'std', 'last', 'regression'] },
  { stage: 'l2Normalize' },
]

/** What comes of inputs through an engine that is as wide as this, and what of them is cut. */
async function both(source: object, stages: readonly object[], inputs: readonly string[], width = 3) {
  const loaded = await pipelineFrom({ source, stages }).load()
  let [stretches, running, most] = [0, 0, 0]
  const plain: Engine = {
    width,
    async map(task: Task) {
      most = Math.max(most, ++running)
      if (task.stretch) stretches++
      try {
        return structuredClone(await mapTask(loaded, structuredClone(task)))
      } finally {
        running--
      }
    },
    close() {},
  }
  const cut = inStretches(plain, loaded)
  const pieces = await loaded.source.pieces(inputs)
  // What was heard is for the bar: sums of times that are not the same sums.
  const { heard, ...whole } = await mapTask(loaded, { pieces })
  const { heard: also, ...mapped } = (await cut.map({ pieces })) as Mapped
  expect(also).toBeCloseTo(heard)
  expect(most).toBeLessThanOrEqual(width)
  return { whole, mapped, stretches }
}

test.each([
  ['a WAV beside what is short', { source: 'audioFiles' }, [long, short], 4],
  ['a WAV of more channels, kept', { source: 'audioFiles', rate: 8000, channels: 'keep' }, [stereo], 4],
  ['raw samples', { source: 'pcm', rate: 16000 }, [raw], 4],
  ['rows of a manifest, with what they say', { source: 'manifest' }, [list], 8],
] as const)('%s', async (_, source, inputs, expected) => {
  const { whole, mapped, stretches } = await both(source, pools, inputs)
  expect(stretches).toBe(expected)
  expect(whole.failures).toEqual([])
  expect(mapped).toEqual(whole)
})

test('what fails in a stretch is told as of the whole, with what there was before', async () => {
  const damaged = written('damaged.wav', wavOf(bytes, { dataSize: bytes.length + 1000 }))
  const floats = Float32Array.from(noise, (x) => x / 2 ** 15)
  floats[1_500_000] = NaN
  const bad = written('bad.raw', new Uint8Array(floats.buffer))
  for (const [source, input] of [
    [{ source: 'audioFiles', damaged: 'keep' }, damaged],
    [{ source: 'pcm', rate: 16000, format: 'f32le' }, bad],
  ] as const) {
    const { whole, mapped } = await both(source, pools, [input])
    expect(whole.failures).toHaveLength(1)
    expect(mapped).toEqual(whole)
  }
})

test('only long WAVs of the rate that is wanted are cut, whose heads promise what is there', async () => {
  const found = (path: string, rate = 16000) => plainWav(path, { rate, channels: 'mix' })
  expect(await found(long)).toMatchObject({ encoding: 's16le', channels: 1, start: 44, length: noise.length })
  for (const lying of [bytes.length - 1, bytes.length + 2])
    expect(await found(written('lying.wav', wavOf(bytes, { dataSize: lying })))).toBeUndefined()
  for (const none of [await found(long, 8000), await found(short), await found(raw), await found(folder), await found('nowhere.wav')])
    expect(none).toBeUndefined()
})

test('stages that cannot be cut, and engines of one, have recordings whole', async () => {
  const keeping = [pools[0]!, { stage: 'globalPool', pooling: 'quantile' }]
  expect((await both({ source: 'audioFiles' }, keeping, [long])).stretches).toBe(0)
  expect((await both({ source: 'audioFiles' }, pools, [long], 1)).stretches).toBe(0)
})

test('by threads, a file and a folder have the bytes that they have without', async () => {
  const pipeline = written('pools.json', JSON.stringify({ source: { source: 'audioFiles' }, stages: pools }))
  const out = (name: string) => join(folder, name)
  const threads = ['--engine', 'threads', '--concurrency', '2']
  expect((await inside('run', pipeline, long, short, '--out', out('a.npy'))).code).toBe(0)
  expect((await outside(['run', pipeline, long, short, '--out', out('b.npy'), ...threads])).code).toBe(0)
  expect(readFileSync(out('b.npy'))).toEqual(readFileSync(out('a.npy')))
  expect((await inside('run', pipeline, long, short, '--out', `${out('c')}/`)).code).toBe(0)
  expect((await outside(['run', pipeline, long, short, '--out', `${out('d')}/`, ...threads])).code).toBe(0)
  expect(tree(out('d'))).toEqual(tree(out('c')))
})
