import fc from 'fast-check'
import { eachSequence, globalPool, toVectors } from 'poolwise'
import { embed, textStream, texts, vectorsOf } from 'poolwise/text'
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { join } from '../../../src/core/frames.ts'
import { plainText, unaccented } from '../../../src/sources/text/plain.ts'
import { property } from '../../property.ts'

const words = [
  'office',
  'staff',
  'find',
  'the',
  'flower',
  'cooperation',
  'something',
  'hello',
  'naive',
  'zurich',
  'lodz',
  'strasse',
  'café',
  'cafe',
  '👩',
  '👧',
  '❤',
]
const vectors = vectorsOf(
  'tiny',
  words,
  Float32Array.from(words, (_, i) => i + 1),
)

async function tokensOf(text: string, vocabulary = vectors) {
  const [sequence] = await lastValueFrom(texts([text], { vectors: vocabulary }).pipe(toArray()))
  const { data, weights, boundaries } = join(await lastValueFrom(sequence!.frames.pipe(toArray())))!
  return { ids: [...data], weights: [...weights!], boundaries: [...boundaries!] }
}

const named = async (text: string, vocabulary = vectors) => (await tokensOf(text, vocabulary)).ids.map((id) => vocabulary.wordAt(id))

// One or more of every kind that shows nothing.
const unseen = [
  ...[
    '\u00ad',
    '\u034f',
    '\u061c',
    '\u115f',
    '\u17b4',
    '\u180b',
    '\u180e',
    '\u200b',
    '\u200c',
    '\u200d',
    '\u200e',
    '\u200f',
    '\u202a',
    '\u202e',
    '\u2060',
    '\u2064',
  ],
  ...[
    '\u2066',
    '\u2069',
    '\u206f',
    '\u3164',
    '\ufe00',
    '\ufe0e',
    '\ufe0f',
    '\ufeff',
    '\uffa0',
    '\ufff9',
    '\ufffb',
    '\ufffe',
    '\0',
    '\u0002',
    '\u001b',
    '\u007f',
    '\u0090',
  ],
  ...['\u{1d173}', '\u{e0001}', '\u{e0067}', '\u{e007f}', '\u{e0100}'],
]

describe('what shows nothing', () => {
  test.each([
    ['of\ufb01ce sta\ufb00', ['office', 'staff']],
    ['o\ufb03ce', ['office']],
    ['\ufb01nd the \ufb02ower', ['find', 'the', 'flower']],
    ['co\u00adopera\u00adtion', ['cooperation']],
    ['some\u200bthing some\u200dthing some\u2060thing', ['something', 'something', 'something']],
    ['Ｈｅｌｌｏ 𝐇𝐞𝐥𝐥𝐨 ⓗⓔⓛⓛⓞ hello\u00a0hello', ['hello', 'hello', 'hello', 'hello', 'hello']],
    ['cafe\u0301 cafe\u200b\u0301', ['café', 'café']],
    ['❤\ufe0f ❤ 👩\u200d👧', ['❤', '❤', '👩', '👧']],
  ])('and compatibility forms change no word: %j', async (text, expected) => {
    expect(await named(text)).toEqual(expected)
  })

  property([
    fc.array(fc.constantFrom('hello', 'office', 'the', 'café', 'xyzzy', "don't", 'flower.', '\n', '\n\n', '日本'), { maxLength: 12 }),
    fc.array(fc.tuple(fc.nat(80), fc.constantFrom(...unseen)), { maxLength: 8 }),
  ])('changes no token, weight or sentence, wherever it is put', async (parts, inserted) => {
    const text = parts.join(' ')
    let marked = text
    for (const [at, mark] of inserted) {
      const place = [...marked].slice(0, at).join('').length
      marked = marked.slice(0, place) + mark + marked.slice(place)
    }
    expect(await tokensOf(marked)).toEqual(await tokensOf(text))
  })

  property([fc.string({ unit: 'binary', maxLength: 30 })])('is gone at once: what is plain stays, and lines stay lines', (text) => {
    const plain = plainText(text)
    expect(plainText(plain)).toBe(plain)
    expect(plain.split('\n').length).toBe(text.split('\n').length)
    expect(text.split('\n').map(plainText).join('\n')).toBe(plain)
  })

  property([fc.array(fc.nat(40)), fc.constantFrom('document', 'line', 'sentence')])(
    'is the same wherever a stream is cut',
    async (cuts, unit) => {
      const text = 'Of\ufb01ce sta\ufb00. Cafe\u0301 some\u200bthing\n\u200b\nHe\u200dllo 👩\u200d👧 ❤\ufe0f the'
      const all = new TextEncoder().encode(text)
      async function* bytes() {
        let from = 0
        for (const cut of cuts) {
          yield all.subarray(from, from + cut)
          from += cut
        }
        yield all.subarray(from)
      }
      const read = async (source: ReturnType<typeof bytes>) => {
        const sequences = textStream(source, { vectors, unit }).pipe(
          eachSequence(embed(vectors), globalPool('mean')),
          toVectors(),
          toArray(),
        )
        return (await lastValueFrom(sequences)).map((item) => ('error' in item ? item : [item.id, item.end, item.coverage, item.vector[0]]))
      }
      async function* plain() {
        yield new TextEncoder().encode(plainText(text))
      }
      expect(await read(bytes())).toEqual(await read(plain()))
    },
  )

  test('may stand in the words of the vectors, which are found as plain ones; of two the plain one counts', async () => {
    const own = vectorsOf('own', ['o\ufb03ce', '❤\ufe0f', 'می\u200cخواهم', 'hel\u00adlo', 'hello'], new Float32Array(5))
    expect((await tokensOf('office ❤ hello HELLO', own)).ids).toEqual([0, 1, 4, 4])
    expect(await firstValueFrom(texts(['x'], { vectors: own }))).toBeDefined()
  })
})

describe('accents', () => {
  test('are left away where only the plain form has a vector', async () => {
    expect(await named('naïve NAÏVE Zürich Łódź Straße café Café cafe')).toEqual(
      ['naive', 'naive', 'zurich', 'lodz', 'strasse', 'café', 'café', 'cafe'], // biome-ignore format: a list
    )
    expect(await named('résumé 東京')).toEqual([undefined, undefined])
    expect(await named("Zürich's naïve-hello")).toContain('zurich')
  })

  test('are of letters that Unicode takes apart, and of some that it does not', () => {
    expect(['Dvořák', 'Erdoğan', 'Nguyễn', 'smørrebrød', 'cœur', 'Æther', 'Αθήνα', 'ёлка'].map(unaccented)).toEqual(
      ['Dvorak', 'Erdogan', 'Nguyen', 'smorrebrod', 'coeur', 'AEther', 'Αθηνα', 'елка'], // biome-ignore format: a list
    )
  })
})
