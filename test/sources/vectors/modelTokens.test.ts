// What needs no model; test/peers/model.test.ts has one.
import { readFileSync } from 'node:fs'
import { vectorsOf } from 'poolwise'
import { type ModelOptions, modelTokens, texts } from 'poolwise/text'
import { lastValueFrom, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import { cutTexts } from '../../../src/sources/text/units.ts'

test('says which package to install where it is missing', async () => {
  await expect(lastValueFrom(modelTokens(['a'], { model: 'tiny' }))).rejects.toThrow(
    'modelTokens: expected @huggingface/transformers to be installed; npm install @huggingface/transformers',
  )
})

test.each<[string, unknown, object]>([
  ['modelTokens: model must be given, got undefined', ['a'], {}],
  ['modelTokens: model must be a name, got ""', ['a'], { model: '' }],
  ['modelTokens: source must be a list or a stream of texts, got "text"', 'text', {}],
  ['modelTokens: dtype must be a name, got 8', ['a'], { dtype: 8 }],
  ['modelTokens: batchSize must be an integer ≥ 1, got 0', ['a'], { batchSize: 0 }],
  ['modelTokens: maxLength must be an integer ≥ 1, got 0.5', ['a'], { maxLength: 0.5 }],
  ['modelTokens: prompt must be a string, got 1', ['a'], { prompt: 1 }],
  ['modelTokens: includePrompt must be true or false, got "no"', ['a'], { includePrompt: 'no' }],
  ['modelTokens: download must be true or false, got 1', ['a'], { download: 1 }],
  ['modelTokens: unit must be one of document, line, sentence, got "word"', ['a'], { unit: 'word' }],
  ['modelTokens: unknown option "promt"; did you mean "prompt"?', ['a'], { promt: 'a' }],
])('%s', (message, source, options) => {
  const given = message.includes('model must be') ? options : { model: 'tiny', ...options }
  expect(() => modelTokens(source as string[], given as ModelOptions)).toThrow(message)
})

test.each(['line', 'sentence'] as const)('texts cut by %s have the names of those whose tokens are words', async (unit) => {
  const letters = readFileSync('samples/text/letters.txt', 'utf8')
  const text = `${letters}\nThe sea rises.\nRye. Rye!\n \n  So the sea\nrises. It ${'o'.repeat(600)} falls.\r\n\r\nThe end\n`
  const given = async function* () {
    yield { id: 'a', text, label: 'b' }
  }
  const cut: { id: string; text: string; label?: string }[] = []
  for await (const one of cutTexts('test', unit, given())) cut.push(one)
  const words = await lastValueFrom(
    texts([{ id: 'a', text }], { unit, vectors: vectorsOf('tiny', ['sea'], Float32Array.of(1)) }).pipe(toArray()),
  )
  expect(cut.map(({ id }) => id)).toEqual(words.map(({ id }) => id))
  expect(cut.every(({ label }) => label === 'b')).toBe(true)
  // Nothing is lost but white space; runs without any are divided.
  const bare = (all: string) => all.replaceAll(/\s/g, '')
  expect(bare(cut.map((one) => one.text).join(''))).toBe(bare(text))
})
