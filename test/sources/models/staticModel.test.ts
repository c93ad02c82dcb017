import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apply, globalPool, l2Normalize } from '../../../src/index.ts'
import { staticModel } from '../../../src/sources/models/staticModel.ts'
import { bpeTokens, meanOf, type Token, unigramTokens, wordPieceTokens } from './oracle.ts'
import { bpe, dimensions, type Json, type Making, modelOf, unigram, wordPiece } from './tiny.ts'

const words = [
  'the',
  'sea',
  'rises',
  'moons',
  'tide',
  'Bread',
  'naïve',
  'MOON',
  'не',
  'море',
  'МОРЕ',
  'луна',
  '日本',
  '日本海の',
  '𠮷',
  'بحر',
  'χάος',
  'ΧΑΟΣ',
  '😀',
  '👩‍🔬',
  'é',
  'e\u0301',
  'ﬁsh',
  'Ｚ',
  'a\u00adb',
  '\u200b',
  '\0',
  '\ud83d',
  '\udc00',
  '__proto__',
  'constructor',
  "it's",
  '[UNK]',
  '[CLS]',
  '<unk>',
  '<|endoftext|>',
  '##s',
  '▁sea',
  '1999',
  '½',
  '…',
  '?!',
  '.',
  '\ufffd',
  'İ',
  'ǅ',
  '가각',
  '\u1100\u1161',
  'x'.repeat(101),
  '!'.repeat(9),
]
const gaps = [' ', ' ', ' ', '', '', '  ', '\n', '\n\n', '\t', '\r\n', '\u00a0', '\u3000', '\u2028']
const texts = fc
  .array(
    fc.tuple(
      fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...words) }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) }),
      fc.constantFrom(...gaps),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.flat().join(''))

const tokenizers: readonly (readonly [string, Json, (tokenizer: Json, text: string) => readonly number[]])[] = [
  ['WordPiece', wordPiece(), (tokenizer, text) => wordPieceTokens(tokenizer, text).map(({ id }) => id)],
  ['BPE', bpe(), (tokenizer, text) => bpeTokens(tokenizer, text).map(({ id }) => id)],
  ['Unigram', unigram(false), unigramTokens],
  ['Unigram of words', unigram(true), unigramTokens],
]

const makings: readonly Making[] = [
  { layout: 'model2vec' },
  { layout: 'model2vec', kind: 'F16', normalize: true },
  { layout: 'model2vec', kind: 'I8', mapping: true, weights: true },
  { layout: 'model2vec', mapping: true, normalize: true },
  { layout: 'sentence-transformers' },
  { layout: 'sentence-transformers', kind: 'F16', normalize: true },
]

describe.each(tokenizers)('%s', (name, tokenizer, oracle) => {
  test.each(makings)('gives the vectors of its definition: %o', async (making) => {
    const { files, rows } = modelOf(tokenizer, making)
    const model = await staticModel(files)
    expect(model.dimensions).toBe(dimensions)
    expect(model.normalize).toBe(making.normalize ?? false)
    const stages = making.normalize ? [l2Normalize()] : []
    // Model2Vec leaves out what is unknown, where the tokenizer has a name for it.
    const unseen = making.layout === 'model2vec' && name === 'WordPiece' ? 1 : -1
    fc.assert(
      fc.property(texts, (text) => {
        const ids = oracle(tokenizer, text)
        expect(model.tokens(text).map(({ id }) => id)).toEqual(ids)
        const wanted = meanOf(
          rows,
          ids.filter((id) => id !== unseen),
          making.normalize ?? false,
          dimensions,
        )
        const vector = [...apply(model.frames(text), globalPool(model.pooling), ...stages).data]
        if (!making.normalize) expect(vector).toEqual(wanted.map((value) => value + 0))
        else for (const [k, value] of vector.entries()) expect(Math.abs(value - wanted[k]!)).toBeLessThan(1e-6)
      }),
      { numRuns: 100 },
    )
  })
})

test.each<[string, Json, (tokenizer: Json, text: string) => Token[]]>([
  ['WordPiece', wordPiece(), wordPieceTokens],
  ['BPE', bpe(), bpeTokens],
])('%s: each token has its place', async (_, tokenizer, oracle) => {
  const model = await staticModel(modelOf(tokenizer, { layout: 'model2vec' }).files)
  fc.assert(
    fc.property(texts, (text) => {
      expect(model.tokens(text).map(({ id, from, to }) => ({ id, from, to }))).toEqual(oracle(tokenizer, text))
    }),
    {
      numRuns: 300,
      // What is dropped before a vowel of Hangul, a vowel of Hangul after what it joins not, a spacing mark after a letter that stands alone, and what does join.
      examples: ['\0\u1160 ', '\u3400\u1160 ', '\u{20000}\ua9b4 ', '\u{33c7a}\u1ab0 ', '\u1100\u1161\u11a8 ', '\uff76\uff9e '].map(
        (text) => [text],
      ),
    },
  )
})
