import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { apply, blocks, chain, signal, stageFrom, toVectors, type Vector } from 'poolwise'
import { pipelineFrom, recipe, toJsonl, toNpy } from 'poolwise/node'
import { readNpy } from 'poolwise/text'
import { from, lastValueFrom, toArray } from 'rxjs'
import { afterAll, describe, expect, test } from 'vitest'
import { type Choice, features, lasting, poolings, stagesOf, ways } from '../../pipelines/live/choices.ts'
import { callOf, jsonOf, typescriptOf } from '../../pipelines/live/codeText.ts'
import { jsonlOf, npyOf } from '../../pipelines/live/exports.ts'
import { cosine, nearest } from '../../pipelines/live/nearest.ts'
import { Spread } from '../../pipelines/live/spread.ts'
import { heardWords, Recent, vectorOf } from '../../pipelines/live/words.ts'
import * as poolwise from '../../src/index.ts'
import { word } from '../live.ts'

const noise = Float32Array.from({ length: 32000 }, (_, i) => Math.sin(i * i * 1e-4) * Math.sin(i / 3000))
const usual: Choice = { feature: 'log-mel', pooling: 'mean', size: 0.5, stride: 0.1, way: '1d' }

describe('nearest', () => {
  const vector = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }).map((all) => Float32Array.from(all))

  test('cosine is that of the angle, and 0 of zeros', () => {
    expect(cosine(Float32Array.of(1, 0), Float32Array.of(1, 1))).toBeCloseTo(Math.SQRT1_2, 12)
    expect(cosine(Float32Array.of(1, 2), Float32Array.of(-2, -4))).toBeCloseTo(-1, 12)
    expect(cosine(Float32Array.of(0, 0), Float32Array.of(1, 1))).toBe(0)
    expect(() => cosine(new Float32Array(2), new Float32Array(3))).toThrow('cosine: expected vectors of one length, got 2 and 3')
  })

  test('each name once, by its best, the most similar first', () => {
    const sounds = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), vector }), { maxLength: 8 })
    fc.assert(
      fc.property(vector, sounds, (heard, remembered) => {
        const matches = nearest(heard, remembered)
        expect(matches.map(({ name }) => name).sort()).toEqual([...new Set(remembered.map(({ name }) => name))].sort())
        for (const [i, { name, similarity }] of matches.entries()) {
          expect(similarity).toBe(Math.max(...remembered.filter((one) => one.name === name).map((one) => cosine(heard, one.vector))))
          if (i > 0) expect(similarity).toBeLessThanOrEqual(matches[i - 1]!.similarity)
        }
      }),
    )
  })
})

describe('export', () => {
  const folder = mkdtempSync(join(tmpdir(), 'poolwise-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('NPY and JSON Lines are what the library writes', async () => {
    const frames = apply(signal(noise, { rate: 16000 }), ...stagesOf(usual, '1d').map(stageFrom))
    const vectors = (await lastValueFrom(from([frames]).pipe(toVectors(), toArray()))) as Vector[]
    expect(vectors.length).toBeGreaterThan(10)
    const [npy, jsonl] = [join(folder, 'vectors.npy'), join(folder, 'vectors.jsonl')]
    await lastValueFrom(from(vectors).pipe(toNpy(npy)))
    await lastValueFrom(from(vectors).pipe(toJsonl(jsonl)))
    expect(readNpy(npyOf(vectors))).toEqual(readNpy(new Uint8Array(readFileSync(npy))))
    const read = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Vector)
    const float32 = (all: Vector[]) => all.map((one) => ({ ...one, vector: Float32Array.from(one.vector) }))
    expect(float32(read(jsonlOf(vectors)))).toEqual(float32(read(readFileSync(jsonl, 'utf8'))))
  })

  test('of none', () => {
    expect(readNpy(npyOf([])).shape).toEqual([0, 0])
    expect(jsonlOf([])).toBe('')
  })
})

describe('choices', () => {
  const all = Object.keys(features).flatMap((feature) =>
    poolings.flatMap((pooling) => ways.map((way): Choice => ({ ...usual, feature, pooling, way }) as Choice)),
  )

  test.each(all.map((choice) => [`${choice.feature}, ${choice.pooling}, ${choice.way}`, choice] as const))('%s', (_, choice) => {
    const stages = stagesOf(choice, choice.way)
    const { data } = apply(signal(noise, { rate: 16000 }), ...stages.map(stageFrom))
    expect(data.length).toBeGreaterThan(0)
    // The text of the calls is the stages.
    const made = stages.map((spec) => new Function(...Object.keys(poolwise), `return ${callOf(spec)}`)(...Object.values(poolwise)))
    expect(apply(signal(noise, { rate: 16000 }), ...made).data).toEqual(data)
    const definition = JSON.parse(jsonOf(stages))
    expect(JSON.parse(JSON.stringify(pipelineFrom(definition)))).toMatchObject({ source: { source: 'audioFiles' } })
    // They take live sound.
    const { layout } = signal(noise, { rate: 16000 })
    const { length: _length, ...endless } = layout
    expect(() => chain(...stages.map(stageFrom)).plan({ ...endless, live: true })).not.toThrow()
  })

  test('a program', () => {
    expect(typescriptOf(stagesOf(usual, '1d'))).toBe(`import { logMel, pool1d, toVectors } from 'poolwise'
import { microphone } from 'poolwise/audio'

microphone()
  .pipe(
    logMel({ bands: 40, offset: 0.0001 }),
    pool1d('mean', { size: '500ms', stride: '100ms' }),
    toVectors(),
  )
  .subscribe(({ start, vector }) => console.log(start, vector))
`)
  })

  test('seconds', () => expect([0.05, 1, 1.25, 0.3].map(lasting)).toEqual(['50ms', '1s', '1250ms', '300ms']))
})

test('a spread places what comes between the least and the greatest of late', () => {
  const spread = new Spread()
  expect([3, 3, NaN, 5, 3, 4, -Infinity].map((value) => spread.place(value))).toEqual([0, 0, 0, 255, 0, 128, 0])
  spread.place(1000)
  expect(spread.place(5)).toBe(1)
  for (let i = 0; i < 1e6; i++) spread.place(i % 2 ? 3 : 5)
  expect(spread.place(4)).toBe(128)
})

describe('words', () => {
  test('are compared as the recipe says', async () => {
    const sound = await word('elephant', 'v3')
    const { stages } = recipe('audio', { task: 'similarity' })
    expect(vectorOf(sound)).toEqual(apply(signal(sound, { rate: 16000 }), ...stages.map(stageFrom)).data)
  })

  test('the last seconds are kept', () => {
    const recent = new Recent(1)
    for (const block of blocks(signal(noise, { rate: 16000 }), 1000)) recent.push(block)
    expect(recent.between(1.25, 1.5)).toEqual(noise.subarray(20000, 24000))
    expect(recent.between(1.9, 3)).toEqual(noise.subarray(30400))
    expect(recent.between(0, 3).length).toBeLessThanOrEqual(17000)
    expect(recent.between(0, 0.5)).toEqual(new Float32Array(0))
  })

  test('of one voice are known by those of another', async () => {
    const names = ['elephant', 'umbrella', 'garden', 'ship']
    const heardFrom = async (voice: string) => {
      const words = await Promise.all(names.map((name) => word(name, voice)))
      const sound = [new Float32Array(16000), ...words.flatMap((one) => [one, new Float32Array(16000)])].flatMap((part) => Array.from(part))
      return lastValueFrom(heardWords(from(blocks(signal(Float32Array.from(sound), { rate: 16000 }), 1024))).pipe(toArray()))
    }
    const [taught, spoken] = [await heardFrom('v3'), await heardFrom('v1')]
    const remembered = taught.map(({ vector }, i) => ({ name: names[i]!, vector }))
    expect(remembered.length).toBe(names.length)
    expect(spoken.map(({ vector }) => nearest(vector, remembered)[0]!.name)).toEqual(names)
  })
})

test('the smallest page is short', () => {
  expect(readFileSync('src/cli/templates/live/page.ts', 'utf8').split('\n').length).toBeLessThanOrEqual(36)
})
