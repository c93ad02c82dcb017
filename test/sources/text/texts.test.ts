import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { DataError, eachSequence, type Frames, globalPool, type Sequence, toVectors } from 'poolwise'
import { embed, jsonl, sif, textFile, textFiles, textStream, texts, type Vectors, vectorsOf } from 'poolwise/text'
import { concatMap, lastValueFrom, type Observable, take, toArray } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { join as joined } from '../../../src/core/frames.ts'
import { lines } from '../../../src/files/lines.ts'
import { engines } from '../../../src/sources/text/engine.ts'
import { property } from '../../property.ts'

const words = ['the', 'sea', 'rises', '.', 'not', 'do', '__proto__', 'constructor', 'Marta', 'color', ',', '\n', '\t']
const vectors: Vectors = vectorsOf(
  'tiny',
  words,
  Float32Array.from(words, (_, i) => i + 1),
)
const [the, sea, rises, stop, not, doing] = [0, 1, 2, 3, 4, 5]

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolwise-text-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (name: string) => join(folder, name)

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(at(name), content)
  return at(name)
}

const all = <Item>(source: Observable<Item>): Promise<Item[]> => lastValueFrom(source.pipe(toArray()))

async function whole(frames: Observable<Frames>): Promise<Frames> {
  return joined(await all(frames))!
}

interface Read {
  ids: number[]
  weights: number[]
  boundaries: number[]
}

async function read(frames: Observable<Frames>): Promise<Read> {
  const { data, weights, boundaries } = await whole(frames)
  return { ids: [...data], weights: [...(weights ?? [])], boundaries: [...(boundaries ?? [])] }
}

/** The sequences of a stream by id: what they hold, or the message of their error. */
async function told(source: Observable<Sequence>): Promise<[id: string, ids: number[] | string][]> {
  const sequences = await all(source)
  return Promise.all(
    sequences.map(
      async ({ id, frames }) =>
        [
          id,
          await read(frames).then(
            ({ ids }) => ids,
            (error: Error) => error.message,
          ),
        ] as const,
    ),
  ) as Promise<[string, number[] | string][]>
}

async function one(text: string, options = {}): Promise<Read> {
  const [sequence] = await all(texts([text], { vectors, ...options }))
  return read(sequence!.frames)
}

async function* bytes(...chunks: (string | Uint8Array)[]) {
  for (const chunk of chunks) yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk
}

describe('tokens', () => {
  test('are rows of the vocabulary, with sentences marked and punctuation, line ends and unknown words masked', async () => {
    expect(await one('The sea rises.\nThe unknowable sea!')).toEqual({
      ids: [the, sea, rises, stop, 11, the, -1, sea, -1],
      weights: [1, 1, 1, 0, 0, 1, 0, 1, 0],
      boundaries: [1, 0, 0, 0, 0, 1, 0, 0, 0],
    })
  })

  test('come in frames of one id, with a clock in tokens and a length', async () => {
    const [{ id, frames }] = (await all(texts(['The sea'], { vectors }))) as [Sequence]
    const { layout } = await whole(frames)
    expect(id).toBe('0')
    expect(layout).toEqual({
      planes: 1,
      bins: 1,
      channels: 1,
      length: 2,
      clock: { unit: 'token', start: 0, hop: 1, span: 1 },
      names: { planes: [''], bins: ['tiny'], channels: [''] },
    })
  })

  test('are looked up in lower case, then as written, then as written out', async () => {
    expect((await one('SEA Sea sea')).ids).toEqual([sea, sea, sea])
    expect((await one('Marta MARTA')).ids).toEqual([8, -1])
    const cased = vectorsOf('cased', ['Sea', 'sea'], new Float32Array(2))
    expect((await one('Sea SEA sea', { vectors: cased })).ids).toEqual([1, 1, 1])
    const contracted = await one("don't")
    expect([contracted.ids, contracted.weights]).toEqual([
      [doing, not],
      [1, 1],
    ])
    expect((await one('colour')).ids).toEqual([9])
  })

  test('do not depend on what was read before', async () => {
    const list = ["John's sea", "it's colour", "let's not", "the John's"]
    const [forwards, backwards] = await Promise.all([told(texts(list, { vectors })), told(texts([...list].reverse(), { vectors }))])
    expect(forwards.map(([, ids]) => ids)).toEqual(backwards.map(([, ids]) => ids).reverse())
  })

  test('are the same from a new engine, however often one is made', async () => {
    const current = await engines('test')
    // Words that the engine does not know get numbers as they come: after a new start, the same ones.
    const own = vectorsOf('own', ['xyzzy', 'plugh', 'sea'], new Float32Array(3))
    async function* list() {
      // More engines than one could be made of a model that grows with each.
      for (let i = 0; i < 15; i++) {
        yield 'xyzzy sea'
        current().full = true
        yield 'plugh sea'
        current().full = true
      }
    }
    const read = await all(texts(list(), { vectors: own }).pipe(concatMap(({ frames }) => frames)))
    expect(read.map(({ data }) => [...data])).toEqual(Array.from({ length: 30 }, (_, i) => [i % 2, 2]))
    const before = current()
    before.full = true
    expect(current()).not.toBe(before)
  })

  test('of hostile words are words like others', async () => {
    const hostile = vectorsOf('hostile', ['constructor', 'tostring', 'proto', 'sea'], new Float32Array(4))
    expect((await one('constructor', { vectors: hostile })).ids).toEqual([0])
    const { ids, weights } = await one('__proto__ hasOwnProperty constructor toString valueOf sea', { vectors: hostile })
    expect(ids.filter((id) => id >= 0)).toEqual([2, 0, 1, 3])
    expect(weights).toEqual(ids.map((id) => (id < 0 ? 0 : 1)))
  })

  test('of stop words and punctuation are masked or kept as asked', async () => {
    expect((await one('The sea, not', { stopWords: 'mask' })).weights).toEqual([0, 1, 0, 0])
    expect((await one('The sea, not', { punctuation: 'keep' })).weights).toEqual([1, 1, 1, 1])
    expect((await one('The sea\n,', { stopWords: 'mask', punctuation: 'keep' })).weights).toEqual([0, 1, 0, 1])
    expect((await one('The sea, not', { stopWords: 0.5 })).weights).toEqual([0.5, 1, 0, 0.5])
    expect(() => texts([], { stopWords: 2 })).toThrow('texts: stopWords must be a finite number ≥ 0 and ≤ 1, got 2')
  })

  test('of an empty text are none, in a block that knows its layout', async () => {
    for (const text of ['', '   ', '\n\n', '\r\n\t']) {
      const [{ frames }] = (await all(texts([text], { vectors }))) as [Sequence]
      const blocks = await all(frames)
      expect(blocks.map(({ length, layout }) => [length, layout.length])).toEqual([[0, 0]])
    }
  })

  test('of unknown words alone all weigh 0', async () => {
    expect(await one('xyzzy plugh')).toEqual({ ids: [-1, -1], weights: [0, 0], boundaries: [1, 0] })
    const [vector] = await all(texts(['xyzzy'], { vectors }).pipe(eachSequence(embed(vectors), globalPool('mean')), toVectors()))
    expect(vector).toMatchObject({ weight: 0, end: 1 })
  })

  test('of runs without white space do not take forever', async () => {
    const { ids } = await one(`${'x!'.repeat(200_000)} sea`)
    expect(ids.at(-1)).toBe(sea)
  })

  test('of a text above 2²⁰ characters are those of its parts', async () => {
    const sentence = 'The sea rises. '
    // The two tokens before put the bound inside a sentence.
    const { ids, boundaries } = await one(`Sea. ${sentence.repeat(80_000)}`)
    expect(ids.length).toBe(320_002)
    expect(ids.slice(2).every((id, i) => id === [the, sea, rises, stop][i % 4])).toBe(true)
    expect(boundaries.slice(2).every((mark, i) => mark === (i % 4 === 0 ? 1 : 0))).toBe(true)
  })
})

describe('weights', () => {
  test("'sif' are a / (a + p), p by Zipf's law", async () => {
    // H of 13 words, from its definition.
    const harmonic = words.reduce((sum, _, i) => sum + 1 / (i + 1), 0)
    const expected = [0, 1, 2].map((rank) => Math.fround(1e-3 / (1e-3 + 1 / ((rank + 1) * harmonic))))
    expect((await one('The sea rises.', { weights: 'sif' })).weights).toEqual([...expected, 0])
  })

  test("'usif' are a / (a/2 + p), a from the words that a sentence of 11 has by chance", async () => {
    // Of 13 words none is as frequent as that, so one counts; of 5000, by counting.
    const expected = (n: number) => {
      const harmonic = Array.from({ length: n }, (_, i) => 1 / (i + 1)).reduce((sum, x) => sum + x)
      const p = Array.from({ length: n }, (_, rank) => 1 / ((rank + 1) * harmonic))
      const alpha = Math.max(1, p.filter((x) => x > 1 - (1 - 1 / n) ** 11).length) / n
      const a = (1 - alpha) / (0.5 * alpha * n)
      return [0, 1, 2].map((rank) => Math.fround(a / (0.5 * a + p[rank]!)))
    }
    expect((await one('The sea rises.', { weights: 'usif' })).weights).toEqual([...expected(words.length), 0])
    const many = { ...vectors, words: 5000 }
    expect((await one('The sea rises.', { weights: 'usif', vectors: many })).weights).toEqual([...expected(5000), 0])
  })

  test('sif() are of given counts, and 0 for what they lack', async () => {
    const weights = sif(
      new Map([
        ['the', 3],
        ['sea', 1],
      ]),
      0.25,
    )
    expect((await one('The sea rises', { weights })).weights).toEqual([0.25, 0.5, 0])
    expect(() => sif(new Map([['the', 0]]))).toThrow('sif: counts must be finite numbers > 0, also for "the", got 0')
    expect(() => sif(new Map(), 0)).toThrow('sif: a must be a finite number > 0, got 0')
  })

  test('of a function come by word and rank, for known words that are not masked', async () => {
    const weights = vi.fn((word: string, rank: number) => word.length + rank)
    expect((await one('The sea. xyzzy SEA colour', { weights })).weights).toEqual([3, 4, 0, 0, 4, 14])
    expect(weights.mock.calls.every(([word, rank]) => words[rank] === word && word !== '.')).toBe(true)
  })

  test('of a function that are none end the sequence', async () => {
    const counts = new Map([['the', 1]])
    for (const bad of [counts.get('sea'), -1, Number.NaN, Infinity]) {
      await expect(one('the sea', { weights: (word: string) => (word === 'the' ? 1 : bad) })).rejects.toThrow(
        `texts: weights must give finite numbers ≥ 0, also for "sea", got ${bad}`,
      )
    }
  })
})

describe('options', () => {
  test('are checked at once', () => {
    expect(() => texts([], { stopwords: 'mask' } as object)).toThrow('texts: unknown option "stopwords"; did you mean "stopWords"?')
    expect(() => textFile('x', { unit: 'line' } as object)).toThrow('textFile: unknown option "unit"')
    expect(() => textFiles('x', { unit: 'word' as 'line' })).toThrow('textFiles: unit must be one of document, line, sentence, got "word"')
    expect(() => texts([], { weights: 'tfidf' as 'sif' })).toThrow('texts: weights must be one of sif, usif, got "tfidf"')
    expect(() => texts([], { punctuation: 'drop' as 'mask' })).toThrow('texts: punctuation must be one of mask, keep, got "drop"')
    expect(() => texts([], { vectors: 'glove.txt' as unknown as Vectors })).toThrow('texts: vectors must be word vectors, such as')
    expect(() => texts('a text')).toThrow('texts: source must be a list or a stream of texts, got "a text"')
    expect(() => textFiles([])).toThrow('textFiles: paths must be a path, a glob pattern or a list of them, got []')
    expect(() => textStream('x' as never)).toThrow('textStream: source must be a ReadableStream or an async iterable of bytes, got "x"')
    expect(() => jsonl('x', { idField: 3 as unknown as string })).toThrow('jsonl: idField must be the name of a field, got 3')
  })

  test('name the packages to install where wink-nlp is missing', async () => {
    vi.resetModules()
    vi.doMock('wink-nlp', () => {
      throw new Error('not there')
    })
    const { texts: without } = await import('../../../src/sources/text/texts.ts')
    await expect(all(without(['x'], { vectors }))).rejects.toThrow('npm install wink-nlp wink-eng-lite-web-model')
    vi.doUnmock('wink-nlp')
    vi.resetModules()
  })
})

describe('texts', () => {
  test('takes strings and texts with ids and labels, from lists and streams', async () => {
    const list = ['sea', { id: '__proto__', text: 'the', label: 'water' }, { id: 'constructor', text: '' }]
    expect(await told(texts(list, { vectors }))).toEqual([
      ['0', [sea]],
      ['__proto__', [the]],
      ['constructor', []],
    ])
    async function* stream() {
      yield* list
    }
    const sequences = await all(texts(stream(), { vectors }))
    expect(sequences.map(({ id, label }) => [id, label])).toEqual([
      ['0', undefined],
      ['__proto__', 'water'],
      ['constructor', undefined],
    ])
  })

  test('cuts lines and sentences, named by where they begin', async () => {
    const text = 'The sea rises. Not\nthe sea. The sea!\n\n  \nSea.'
    const list = [{ id: 'a', text, label: 'water' }]
    expect((await told(texts(list, { vectors, unit: 'line' }))).map(([id]) => id)).toEqual(['a:1', 'a:2', 'a:5'])
    expect(await told(texts(list, { vectors, unit: 'sentence' }))).toEqual([
      ['a:1.1', [the, sea, rises, stop]],
      ['a:1.2', [not, 11, the, sea, stop]],
      ['a:2.1', [the, sea, -1]],
      ['a:5.1', [sea, stop]],
    ])
    const sentences = await all(texts(list, { vectors, unit: 'sentence' }))
    expect(sentences.every(({ label }) => label === 'water')).toBe(true)
    const second = await whole(sentences[1]!.frames)
    expect([second.start, second.layout.length, ...second.boundaries!]).toEqual([0, 5, 1, 0, 0, 0, 0])
  })

  test('ends in a TypeError for items that are no texts', async () => {
    for (const item of [3, null, { id: 1, text: '' }, { id: 'x' }]) {
      await expect(all(texts(['ok', item as unknown as string], { vectors }))).rejects.toThrow(
        'texts: item 1 must be a string or { id, text }, got',
      )
    }
  })

  test('gives blocks of 4096 frames at most', async () => {
    const [{ frames }] = (await all(texts(['sea '.repeat(10_000)], { vectors }))) as [Sequence]
    expect((await all(frames)).map(({ start, length }) => [start, length])).toEqual([
      [0, 4096],
      [4096, 4096],
      [8192, 1808],
    ])
  })
})

describe('text files', () => {
  const text = '\uFEFFThe sea rises.\r\nThe sea\r\n\r\nNot the sea!'

  test('hold what texts of the same content hold, after a block that knows the layout', async () => {
    const path = write('a.txt', text)
    const blocks = await all(textFile(path, { vectors }))
    expect(blocks.map(({ start, length }) => [start, length])).toEqual([
      [0, 0],
      [0, 7],
      [7, 4],
    ])
    expect(blocks[0]!.layout.length).toBeUndefined()
    const frames = await read(textFile(path, { vectors }))
    expect(frames).toEqual(await one(text))
    expect(frames.ids).toEqual([the, sea, rises, stop, 11, the, sea, not, the, sea, -1])
  })

  test('are sequences by path, patterns resolved in order, none twice', async () => {
    write('b.txt', 'sea')
    write('a.txt', 'the')
    write('[x].txt', 'not')
    expect(await told(textFiles([at('b.txt'), at('*.txt')], { vectors }))).toEqual([
      [at('b.txt'), [sea]],
      [at('[x].txt'), [not]],
      [at('a.txt'), [the]],
    ])
    write('x.txt', 'matches, but is not named')
    expect((await told(textFiles(at('[x].txt'), { vectors, unit: 'line' }))).map(([id]) => id)).toEqual([`${at('[x].txt')}:1`])
  })

  test.each(['document', 'line'] as const)('by %s: a pattern that matches nothing fails by itself', async (unit) => {
    const after = write('after.txt', 'sea')
    expect(await told(textFiles([at('*.md'), after], { vectors, unit }))).toEqual([
      [at('*.md'), `textFiles: expected files that match "${at('*.md')}", got none`],
      [unit === 'line' ? `${after}:1` : after, [sea]],
    ])
  })

  test('that are empty give no frames', async () => {
    const path = write('empty.txt', '')
    expect((await all(textFile(path, { vectors }))).map(({ length }) => length)).toEqual([0])
    expect(await told(textFiles(path, { vectors }))).toEqual([[path, []]])
    expect(await told(textFiles(path, { vectors, unit: 'line' }))).toEqual([])
    expect(await told(textFiles(path, { vectors, unit: 'sentence' }))).toEqual([])
  })

  test('that cannot be read end alone', async () => {
    const good = write('good.txt', 'sea')
    mkdirSync(at('folder'))
    for (const unit of ['document', 'line', 'sentence'] as const) {
      const results = await told(textFiles([at('none.txt'), at('folder'), good], { vectors, unit }))
      expect(results[0]).toEqual([at('none.txt'), expect.stringMatching(/^textFiles: expected a file that can be read, got ENOENT/)])
      expect(results[1]).toEqual([
        at('folder'),
        expect.stringMatching(/^textFiles: expected files ending in .txt, .text, .md in the folder ".*", got none/),
      ])
      expect(results[2]![1]).toEqual([sea])
    }
    await expect(all(textFile(at('none.txt'), { vectors }))).rejects.toThrow('textFile: expected a file that can be read, got ENOENT')
  })

  test('tell a line that is not UTF-8, and go on after it', async () => {
    const broken = Buffer.concat([Buffer.from('The sea\nsea \xf6 sea\n', 'latin1'), Buffer.from('rises\n')])
    const path = write('latin.txt', broken)
    const message = 'textFiles: expected UTF-8 text in line 2, got 0xf6 at byte 5'
    expect(await told(textFiles(path, { vectors, unit: 'line' }))).toEqual([
      [`${path}:1`, [the, sea]],
      [`${path}:2`, message],
      [`${path}:3`, [rises]],
    ])
    expect(await told(textFiles(path, { vectors, unit: 'sentence' }))).toEqual([
      [`${path}:1.1`, [the, sea]],
      [`${path}:2`, message],
      [`${path}:3.1`, [rises]],
    ])
    expect(await told(textFiles(path, { vectors }))).toEqual([[path, message]])
    const [, failure] = await all(textFiles(path, { vectors, unit: 'line' }).pipe(eachSequence(globalPool('max'))))
    expect(failure).toMatchObject({ id: `${path}:2`, error: { name: 'DataError', sequence: `${path}:2` } })
  })

  test('can be subscribed to twice', async () => {
    const source = textFiles(write('a.txt', 'sea'), { vectors })
    const [{ frames }] = (await all(source)) as [Sequence]
    expect([await read(frames), await read(frames)]).toEqual([await one('sea'), await one('sea')])
    expect(await told(source)).toEqual(await told(source))
  })
})

describe('textStream', () => {
  test('reads documents, lines and sentences', async () => {
    expect(await told(textStream(bytes('The s', 'ea. Not', '\nsea'), { vectors }))).toEqual([['stdin', [the, sea, stop, not, 11, sea]]])
    expect(await told(textStream(bytes('The s', 'ea. Not', '\nsea'), { vectors, unit: 'line', id: 'pipe' }))).toEqual([
      ['pipe:1', [the, sea, stop, not]],
      ['pipe:2', [sea]],
    ])
    const web = new Blob(['The sea. Not']).stream()
    expect((await told(textStream(web, { vectors, unit: 'sentence' }))).map(([id]) => id)).toEqual(['stdin:1.1', 'stdin:1.2'])
  })

  test('reads no further than it is asked to', async () => {
    let chunks = 0
    async function* endless() {
      for (;;) {
        chunks++
        yield new TextEncoder().encode('sea\nthe sea\n')
      }
    }
    const got = await all(textStream(endless(), { vectors, unit: 'line' }).pipe(eachSequence(globalPool('max')), take(5)))
    expect(got.map(({ id }) => id)).toEqual(['stdin:1', 'stdin:2', 'stdin:3', 'stdin:4', 'stdin:5'])
    expect(chunks).toBeLessThanOrEqual(4)
  })

  test('stops a read that is waiting when unsubscribed from', async () => {
    let cancelled = false
    const silent = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('sea\n')),
      cancel: () => {
        cancelled = true
      },
    })
    expect(await all(textStream(silent, { vectors, unit: 'line' }).pipe(take(1)))).toHaveLength(1)
    await vi.waitFor(() => expect(cancelled).toBe(true))
  })

  test('refuses chunks that are no bytes', async () => {
    async function* strings() {
      yield 'sea' as unknown as Uint8Array
    }
    await expect(all(textStream(strings(), { vectors, unit: 'line' }))).rejects.toThrow(
      'textStream: expected chunks of bytes (Uint8Array), got "sea"',
    )
  })
})

describe('lines', () => {
  property([fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '\r', '😀', ' ') })), fc.boolean(), fc.array(fc.nat(20))])(
    'do not depend on where chunks are cut',
    async (texts, ended, cuts) => {
      const content = texts.join('\n') + (ended ? '\n' : '')
      const all = new TextEncoder().encode(content)
      const chunks: Uint8Array[] = []
      let from = 0
      for (const cut of cuts) {
        chunks.push(all.subarray(from, from + cut))
        from += cut
      }
      chunks.push(all.subarray(from))
      const read: string[] = []
      for await (const batch of lines(bytes(...chunks))) {
        for (const line of batch) {
          expect(line.fault).toBeUndefined()
          expect(line.number).toBe(read.length + 1)
          read.push(line.text)
        }
      }
      const expected = content.split('\n')
      if (expected.at(-1) === '') expected.pop()
      expect(read).toEqual(expected)
    },
  )

  test('of more than 64 MiB are refused, and the next ones go on', async () => {
    async function* long() {
      for (let i = 0; i < 65; i++) yield new Uint8Array(2 ** 20).fill(0x61)
      yield new TextEncoder().encode('\nsea\n')
    }
    expect(await told(textStream(long(), { vectors, unit: 'line' }))).toEqual([
      ['stdin:1', 'textStream: expected UTF-8 text in line 1, got more than 67108864 bytes'],
      ['stdin:2', [sea]],
    ])
  })

  test.each([
    [[0x61, 0xff], '0xff at byte 2'],
    [[0xc3], '0xc3 at byte 1'],
    [[0xef, 0xbf], '0xbf at byte 2'],
    [[0xef, 0xbf, 0xbd, 0x80], '0x80 at byte 4'],
    [[0xef, 0xbb, 0xbf, 0xfe], '0xfe at byte 4'],
    [[0xed, 0xa0, 0x80], '0xed at byte 1'],
  ])('of the bytes %j are told to be no UTF-8', async (given, fault) => {
    const read: (string | undefined)[] = []
    for await (const batch of lines(bytes(Uint8Array.from(given)))) read.push(...batch.map((line) => line.fault))
    expect(read).toEqual([fault])
  })
})

describe('jsonl', () => {
  test('reads a sequence a line', async () => {
    const path = write('a.jsonl', '{"id":"a","text":"The sea"}\r\n\n{"text":"sea"}\n{"id":7,"text":""}\n')
    expect(await told(jsonl(path, { vectors }))).toEqual([
      ['a', [the, sea]],
      [`${path}:3`, [sea]],
      ['7', []],
    ])
    const [first] = (await all(jsonl(path, { vectors }))) as [Sequence]
    expect((await whole(first.frames)).layout.length).toBe(2)
  })

  test('takes other fields, hostile names included, and labels', async () => {
    const line = '{"__proto__":"p","constructor":"sea","kind":3}\n{"constructor":"the","kind":null}\n'
    const source = () => jsonl(bytes(line), { vectors, idField: '__proto__', textField: 'constructor', labelField: 'kind' })
    expect(await told(source())).toEqual([
      ['p', [sea]],
      ['stdin:2', [the]],
    ])
    expect((await all(source())).map(({ label }) => label)).toEqual(['3', undefined])
  })

  test('tells what is wrong with a line, and goes on', async () => {
    const broken = [
      '{"id":"a","text":"sea"',
      '[1]',
      'null',
      '{"id":"d"}',
      '{"id":"e","text":3}',
      '{"id":{},"text":"sea"}',
      '{"id":"g","text":"sea","kind":[]}',
      '{"id":"h","text":"sea"}',
    ]
    const path = write(
      'broken.jsonl',
      Buffer.concat([Buffer.from(`${broken.join('\n')}\n`), Buffer.from([0x22, 0xff, 0x0a]), Buffer.from('{"text":"the"}')]),
    )
    expect(await told(jsonl(path, { vectors, labelField: 'kind' }))).toEqual([
      [`${path}:1`, `jsonl: ${path}:1: expected JSON, got ${JSON.stringify(broken[0])}`],
      [`${path}:2`, `jsonl: ${path}:2: expected an object, got [1]`],
      [`${path}:3`, `jsonl: ${path}:3: expected an object, got null`],
      ['d', `jsonl: ${path}:4: expected a text as "text", got the fields ["id"]`],
      ['e', `jsonl: ${path}:5: expected a text as "text", got 3`],
      [`${path}:6`, `jsonl: ${path}:6: expected a string or a number as "id", got {}`],
      ['g', `jsonl: ${path}:7: expected a string or a number as "kind", got []`],
      ['h', [sea]],
      [`${path}:9`, `jsonl: ${path}:9: expected UTF-8 text, got 0xff at byte 2`],
      [`${path}:10`, [the]],
    ])
    const [failure] = await all(jsonl(path, { vectors }).pipe(eachSequence(globalPool('max')), take(1)))
    expect((failure as { error: Error }).error).toBeInstanceOf(DataError)
  })

  test('does not take a field for one that every object has', async () => {
    expect(await told(jsonl(bytes('{"id":"a"}'), { vectors, textField: 'constructor' }))).toEqual([
      ['a', 'jsonl: stdin:1: expected a text as "constructor", got the fields ["id"]'],
    ])
  })

  test('reads a line of 10 MB', async () => {
    const long = 'incomprehensibilities '.repeat(480_000)
    const path = write('long.jsonl', `{"text":"the"}\n${JSON.stringify({ id: 'long', text: `${long}sea` })}\n{"text":"the"}\n`)
    const read = await told(jsonl(path, { vectors }))
    expect(read.map(([id, ids]) => [id, ids.length, ids.at(-1)])).toEqual([
      [`${path}:1`, 1, the],
      ['long', 480_001, sea],
      [`${path}:3`, 1, the],
    ])
  })

  test('ends in an error where there is no file', async () => {
    await expect(all(jsonl(at('none.jsonl'), { vectors }))).rejects.toThrow('jsonl: expected a file that can be read, got ENOENT')
    expect(await all(jsonl(write('empty.jsonl', ''), { vectors }))).toEqual([])
  })
})
