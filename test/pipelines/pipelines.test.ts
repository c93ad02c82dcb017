import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chain, type Failure, type Vector } from 'poolwise'
import { type Pipeline, pipelineFrom } from 'poolwise/node'
import { lastValueFrom, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { program, root } from './programs.ts'

const words = ['bat-v1', 'umbrella-v8', 'ship-v5'].map((name) => `samples/audio/words/${name}.wav`)

/** What each pipeline is run on here; words-live reads standard input, and is run as a program below. */
const inputs = new Map([
  ['compare', words],
  ['sentences', ['samples/text/letters.txt']],
  ['speech', words],
])
const definitions = [...inputs.keys(), 'words-live']
const programs = ['image', 'joining', 'start', 'stream-app']

async function pipelineOf(name: string): Promise<Pipeline> {
  const module = (await import(`../../pipelines/${name}.ts`)) as { default: Pipeline }
  return module.default
}

function run(pipeline: Pipeline, paths: readonly string[]): Promise<(Vector | Failure)[]> {
  return lastValueFrom(pipeline.run(paths).pipe(toArray()))
}

test('every file is tested', () => {
  const files = readdirSync(join(root, 'pipelines')).filter((name) => name.endsWith('.ts'))
  expect(files).toEqual([...definitions, ...programs].map((name) => `${name}.ts`).sort())
})

describe.each(definitions)('%s', (name) => {
  test('is the same pipeline from its JSON', async () => {
    const pipeline = await pipelineOf(name)
    const json = JSON.stringify(pipeline)
    const again = pipelineFrom(JSON.parse(json))
    expect(JSON.stringify(again)).toBe(json)
    const { source, stages } = await pipeline.load()
    const loaded = await again.load()
    expect(chain(...loaded.stages).plan(loaded.source.layout).layout).toEqual(chain(...stages).plan(source.layout).layout)
  })

  test('says in two lines what it does and how to run it', () => {
    const lines = readFileSync(join(root, `pipelines/${name}.ts`), 'utf8').split('\n')
    expect(lines[0]).toMatch(/^\/\/ .+\.$/)
    expect(lines[1]).toMatch(new RegExp(`^// Run it: .*pipelines/${name}\\.ts`))
    expect(lines.length).toBeLessThanOrEqual(50)
  })
})

test.each([...inputs])('%s gives the same bits from its JSON', async (name, paths) => {
  const pipeline = await pipelineOf(name)
  const vectors = await run(pipeline, paths)
  expect(vectors.length).toBeGreaterThanOrEqual(paths.length)
  for (const item of vectors) {
    const { vector, weight } = item as Vector
    expect(weight).toBeGreaterThan(0)
    expect(vector.every(Number.isFinite)).toBe(true)
    expect(new Set(vector).size).toBeGreaterThan(10)
  }
  expect(await run(pipelineFrom(JSON.parse(JSON.stringify(pipeline))), paths)).toEqual(vectors)
})

test('words-live gives a vector every 100 ms of a stream, the same from its JSON', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'poolwise-'))
  try {
    const definition = join(folder, 'words-live.json')
    writeFileSync(definition, JSON.stringify(await pipelineOf('words-live')))
    // 44 bytes of header, then 16-bit samples: two seconds of them.
    const sound = readFileSync(join(root, 'samples/audio/minute.wav')).subarray(44, 44 + 2 * 32000)
    const [live, stored] = await Promise.all(
      ['pipelines/words-live.ts', definition].map((path) => program(['src/cli/main.ts', 'run', path, '-'], sound)),
    )
    const vectors = live!.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { start: number; vector: number[] })
    // 1 + ⌊(32000 − 400) / 160⌋ = 198 frames, and 1 + ⌊(198 − 100) / 10⌋ windows of them.
    expect(vectors.map(({ start }) => Math.round(start * 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(new Set(vectors.map(({ vector }) => vector.join())).size).toBe(10)
    expect(vectors.every(({ vector }) => vector.length === 40)).toBe(true)
    expect(stored!.stdout).toBe(live!.stdout)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('compare prints the vector as a table, a column a pooling', async () => {
  const { code, stdout, stderr } = await program(['pipelines/compare.ts', words[0]!])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const [title, , head, ...rows] = stdout.trimEnd().split('\n')
  expect(title).toContain('bat-v1.wav')
  expect(head!.split(/ +/)).toEqual(['band', 'mean', 'std', 'min', 'max', 'softPool', 'mixed'])
  const [item] = (await run(await pipelineOf('compare'), words.slice(0, 1))) as Vector[]
  const cells = rows.map((row) => row.split(/ +/).slice(1).map(Number))
  expect(cells.length).toBe(16)
  // Planes are slowest in a vector.
  expect(cells).toEqual(cells.map((row, band) => row.map((_, pooling) => Number(item!.vector[16 * pooling + band]!.toFixed(2)))))
})

test('stream-app names the voices of minute.wav and ends', async () => {
  const { code, stdout, stderr } = await program(['pipelines/stream-app.ts'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const turns = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
  // By minute.txt: six turns of ten seconds.
  const voices = ['v1', 'v4', 'v5', 'v1', 'v4', 'v5']
  expect(turns.map((names) => names.length)).toEqual(voices.map(() => 10))
  for (const [i, names] of turns.entries()) {
    const most = Math.max(...voices.map((voice) => names.filter((name) => name === voice).length))
    expect(names.filter((name) => name === voices[i]).length).toBe(most)
  }
})
