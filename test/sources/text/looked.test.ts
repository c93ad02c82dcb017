import fc from 'fast-check'
import { eachSequence, globalPool, pool1d, pyramidPool, type Sequence, type Stage, toVectors } from 'poolwise'
import { embed, textStream, texts, vectorsOf } from 'poolwise/text'
import { lastValueFrom, type Observable, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { Looked } from '../../../src/sources/text/looked.ts'
import { property } from '../../property.ts'

const words = ['the', 'sea', 'rises', '.']
const vectors = vectorsOf('tiny', words, new Float32Array(4))

async function coverages(source: Observable<Sequence>, stage: Stage) {
  const all = await lastValueFrom(source.pipe(eachSequence(embed(vectors), stage), toVectors(), toArray()))
  return all.map((item) => ('error' in item ? item.error.message : [item.id, item.coverage]))
}

describe('coverage', () => {
  test('is the share of words that have vectors; punctuation and line ends are no words', async () => {
    const list = ['The sea rises.', 'The xyzzy, plugh sea!', 'xyzzy', '', '...', 'The sea\n\nxyzzy']
    expect(await coverages(texts(list, { vectors }), globalPool('mean'))).toEqual([
      ['0', 1],
      ['1', 0.5],
      ['2', 0],
      ['3', 1],
      ['4', 1],
      ['5', 2 / 3],
    ])
  })

  test('counts words that are masked, punctuation that is kept, and not the "a" and "I" that vectors leave out', async () => {
    expect(await coverages(texts(['the xyzzy'], { vectors, stopWords: 'mask' }), globalPool('mean'))).toEqual([['0', 0.5]])
    expect(await coverages(texts(['sea !'], { vectors, punctuation: 'keep' }), globalPool('mean'))).toEqual([['0', 0.5]])
    expect(await coverages(texts(['A sea I xyzzy'], { vectors }), globalPool('mean'))).toEqual([['0', 0.5]])
  })

  test('is that of each window, of lines and of sentences', async () => {
    const one = () => texts(['sea xyzzy sea sea xyzzy xyzzy'], { vectors })
    const list = (stage: Stage) => coverages(one(), stage).then((all) => all.map((item) => item[1]))
    expect(await list(pool1d('mean', { size: 2 }))).toEqual([0.5, 1, 0])
    expect(await list(pool1d('mean', { size: 2, stride: 1 }))).toEqual([0.5, 0.5, 1, 0.5, 0])
    expect(await list(pyramidPool('mean', { levels: [2] }))).toEqual([0.5])
    const text = [{ id: 'a', text: 'The sea. The xyzzy.\nXyzzy' }]
    expect(await coverages(texts(text, { vectors, unit: 'sentence' }), globalPool('mean'))).toEqual([
      ['a:1.1', 1],
      ['a:1.2', 0.5],
      ['a:2.1', 0],
    ])
    expect(await coverages(texts(text, { vectors, unit: 'line' }), globalPool('mean'))).toEqual([
      ['a:1', 0.75],
      ['a:2', 0],
    ])
  })

  test('streams: a document of unknown length has it, whatever the windows', async () => {
    async function* bytes() {
      for (let i = 0; i < 3000; i++) yield new TextEncoder().encode('sea xyzzy sea\n\n')
    }
    const shares = await coverages(textStream(bytes(), { vectors }), pool1d('mean', { size: 3 }))
    expect(shares.length).toBe(3000)
    expect(shares.every(([, share]) => share === 2 / 3)).toBe(true)
    expect(await coverages(textStream(bytes(), { vectors }), globalPool('mean'))).toEqual([['stdin', 2 / 3]])
  })
})

property([fc.array(fc.uint8Array({ max: 2, maxLength: 50 })), fc.integer({ min: -5, max: 300 }), fc.nat(300)])(
  'two bits a token count as the tokens do',
  (parts, start, length) => {
    const looked = new Looked()
    let at = 0
    for (const part of parts) {
      looked.put(at, part)
      looked.put(at, part)
      at += part.length
    }
    const span = parts.flatMap((part) => [...part]).slice(Math.max(0, start), Math.max(0, start + length))
    const tried = span.filter((fate) => fate > 0).length
    expect(looked.share(start, start + length)).toBe(tried === 0 ? 1 : span.filter((fate) => fate === 2).length / tried)
  },
)
