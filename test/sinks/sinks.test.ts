import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { concat, defer, EMPTY, lastValueFrom, NEVER, type Observable, of, throwError } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readNpy } from '../../src/files/npy.ts'
import type { Failure, Vector } from '../../src/index.ts'
import { decimal, type Sink } from '../../src/sinks/sink.ts'
import { toCsv } from '../../src/sinks/toCsv.ts'
import { toJsonl } from '../../src/sinks/toJsonl.ts'
import { toNpy } from '../../src/sinks/toNpy.ts'
import { programOf } from '../programs.ts'
import { property } from '../property.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolwise-sinks-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const text = (name: string) => readFileSync(at(name), 'utf8')

function vector(id: string, values: readonly number[], more: Partial<Vector> = {}): Vector {
  return { id, start: 0.5, end: 2, weight: 3, vector: Float32Array.from(values), names: values.map((_, i) => `bin${i}.mean`), ...more }
}

const failure: Failure = { id: 'broken', error: new Error('no sound') }
const hostile = ['__proto__', 'constructor', '', ' ', 'a,b', 'say "so"', 'two\nlines', 'cr\rlf\r\n', '=1+1', '@x', '-1', 'Ünïcodé 🎵']
const hostileVectors = hostile.map((id, i) => vector(id, [i, -i / 3]))

function npy(path: string): { shape: number[]; data: Float32Array } {
  const bytes = readFileSync(path)
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from('\x93NUMPY\x01\x00', 'latin1'))
  const end = 10 + bytes.readUInt16LE(8)
  const header = bytes.toString('latin1', 10, end)
  expect(header).toContain("'descr': '<f4', 'fortran_order': False")
  const shape = /\((\d+), (\d+)\)/.exec(header)!.slice(1).map(Number)
  return { shape, data: new Float32Array(bytes.buffer.slice(bytes.byteOffset + end, bytes.byteOffset + bytes.length)) }
}

describe('coverage and fields of records', () => {
  const fields = (more: readonly (readonly [string, string])[]) => new Map([['lang', '"d,e"'], ['user', '9007199254740993'], ...more])
  const first = vector('a', [1], {
    coverage: 0.75,
    fields: fields([
      ['x', '{"n":1.0}'],
      ['none', 'null'],
    ]),
  })
  const second = vector('b', [2], { coverage: 1, fields: fields([]) })

  test('stand in lines of JSON as they were written, and beside a matrix', async () => {
    await lastValueFrom(of(first, second).pipe(toJsonl(at('v.jsonl'))))
    const origins = [
      '{"id":"a","start":0.5,"end":2,"weight":3,"coverage":0.75,"lang":"d,e","user":9007199254740993,"x":{"n":1.0},"none":null',
      '{"id":"b","start":0.5,"end":2,"weight":3,"coverage":1,"lang":"d,e","user":9007199254740993',
    ]
    expect(text('v.jsonl')).toBe(`${origins[0]},"vector":[1]}\n${origins[1]},"vector":[2]}\n`)
    await lastValueFrom(of(first, second).pipe(toNpy(at('v.npy'))))
    expect(text('v.ids.jsonl')).toBe(`${origins[0]}}\n${origins[1]}}\n`)
  })

  test('are columns of a table, those of the first record; what it has not is refused', async () => {
    await lastValueFrom(of(first, second).pipe(toCsv(at('v.csv'))))
    expect(text('v.csv')).toBe(
      'id,label,start,end,weight,coverage,lang,user,x,none,bin0.mean\n' +
        'a,,0.5,2,3,0.75,"d,e",9007199254740993,"{""n"":1.0}",,1\nb,,0.5,2,3,1,"d,e",9007199254740993,,,2\n',
    )
    await lastValueFrom(of(first).pipe(toCsv(at('p.csv'), { pgvector: true })))
    expect(text('p.csv').split('\n')[0]).toBe('id,label,start,end,weight,coverage,lang,user,x,none,vector')
    const refused: string[] = []
    const summary = await lastValueFrom(toCsv(at('w.csv'))(of(second, first), ({ error }) => refused.push(error.message)))
    expect(summary).toEqual({ vectors: 1, failures: 1 })
    expect(refused).toEqual(['toCsv: records must have the fields of the first, ["lang","user"], got also "x" for "a"'])
  })

  test('do not collide with our own names', async () => {
    const hostile = new Map(['id', 'vector', 'field.id', 'bin0.mean', 'coverage'].map((name, i) => [name, String(i)]))
    await lastValueFrom(of(vector('a', [1], { fields: hostile })).pipe(toJsonl(at('h.jsonl'))))
    expect(text('h.jsonl')).toBe(
      '{"id":"a","start":0.5,"end":2,"weight":3,"field.field.id":0,"field.vector":1,"field.id":2,"bin0.mean":3,"field.coverage":4,"vector":[1]}\n',
    )
    await lastValueFrom(of(vector('a', [1], { fields: hostile })).pipe(toCsv(at('h.csv'))))
    expect(text('h.csv').split('\n')[0]).toBe(
      'id,label,start,end,weight,field.field.id,vector,field.id,field.bin0.mean,field.coverage,bin0.mean',
    )
  })
})

describe('toJsonl', () => {
  test('writes a line a vector, with the label where there is one', async () => {
    const summary = await lastValueFrom(
      of<(Vector | Failure)[]>(vector('a', [0.1, 2]), failure, vector('b', [1], { label: 'bat' })).pipe(toJsonl(at('v.jsonl'))),
    )
    expect(summary).toEqual({ vectors: 2, failures: 1 })
    expect(text('v.jsonl')).toBe(
      '{"id":"a","start":0.5,"end":2,"weight":3,"vector":[0.1,2]}\n{"id":"b","label":"bat","start":0.5,"end":2,"weight":3,"vector":[1]}\n',
    )
  })

  test('keeps any id', async () => {
    await lastValueFrom(of(...hostileVectors).pipe(toJsonl(at('v.jsonl'))))
    const lines = text('v.jsonl').trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(hostile)
  })

  test('no vectors give an empty file', async () => {
    expect(await lastValueFrom(EMPTY.pipe(toJsonl(at('v.jsonl'))))).toEqual({ vectors: 0, failures: 0 })
    expect(text('v.jsonl')).toBe('')
  })
})

property([fc.float()])('decimal parses back to the same float32', (x) => {
  expect(Math.fround(Number(decimal(x)))).toBe(Object.is(x, -0) ? 0 : x)
})

test('decimal takes few digits for ordinary values', () => {
  expect([0.1, 1 / 3, 0, -123.456, 16777217].map((x) => decimal(Math.fround(x)))).toEqual([
    '0.1',
    '0.33333334',
    '0',
    '-123.456',
    '16777216',
  ])
})

describe('toCsv', () => {
  test('writes a column a value by name, quoted as RFC 4180 has it', async () => {
    await lastValueFrom(of(...hostileVectors, vector('x', [NaN, -Infinity], { label: 'a "b"' })).pipe(toCsv(at('v.csv'))))
    const rows: string[][] = parse(text('v.csv'))
    expect(rows[0]).toEqual(['id', 'label', 'start', 'end', 'weight', 'bin0.mean', 'bin1.mean'])
    expect(rows.slice(1).map((row) => row[0])).toEqual([...hostile, 'x'])
    expect(rows.at(-1)).toEqual(['x', 'a "b"', '0.5', '2', '3', 'NaN', '-Infinity'])
    expect(text('v.csv')).toContain('\n"",,0.5,2,3,2,')
  })

  test("writes pgvector's form in one column", async () => {
    await lastValueFrom(of(vector('a', [1, 2.5])).pipe(toCsv(at('v.csv'), { pgvector: true })))
    expect(text('v.csv')).toBe('id,label,start,end,weight,vector\na,,0.5,2,3,"[1,2.5]"\n')
  })

  test('refuses options that it does not have', () => {
    expect(() => toCsv('v.csv', { pgvetcor: true } as object)).toThrow('did you mean "pgvector"?')
  })

  test('no vectors give the header that is known', async () => {
    await lastValueFrom(EMPTY.pipe(toCsv(at('v.csv'))))
    expect(text('v.csv')).toBe('id,label,start,end,weight\n')
  })
})

describe('toNpy', () => {
  const rows = Array.from({ length: 1000 }, (_, i) => vector(`id${i}`, [i, i / 7, -1e-30]))

  test('writes a matrix and its ids', async () => {
    expect(await lastValueFrom(of(...rows, failure).pipe(toNpy(at('v.npy'))))).toEqual({ vectors: 1000, failures: 1 })
    const { shape, data } = npy(at('v.npy'))
    expect(shape).toEqual([1000, 3])
    expect(data).toEqual(Float32Array.from(rows.flatMap((row) => [...row.vector])))
    const ids = text('v.ids.jsonl').trimEnd().split('\n')
    expect(ids).toHaveLength(1000)
    expect(ids[7]).toBe('{"id":"id7","start":0.5,"end":2,"weight":3}')
  })

  test('is read by NumPy', async ({ skip }) => {
    const numpy = spawnSync('python3', ['-c', 'import numpy'])
    if (numpy.status !== 0) {
      expect(process.env.POOLWISE_REQUIRE_ALL, 'python3 with numpy').toBeUndefined()
      skip('python3 with numpy is not installed')
    }
    await lastValueFrom(of(...rows).pipe(toNpy(at('v.npy'))))
    await lastValueFrom(EMPTY.pipe(toNpy(at('none.npy'))))
    await lastValueFrom(of(vector('a', [-128, 127])).pipe(toNpy(at('i.npy'), { dtype: 'int8' })))
    const program = `import numpy as np
a = np.load(${JSON.stringify(at('v.npy'))}, mmap_mode='r'); none = np.load(${JSON.stringify(at('none.npy'))})
i = np.load(${JSON.stringify(at('i.npy'))})
print(a.shape, a.dtype, a.flags.c_contiguous, bool((a[:, 1] == (np.arange(1000) / 7).astype(np.float32)).all()), none.shape, i.dtype, i.tolist())`
    expect(spawnSync('python3', ['-c', program], { encoding: 'utf8' }).stdout).toBe(
      '(1000, 3) float32 True True (0, 0) int8 [[-128, 127]]\n',
    )
  })

  test('writes views into larger arrays', async () => {
    await lastValueFrom(of({ ...vector('a', []), vector: Float32Array.of(1, 2, 3, 4).subarray(1, 3) }).pipe(toNpy(at('v.npy'))))
    expect(npy(at('v.npy'))).toEqual({ shape: [1, 2], data: Float32Array.of(2, 3) })
  })

  test('writes whole numbers in one byte each, as readNpy reads them', async () => {
    const low = vector('a', [-128, -1, 0, 127])
    const high = vector('b', [255, 128, -0, 1])
    await lastValueFrom(of(low).pipe(toNpy(at('i.npy'), { dtype: 'int8' })))
    await lastValueFrom(of(high).pipe(toNpy(at('u.npy'), { dtype: 'uint8' })))
    expect(readNpy(readFileSync(at('i.npy')))).toEqual({ shape: [1, 4], data: Float64Array.of(-128, -1, 0, 127) })
    expect(readNpy(readFileSync(at('u.npy')))).toEqual({ shape: [1, 4], data: Float64Array.of(255, 128, 0, 1) })
    expect([statSync(at('i.npy')).size, statSync(at('u.npy')).size]).toEqual([132, 132])
    expect(readFileSync(at('i.npy')).toString('latin1', 10, 80)).toContain("{'descr': '|i1', 'fortran_order': False, 'shape': (1, 4), }")
  })

  test('refuses kinds of numbers that it does not write', () => {
    expect(() => toNpy('v.npy', { dtype: 'int16' as 'int8' })).toThrow('toNpy: dtype must be one of float32, int8, uint8, got "int16"')
    expect(() => toNpy('v.npy', { dtype: '__proto__' as 'int8' })).toThrow('dtype must be one of')
    expect(() => toNpy('v.npy', { type: 'int8' } as object)).toThrow('did you mean "dtype"?')
  })

  test('refuses another ending at once', () => {
    expect(() => toNpy('v.bin')).toThrow('toNpy: path must end in .npy, got "v.bin"')
  })
})

describe('what a format cannot hold is the failure of its input, and the rest goes on', () => {
  const whole = 'toNpy: with dtype'
  test.each<[string, Sink, string, number[], string]>([
    ...[NaN, Infinity, -Infinity].flatMap((value): [string, Sink, string, number[], string][] => [
      [
        'JSON',
        toJsonl('v.jsonl'),
        'v.jsonl',
        [1, value],
        `toJsonl: JSON must have finite values, got ${value} in the vector of "bad" from 0.5 to 2`,
      ],
      [
        'pgvector',
        toCsv('v.csv', { pgvector: true }),
        'v.csv',
        [value, 1],
        `toCsv: pgvector must have finite values, got ${value} in the vector of`,
      ],
    ]),
    ['CSV', toCsv('v.csv'), 'v.csv', [1], 'toCsv: vectors must all have 2 values, got 1 for "bad"'],
    ['pgvector', toCsv('v.csv', { pgvector: true }), 'v.csv', [1, 2, 3], 'toCsv: vectors must all have 2 values, got 3 for "bad"'],
    ['npy', toNpy('v.npy'), 'v.npy', [], 'toNpy: vectors must all have 2 values, got 0 for "bad"'],
    [
      'npy',
      toNpy('v.npy', { dtype: 'int8' }),
      'v.npy',
      [1, 128],
      `${whole} 'int8' values must be whole numbers from -128 to 127, got 128 for "bad"`,
    ],
    ['npy', toNpy('v.npy', { dtype: 'int8' }), 'v.npy', [1, -129], 'got -129'],
    ['npy', toNpy('v.npy', { dtype: 'uint8' }), 'v.npy', [1, -1], 'from 0 to 255, got -1'],
    ['npy', toNpy('v.npy', { dtype: 'uint8' }), 'v.npy', [1, 256], 'got 256'],
    ['npy', toNpy('v.npy', { dtype: 'uint8' }), 'v.npy', [1, 0.5], 'got 0.5'],
    ['npy', toNpy('v.npy', { dtype: 'int8' }), 'v.npy', [1, NaN], 'got NaN'],
  ])('%s, case %#', async (_, make, file, values, message) => {
    const before = process.cwd()
    process.chdir(folder)
    try {
      const refused: Failure[] = []
      const [a, c] = [vector('a', [1, 2]), vector('c', [3, 4])]
      const items = of<(Vector | Failure)[]>(a, failure, vector('bad', values), c)
      expect(await lastValueFrom(make(items, (one) => refused.push(one)))).toEqual({ vectors: 2, failures: 2 })
      expect(refused).toEqual([{ id: 'bad', error: expect.objectContaining({ name: 'DataError', sequence: 'bad' }) }])
      expect(refused[0]!.error.message).toContain(message)
      const written = readFileSync(file)
      const ids = file === 'v.npy' ? text('v.ids.jsonl') : ''
      expect(await lastValueFrom(of(a, c).pipe(make))).toEqual({ vectors: 2, failures: 0 })
      // As if it had not been there.
      expect(readFileSync(file)).toEqual(written)
      expect(file === 'v.npy' ? text('v.ids.jsonl') : '').toBe(ids)
    } finally {
      process.chdir(before)
    }
  })

  test('a first one that is refused does not say how long the others are', async () => {
    const sink = toCsv(at('v.csv'), { pgvector: true })
    expect(await lastValueFrom(of(vector('a', [NaN, 1, 2]), vector('b', [1])).pipe(sink))).toEqual({ vectors: 1, failures: 1 })
    expect(text('v.csv')).toBe('id,label,start,end,weight,vector\nb,,0.5,2,3,"[1]"\n')
  })

  test('CSV and float32 hold what is not finite', async () => {
    const values = [NaN, Infinity, -Infinity]
    for (const make of [toCsv(at('v.csv')), toNpy(at('v.npy'))])
      expect(await lastValueFrom(of(vector('a', values)).pipe(make))).toEqual({ vectors: 1, failures: 0 })
    expect(text('v.csv')).toContain(',NaN,Infinity,-Infinity\n')
    expect(npy(at('v.npy')).data).toEqual(Float32Array.from(values))
  })
})

const sinks = { toJsonl: [toJsonl, 'v.jsonl'], toCsv: [toCsv, 'v.csv'], toNpy: [toNpy, 'v.npy'] } as const

describe.each(Object.entries(sinks))('%s leaves no half file', (name, [make, file]) => {
  const many = Array.from({ length: 5000 }, (_, i) => vector(`id${i}`, [i, i, i]))

  test('when the stream fails', async () => {
    const source = concat(
      of(...many),
      throwError(() => new Error('lost')),
    )
    await expect(lastValueFrom(source.pipe(make(at(file))))).rejects.toThrow('lost')
    expect(readdirSync(folder)).toEqual([])
  })

  test('when it is unsubscribed', () => {
    const subscription = concat(of(...many), NEVER as Observable<Vector>)
      .pipe(make(at(file)))
      .subscribe()
    expect(readdirSync(folder).every((found) => found.endsWith('.tmp') && found.startsWith('.'))).toBe(true)
    expect(readdirSync(folder)).not.toEqual([])
    subscription.unsubscribe()
    expect(readdirSync(folder)).toEqual([])
  })

  test('and the former file stays', async () => {
    writeFileSync(at(file), 'former')
    await expect(lastValueFrom(throwError(() => new Error('lost')).pipe(make(at(file))))).rejects.toThrow()
    expect(text(file)).toBe('former')
  })

  test('when the process is killed', () => {
    const program = `
      import { concat, NEVER, from } from 'rxjs'
      import { ${name} } from './src/sinks/${name}.ts'
      const vector = { id: 'a', start: 0, end: 1, weight: 1, vector: new Float32Array(1000), names: new Array(1000).fill('x') }
      concat(from(Array(100).fill(vector)), NEVER).pipe(${name}(${JSON.stringify(at(file))})).subscribe()
      if (process.argv[1] === 'exit') process.exit()
      process.kill(process.pid, 'SIGKILL')`
    const run = (how: string) => spawnSync(process.execPath, ['--input-type=module', '-e', programOf(program), how])
    expect(run('exit').status).toBe(0)
    expect(readdirSync(folder)).toEqual([])
    expect(run('kill').signal).toBe('SIGKILL')
    expect(existsSync(at(file))).toBe(false)
    expect(readdirSync(folder).every((found) => found.endsWith('.tmp'))).toBe(true)
  })

  test('and asks for the file before it asks for data', async () => {
    let asked = false
    const source = defer(() => {
      asked = true
      return of(vector('a', [1]))
    })
    await expect(lastValueFrom(source.pipe(make(join(folder, 'missing', file))))).rejects.toThrow(
      `${name}: expected a path that can be written, got`,
    )
    expect(asked).toBe(false)
  })
})

describe('the place of the file', () => {
  test('a folder or a pipe in its place is not replaced', async () => {
    mkdirSync(at('folder.jsonl'))
    spawnSync('mkfifo', [at('pipe.jsonl')])
    expect(statSync(at('pipe.jsonl')).isFIFO()).toBe(true)
    for (const name of ['pipe.jsonl', 'folder.jsonl']) {
      await expect(lastValueFrom(of(vector('a', [1])).pipe(toJsonl(at(name))))).rejects.toThrow('it is no regular file')
    }
    expect(statSync(at('pipe.jsonl')).isFIFO()).toBe(true)
  })

  test('a link stays a link, and permissions stay', async () => {
    writeFileSync(at('real.jsonl'), 'former')
    chmodSync(at('real.jsonl'), 0o600)
    symlinkSync(at('real.jsonl'), at('link.jsonl'))
    await lastValueFrom(of(vector('a', [1])).pipe(toJsonl(at('link.jsonl'))))
    expect(readdirSync(folder).sort()).toEqual(['link.jsonl', 'real.jsonl'])
    expect(JSON.parse(text('real.jsonl')).id).toBe('a')
    expect(statSync(at('real.jsonl')).mode & 0o777).toBe(0o600)
  })
})

test('numbers are written in the fewest of eight or nine digits that give their float32 back', () => {
  expect(decimal(Math.fround(0.1))).toBe('0.1')
  expect(decimal(Math.fround(-0.1222078949213028))).toBe('-0.122207895')
  for (let k = 0; k < 2000; k++) {
    const x = Math.fround(Math.sin(k) * 10 ** ((k % 20) - 10))
    const text = decimal(x)
    expect(Math.fround(Number(text))).toBe(x)
    expect(text.replace(/e.*|[-.]/g, '').replace(/^0+/, '').length).toBeLessThanOrEqual(9)
  }
})
