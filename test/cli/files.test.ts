import { spawnSync } from 'node:child_process'
import { existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readNpy } from '../../src/files/npy.ts'
import { inside as poolwise } from './inside.ts'
import { command, env } from './outside.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-cli-files-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const write = (name: string, text: string | Uint8Array) => {
  writeFileSync(at(name), text)
  return at(name)
}

const symbolic = (from: string, to: string) => {
  symlinkSync(from, to)
  return to
}
const hard = (from: string, to: string) => {
  linkSync(from, to)
  return to
}

/** As a process of its own, in a shell, whose "$@" it is. */
function shell(line: string, ...args: readonly string[]): { status: number | null; out: Buffer; err: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line, 'sh', ...command, ...args], { env })
  return { status, out: stdout, err: `${stderr}` }
}

const bat = 'samples/audio/words/bat-v1.wav'
const tiny = write('tiny.vec', 'the 1 0\nsea 0 2\n')
const words = ['--vectors', tiny]
const twoFrames = write('sound.wav', readFileSync(bat))

describe('what is read is not written to', () => {
  const record = '{"id":"a","text":"the sea"}\n'
  const stages = [
    { stage: 'embed', vectors: at('copy.vec') },
    { stage: 'globalPool', pooling: 'mean' },
  ]
  const cases: [what: string, input: string, args: () => string[]][] = [
    ['a sound by a link', 'link.wav', () => ['audio', at('link.wav'), '--out', symbolic(at('link.wav'), at('link.jsonl'))]],
    ['a sound by a hard link', 'hard.wav', () => ['audio', at('hard.wav'), '--out', hard(at('hard.wav'), at('hard.csv'))]],
    ['a sound by a linked folder', 'far.csv', () => ['audio', at('far.csv'), '--out', join(symbolic(folder, at('far')), 'far.csv')]],
    ['a text of a pattern', 'pattern.csv', () => ['text', at('pat*.csv'), ...words, '--out', at('pattern.csv')]],
    ['a sound of a pattern', 'pattern.jsonl', () => ['audio', at('patt*.jsonl'), '--out', at('pattern.jsonl')]],
    ['records of a pattern', 'records.jsonl', () => ['text', at('rec*.jsonl'), '--jsonl', ...words, '--out', at('records.jsonl')]],
    ['a text of a folder', 'texts/t.txt', () => ['text', at('texts'), ...words, '--out', symbolic(at('texts/t.txt'), at('t.csv'))]],
    ['a sound of a folder', 'sounds/s.wav', () => ['audio', at('sounds'), '--out', hard(at('sounds/s.wav'), at('s.npy'))]],
    ['by the ids beside a matrix', 'w.ids.jsonl', () => ['text', at('w.ids.jsonl'), '--jsonl', ...words, '--out', at('w.npy')]],
    ['a manifest', 'list.csv', () => ['audio', at('list.csv'), '--manifest', '--out', at('list.csv')]],
    [
      'a sound that a manifest names',
      'named.csv',
      () => ['audio', write('names.csv', 'id,path\na,./named.csv\n'), '--manifest', '--out', at('named.csv')],
    ],
    ['word vectors', 'words.csv', () => ['text', write('some.txt', 'sea'), '--vectors', at('words.csv'), '--out', at('words.csv')]],
    [
      'the words of a matrix',
      'm.txt',
      () => {
        const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }`.padEnd(117)
        write(
          'm.npy',
          Buffer.concat([
            Buffer.from('\x93NUMPY\x01\x00v\x00', 'latin1'),
            Buffer.from(`${header}\n`),
            Buffer.from(Float32Array.of(1).buffer),
          ]),
        )
        symlinkSync(at('m.txt'), at('m.jsonl'))
        return ['text', at('some.txt'), '--vectors', at('m.npy'), '--out', at('m.jsonl')]
      },
    ],
    ['a pooling’s file', 'pool.json', () => ['audio', bat, '--pool', at('pool.json'), '--out', hard(at('pool.json'), at('pool.npy'))]],
    ['the file of the pipeline', 'run.json', () => ['run', at('run.json'), bat, '--out', hard(at('run.json'), at('run.jsonl'))]],
    [
      'what the file of a pipeline names',
      'copy.vec',
      () => {
        linkSync(at('copy.vec'), at('copy.csv'))
        return [
          'run',
          write('text.json', JSON.stringify({ source: { source: 'textFiles', vectors: at('copy.vec') }, stages })),
          at('some.txt'),
          '--out',
          at('copy.csv'),
        ]
      },
    ],
    [
      'a sound, by plot',
      'plot.wav',
      () => ['plot', at('plot.wav'), '--pipeline', 'logMel', '-o', symbolic(at('plot.wav'), at('plot.png'))],
    ],
    [
      'a sound, by fit',
      'fit.wav',
      () => {
        const stages = [{ stage: 'logMel' }, { stage: 'normalizeBy', fit: './fit.wav' }]
        return ['fit', write('fit.json', JSON.stringify({ source: { source: 'audioFiles' }, stages })), at('fit.wav'), '-o', at('fit.wav')]
      },
    ],
    [
      'a fit, by fit --merge',
      'one.safetensors',
      () => ['fit', at('one.safetensors'), at('two.safetensors'), '--merge', '-o', at('./one.safetensors')],
    ],
  ]
  test.each(cases)('%s', async (_, input, args) => {
    for (const name of ['texts', 'sounds']) mkdirSync(at(name), { recursive: true })
    const contents: Record<string, string | Uint8Array> = {
      'pool.json': '{"pooling":"max"}',
      'run.json': JSON.stringify({ source: { source: 'audioFiles' }, stages: [{ stage: 'globalPool', pooling: 'max' }] }),
      'copy.vec': 'the 1 0\nsea 0 2\n',
      'words.csv': 'the 1 0\nsea 0 2\n',
      'm.txt': 'sea\n',
      'list.csv': 'id,path\na,./sound.wav\n',
      'w.ids.jsonl': record,
      'records.jsonl': record,
      'pattern.csv': 'the sea',
      'texts/t.txt': 'the sea',
    }
    write(input, contents[input] ?? readFileSync(twoFrames))
    const line = args()
    const before = readFileSync(at(input))
    const { code, err } = await poolwise(...line)
    expect(err).toMatch(/^--out: expected another file than the inputs, got "/)
    expect(code).toBe(2)
    expect(readFileSync(at(input)).equals(before)).toBe(true)
  })

  test('nor where it is standard input or standard output', () => {
    const text = write('both.txt', 'the sea')
    const from = shell(`exec "$@" < ${text}`, 'text', '-', ...words, '--out', symbolic(text, at('both.csv')))
    expect([from.status, from.err]).toEqual([2, expect.stringContaining('both.csv", which is standard input')])
    const to = shell(`exec "$@" >> ${text}`, 'text', text, ...words)
    expect([to.status, to.err]).toEqual([2, expect.stringContaining('got standard output, which is "')])
    expect(readFileSync(text, 'utf8')).toBe('the sea')
  })

  test('nor is a matrix to where its ids go', async () => {
    symlinkSync(write('x.npy', ''), at('x.ids.jsonl'))
    expect(await poolwise('audio', bat, '--out', at('x.npy'))).toEqual({
      code: 2,
      err: expect.stringContaining('expected files of their own'),
    })
  })

  test('what is neither file nor folder may be both, and another file beside is written', async () => {
    expect(shell('exec "$@" < /dev/null > /dev/null', 'text', '-', ...words, '--by', 'line').status).toBe(3)
    expect(await poolwise('text', write('beside.txt', 'the sea'), ...words, '--out', at('beside.csv'))).toEqual({ code: 0, err: '' })
    expect(existsSync(at('beside.csv'))).toBe(true)
  })
})

describe('paths that lead nowhere, or to a folder, are named in words of ours', () => {
  const pipeline = (name: string, stage: object, source: object = { source: 'audioFiles' }) =>
    write(name, JSON.stringify({ source, stages: [{ stage: 'logMel' }, stage] }))
  const none = at('none')
  test.each<[string, (path: string, ending: string) => string[]]>([
    ['audio FILE', (path) => ['audio', path]],
    ['audio --manifest', (path) => ['audio', path, '--manifest']],
    ['text FILE', (path) => ['text', path, ...words]],
    ['text --jsonl', (path) => ['text', path, '--jsonl', ...words]],
    ['--vectors', (path) => ['text', bat, '--vectors', `${path}.txt`]],
    ['--vectors .npy', (path) => ['text', bat, '--vectors', `${path}.npy`]],
    ['--pool', (path) => ['audio', bat, '--pool', `${path}.json`]],
    ['--weights', (path) => ['text', bat, ...words, '--weights', `${path}.safetensors`]],
    ['run', (path) => ['run', `${path}.json`, bat]],
    ['run .ts', (path) => ['run', `${path}.ts`, bat]],
    ['fit', (path) => ['fit', `${path}.json`, bat, '-o', at('o.safetensors')]],
    ['fit --merge', (path) => ['fit', `${path}.safetensors`, '--merge', '-o', at('o.safetensors')]],
    ['plot', (path) => ['plot', path, '--pipeline', 'logMel', '-o', at('o.png')]],
    ['plot --pipeline', (path) => ['plot', bat, '--pipeline', `${path}.json`, '-o', at('o.png')]],
    ['fit of a stage', (path) => ['run', pipeline('s.json', { stage: 'normalizeBy', fit: `${path}.safetensors` }), bat]],
    [
      'tensors of a pooling',
      (path) => [
        'run',
        pipeline('t.json', { stage: 'globalPool', pooling: { pooling: 'attentive', tensors: `${path}.safetensors` } }),
        bat,
      ],
    ],
    [
      'module of a pooling',
      (path) => ['run', pipeline('m.json', { stage: 'globalPool', pooling: { pooling: 'x', module: `${path}.js` } }), bat],
    ],
    ['--out', (path) => ['audio', bat, '--out', `${path}/x.csv`]],
  ])('%s', async (_, args) => {
    for (const ending of ['', '.txt', '.npy', '.json', '.safetensors', '.ts', '.js']) mkdirSync(at(`dir${ending}`), { recursive: true })
    mkdirSync(at('dir/x.csv'), { recursive: true })
    for (const path of [none, at('dir')]) {
      const { code, err } = await poolwise(...args(path, ''))
      expect(err).toMatch(/expected .*, got /)
      expect(err).toContain(path)
      expect(err).not.toMatch(/^(error: )?(ENOENT|EISDIR|Cannot)/)
      expect([2, 3]).toContain(code)
    }
  })
})

describe('folders', () => {
  test('of sounds and of texts are read, in order, in threads too', async () => {
    mkdirSync(at('in/below'), { recursive: true })
    for (const name of ['b.wav', 'below/a.wav', 'c.txt']) write(`in/${name}`, readFileSync(twoFrames))
    write('in/c.txt', 'the sea')
    const ids = (name: string) =>
      readFileSync(at(name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id)
    expect(await poolwise('audio', at('in'), '--out', at('in.jsonl'))).toEqual({ code: 0, err: '' })
    expect(ids('in.jsonl')).toEqual([at('in/b.wav'), at('in/below/a.wav')])
    expect(await poolwise('text', at('in'), ...words, '--out', at('text.jsonl'))).toEqual({ code: 0, err: '' })
    expect(ids('text.jsonl')).toEqual([at('in/c.txt')])
  })
})

describe('standard output', () => {
  test('has the form that is asked for', () => {
    const line = ['text', write('one.txt', 'the sea'), ...words, '--weights', 'none', '--stop-words', 'keep']
    const csv = shell('exec "$@"', ...line, '--format', 'csv', '--pgvector')
    expect([csv.status, `${csv.out}`]).toEqual([0, `id,label,start,end,weight,coverage,vector\n${at('one.txt')},,0,2,2,1,"[0.5,1]"\n`])
    const npy = shell('exec "$@"', ...line, '--format', 'npy')
    expect(readNpy(npy.out)).toEqual({ shape: [1, 2], data: Float32Array.of(0.5, 1) })
    const jsonl = shell('exec "$@"', ...line, '--format', 'jsonl', '--out', '-')
    expect(JSON.parse(`${jsonl.out}`)).toMatchObject({ vector: [0.5, 1] })
  })

  test.each<[string, string[]]>([
    [
      '--format: expected one of jsonl, csv, npy, parquet, arrows, ark for standard output and folders, got "s16le"; how raw samples are written says --encoding',
      ['--format', 's16le'],
    ],
    ['did you mean "jsonl"?', ['--format', 'json']],
    [
      '--format is the form of standard output and of folders, such as --out vectors/; a file goes by its ending, got "x.csv"',
      ['--format', 'csv', '--out', 'x.csv'],
    ],
    ['--pgvector is a form of CSV', ['--pgvector']],
    ['--dtype is the kind of numbers in .npy', ['--format', 'csv', '--dtype', 'int8']],
  ])('%s', async (message, args) => {
    expect(await poolwise('audio', bat, ...args)).toEqual({ code: 2, err: expect.stringContaining(message) })
  })
})

describe('a vector that cannot be written', () => {
  test('is the failure of its input, and the rest goes on', async () => {
    for (const [name, text] of [
      ['first.txt', 'the'],
      ['unknown.txt', '你好'],
      ['last.txt', 'sea'],
    ] as const)
      write(name, text)
    const inputs = ['first.txt', 'unknown.txt', 'last.txt'].map(at)
    const csv = ['--pool', 'max', '--pgvector', '--out', at('pg.csv')]
    const { code, err } = await poolwise('text', ...inputs, ...words, ...csv)
    expect(code).toBe(1)
    expect(err).toContain('unknown.txt" from 0 to ')
    expect(err).toContain('error: toCsv: pgvector must have finite values, got -Infinity in the vector of')
    expect(
      readFileSync(at('pg.csv'), 'utf8')
        .split('\n')
        .map((line) => line.split(',')[0]),
    ).toEqual(['id', at('first.txt'), at('last.txt'), ''])
    expect((await poolwise('text', inputs[1]!, ...words, ...csv)).code).toBe(3)
    expect((await poolwise('text', ...inputs, ...words, '--pool', 'max', '--out', at('pg.jsonl'), '--concurrency', '2')).code).toBe(1)
  })
})
