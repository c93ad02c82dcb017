import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recipe } from 'poolwise/node'
import { afterAll, describe, expect, test } from 'vitest'
import { openVectors } from '../../src/sources/collections/openVectors.ts'
import { wavOf } from '../sources/recordings.ts'
import { command, type Ended, outside as poolwise } from './outside.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const write = (name: string, text: string | Uint8Array) => {
  writeFileSync(at(name), text)
  return at(name)
}

interface Line {
  readonly id: string
  readonly start: number
  readonly end: number
  readonly weight: number
  readonly vector: readonly number[]
}

const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

const words = ['bat-v1', 'zip-v8', 'banana-v2'].map((word) => `samples/audio/words/${word}.wav`)
const [bat, zip, banana] = words as [string, string, string]
const tiny = write('tiny.txt', 'the 1 0\nsea 0 2\nrises 0 4\n')
/** Words of one weight, so that vectors can be read. */
const plain = ['--vectors', tiny, '--weights', 'none', '--stop-words', 'keep']

describe.concurrent('poolwise audio', () => {
  test('pools each file into one line, by default into what was measured to find words again', async () => {
    const { code, out, err } = await poolwise(['audio', ...words])
    expect([code, err]).toEqual([0, ''])
    expect(linesOf(out).map(({ id, vector }) => [id, vector.length])).toEqual(words.map((id) => [id, 256]))
  })

  test('does the rest where one file is missing, and says which', async () => {
    const { code, out, err } = await poolwise(['audio', bat, 'missing.wav', zip])
    expect(code).toBe(1)
    expect(linesOf(out).map(({ id }) => id)).toEqual([bat, zip])
    expect(err.trimEnd().split('\n')).toEqual([expect.stringMatching(/^error: .*missing\.wav.*ENOENT/)])
  })

  test('does the rest where a pattern matches nothing, in threads too, and ends with 3 where there is no rest', async () => {
    const none = 'error: audioFiles: expected files that match "none/*.wav", got none\n'
    const [one, two, alone] = await Promise.all([
      poolwise(['audio', 'none/*.wav', bat]),
      poolwise(['audio', 'none/*.wav', bat, '--concurrency', '2']),
      poolwise(['audio', 'none/*.wav']),
    ])
    expect([one.code, one.err, two.code, two.err]).toEqual([1, none, 1, none])
    expect(linesOf(one.out).map(({ id }) => id)).toEqual([bat])
    expect(two.out).toBe(one.out)
    expect([alone.code, alone.out, alone.err]).toEqual([3, '', `${none}error: no input gave a vector\n`])
  })

  test('threads give the same bytes in the same order, and count what fails', async () => {
    const inputs = [...words, 'missing.wav', 'samples/audio/minute.wav', ...words.map((word) => word.replace('words/', 'words/./'))]
    const options = ['--pool', 'mean,power(p=3)', '--window', '200ms']
    const one = await poolwise(['audio', ...inputs, ...options, '--out', at('one.npy')])
    const two = await poolwise(['audio', ...inputs, ...options, '--out', at('two.npy'), '--concurrency', '2'])
    expect([one.code, two.code]).toEqual([1, 1])
    expect(two.err).toBe(one.err)
    expect(readFileSync(at('two.npy')).equals(readFileSync(at('one.npy')))).toBe(true)
    expect(readFileSync(at('two.ids.jsonl'), 'utf8')).toBe(readFileSync(at('one.ids.jsonl'), 'utf8'))
    expect(readFileSync(at('one.ids.jsonl'), 'utf8').split('\n').length).toBeGreaterThan(300)
  })

  test('reads raw PCM from standard input as it reads the file', async () => {
    const bytes = readFileSync(bat).toString('latin1')
    const options = ['--features', 'mfcc(coefficients=5),deltas', '--window', '100ms']
    const file = await poolwise(['audio', bat, ...options])
    const raw = await poolwise(['audio', '-', '--rate', '16000', '--encoding', 's16le', ...options], { input: bytes.slice(44) })
    const encoded = await poolwise(['audio', '-', ...options], { input: bytes })
    expect(file.code).toBe(0)
    expect(linesOf(file.out)).toHaveLength(4)
    expect(linesOf(raw.out)).toEqual(linesOf(file.out).map((line) => ({ ...line, id: 'stdin' })))
    expect(encoded.out).toBe(raw.out)
  })

  test('reads files of raw PCM, in threads too', async () => {
    const bytes = readFileSync(bat)
    const paths = [write('bat-1.raw', bytes.subarray(44)), write('bat-2.raw', bytes.subarray(44))]
    const options = ['--features', 'mfcc(coefficients=5)', '--window', '100ms']
    const file = await poolwise(['audio', bat, ...options])
    const raw = await poolwise(['audio', ...paths, '--rate', '16000', '--concurrency', '2', ...options])
    expect([raw.code, raw.err]).toEqual([0, ''])
    expect(linesOf(raw.out)).toEqual(paths.flatMap((id) => linesOf(file.out).map((line) => ({ ...line, id }))))
    const law = write(
      'call.raw',
      Uint8Array.from({ length: 8000 }, (_, i) => (i * 7) % 256),
    )
    const call = await poolwise([
      'audio',
      law,
      'missing.raw',
      '--rate',
      '8000',
      '--encoding',
      'mulaw',
      '--features',
      'logMel',
      '--bands',
      '2',
    ])
    expect([call.code, linesOf(call.out).map(({ end }) => end)]).toEqual([1, [0.995]])
    expect(call.err).toContain('pcmFiles: missing.raw: expected a file that can be read')
  })

  test('names the file whose rate or samples are none, and does the rest', async () => {
    const slow = write('slow.wav', wavOf(new Uint8Array(16384), { rate: 1 }))
    const values = Float32Array.from({ length: 8000 }, (_, i) => (i === 10 ? Number.NaN : 0.5))
    const nan = write('nan.wav', wavOf(new Uint8Array(values.buffer), { bits: 32, format: 3 }))
    const { code, out, err } = await poolwise(['audio', bat, slow, nan, zip])
    expect([code, linesOf(out).map(({ id }) => id)]).toEqual([1, [bat, zip]])
    expect(err).toBe(
      `error: audioFiles: ${slow}: expected a rate from 16 to 384000 Hz, got 1 Hz\nerror: audioFiles: ${nan}: expected samples between −2⁴⁰ and 2⁴⁰, got NaN at sample 10, after 0.000625 s\n`,
    )
  })

  test('reads a manifest', async () => {
    const { code, out } = await poolwise(['audio', '--manifest', 'samples/audio/manifest.csv', '--bands', '16', '--pool', 'max'])
    expect(code).toBe(0)
    expect(linesOf(out)[0]).toMatchObject({ id: 'ferry-1', label: 'v1' })
  })

  test('says which input is shorter than a window', async () => {
    const { code, out, err } = await poolwise(['audio', bat, 'samples/audio/minute.wav', '--window', '10s', '--bands', '20'])
    expect([code, err]).toEqual([0, `note: ${bat}: shorter than a window, so it gives no vector\n`])
    expect(linesOf(out)).toHaveLength(5)
  })

  test('ends with 3 and leaves no file where nothing came of any input', async () => {
    const { code, err } = await poolwise(['audio', bat, '--window', '1s', '--out', at('nothing.csv')])
    expect(code).toBe(3)
    expect(err).toContain('error: no input gave a vector')
    expect(readdirSync(folder).filter((name) => name.includes('nothing'))).toEqual([])
  })

  test('ends quietly when its reader has had enough', async () => {
    const { code, out, err } = await poolwise(['audio', 'samples/audio/words/*.wav'], { closeAfter: 10 })
    expect([code, err]).toEqual([0, ''])
    expect(linesOf(out.slice(0, out.indexOf('\n')))[0]!.vector).toHaveLength(256)
  })

  test('writes what it has heard when it is told to stop', async () => {
    const pcm = readFileSync('samples/audio/minute.wav').toString('latin1').slice(44)
    const [node, main] = command
    const child = spawn(node, [main, 'audio', '-', '--rate', '16000', '--window', '1s', '--out', at('stopped.jsonl')])
    const ended = new Promise((resolve) => child.on('close', resolve))
    child.stdin.on('error', () => {})
    const begun = () => readdirSync(folder).some((name) => name.startsWith('.stopped.jsonl'))
    // But for what the pipe itself holds, all has been read then.
    await new Promise((resolve) => child.stdin.write(pcm, 'latin1', resolve))
    expect(begun()).toBe(true)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(begun()).toBe(false)
    expect(linesOf(readFileSync(at('stopped.jsonl'), 'utf8'))).toHaveLength(59)
  })
})

test('wrong usage ends with 2 and one line', async () => {
  const { code, out, err } = await poolwise(['audio', bat, '--pool', 'maxx'])
  expect([code, out, err]).toEqual([2, '', 'error: stages[7].pooling: pyramidPool: unknown pooling "maxx"; did you mean "max"?\n'])
})

test('output that cannot be written ends with 3 before any input is read', async () => {
  const { code, err } = await poolwise(['audio', 'missing.wav', '--out', at('no/such/folder/x.csv')])
  expect(code).toBe(3)
  expect(err).toMatch(/^error: toCsv: expected a path that can be written, got ".*x\.csv" \(ENOENT.*\n$/)
})

describe.concurrent('poolwise text', () => {
  const letter = write('letter.txt', 'The sea rises.\nThe sea.\n')

  test('embeds and averages, without punctuation', async () => {
    const { code, out, err } = await poolwise(['text', letter, ...plain, '--by', 'line'])
    expect([code, err]).toEqual([0, ''])
    expect(linesOf(out)).toEqual([
      { id: `${letter}:1`, start: 0, end: 4, weight: 3, coverage: 1, vector: [0.33333334, 2] },
      { id: `${letter}:2`, start: 0, end: 3, weight: 2, coverage: 1, vector: [0.5, 1] },
    ])
  })

  test('takes a model’s pooling, and writes whole numbers in one byte each', async () => {
    const config = write('1_Pooling.json', '{"word_embedding_dimension":2,"pooling_mode_mean_tokens":true,"pooling_mode_lasttoken":true}')
    const options = [...plain, '--by', 'line', '--pool', config]
    const { out } = await poolwise(['text', letter, ...options])
    // The last seen word of both lines, after the means.
    expect(linesOf(out).map(({ vector }) => vector)).toEqual([
      [0.33333334, 2, 0, 4],
      [0.5, 1, 0, 2],
    ])
    const quantized = ['--then', 'truncate(dimensions=3),l2Normalize,quantize(precision=ubinary)', '--dtype', 'uint8', '--out']
    const one = await poolwise(['text', letter, ...options, ...quantized, at('bits.npy')])
    expect([one.code, one.err]).toEqual([0, ''])
    expect([...readFileSync(at('bits.npy')).subarray(128)]).toEqual([0b11000000, 0b11000000])
    const wrong = await poolwise(['text', letter, ...options, '--dtype', 'int8', '--out', at('wrong.npy')])
    expect([wrong.code, existsSync(at('wrong.npy'))]).toEqual([3, false])
    expect(wrong.err).toContain("toNpy: with dtype 'int8' values must be whole numbers from -128 to 127, got 0.3333")
  })

  test('keeps hostile ids of JSON Lines, and names the lines that are none', async () => {
    const records = [
      '{"id":"__proto__","text":"sea"}',
      'no json',
      '{"id":"=1+1","text":"sea","kind":"a,b"}',
      '{"id":"constructor","text":"unknown"}',
    ]
    const input = `${records.join('\n')}\n`
    const { code, err } = await poolwise(['text', '-', '--jsonl', '--label-field', 'kind', ...plain, '--out', at('h.csv')], {
      input,
    })
    expect(code).toBe(1)
    expect(readFileSync(at('h.csv'), 'utf8')).toBe(
      'id,label,start,end,weight,coverage,dim0.mean,dim1.mean\n__proto__,,0,1,1,1,0,2\n=1+1,"a,b",0,1,1,1,0,2\nconstructor,,0,1,0,0,0,0\n',
    )
    expect(err).toContain('error: jsonl: stdin:2: expected JSON, got "no json"\n')
    expect(err).toContain('note: constructor: nothing in it was seen, so its vectors are empty (weight 0)\n')
  })

  test('goes by the ending, carries other columns through, keeps digits, and says what was not understood', async () => {
    const lines = write(
      'records.jsonl',
      '{"id":9007199254740993,"text":"the sea","start":"s","n":1.0}\n{"id":9007199254740993,"text":"das sea"}\n',
    )
    const table = write('table.csv', 'id;text;n\n12345678901234567890;sea;"a;b"\nx;sea\n')
    const all = await poolwise(['text', lines, table, ...plain, '--label-field', 'kind'])
    expect(all.code).toBe(1)
    expect(all.out.split('\n')).toEqual([
      '{"id":"9007199254740993","start":0,"end":2,"weight":2,"coverage":1,"field.start":"s","n":1.0,"vector":[0.5,1]}',
      '{"id":"9007199254740993","start":0,"end":2,"weight":1,"coverage":0.5,"vector":[0,2]}',
      '{"id":"12345678901234567890","start":0,"end":1,"weight":1,"coverage":1,"n":"a;b","vector":[0,2]}',
      '',
    ])
    expect(all.err).toBe(
      `note: 9007199254740993: an id that came before\nnote: 9007199254740993: 50 % of its words are in ${tiny}\nerror: textFiles: ${table}:3: expected 3 cells, as in the first line, got 2\n`,
    )
    const again = await poolwise(['text', '-', '--csv', '--text-field', 'n', ...plain, '--out', at('t.npy')], {
      input: 'id\ttext\tn\n1\tx\tsea\n',
    })
    expect([again.code, again.err]).toEqual([0, ''])
    expect(readFileSync(at('t.ids.jsonl'), 'utf8')).toBe('{"id":"1","start":0,"end":1,"weight":1,"coverage":1,"text":"x"}\n')
  })
})

describe.concurrent('poolwise run', () => {
  const pooling = { pooling: 'range', module: './test/pipeline/range.ts' }
  const module = new URL('../pipeline/range.ts', import.meta.url).href
  const definition = (of: object) => ({
    source: { source: 'audioFiles', inputs: words },
    stages: [
      { stage: 'logMel', bands: 3 },
      { stage: 'globalPool', pooling: of },
    ],
    sink: { sink: 'csv', path: at('run.csv') },
  })

  test('runs JSON with a pooling of its own, in threads too, into its own sink', async () => {
    const path = write('own.json', JSON.stringify(definition({ ...pooling, module })))
    const { code, err } = await poolwise(['run', path, '--concurrency', '2'])
    expect([code, err]).toEqual([0, ''])
    const rows = readFileSync(at('run.csv'), 'utf8').trimEnd().split('\n')
    expect(rows[0]).toBe('id,label,start,end,weight,mel0.range,mel1.range,mel2.range')
    expect(rows).toHaveLength(4)
  })

  test('runs TypeScript, a pipeline or a definition', async () => {
    const path = write(
      'pipeline.ts',
      `import { range } from ${JSON.stringify(module)}\nconst definition: unknown = ${JSON.stringify(definition({}))}\n
const { stages: [first] } = definition as { stages: object[] }
export default { source: { source: 'audioFiles' }, stages: [first, { stage: 'globalPool', pooling: range }] }\n`,
    )
    const { code, out, err } = await poolwise(['run', path, banana])
    expect([code, err]).toEqual([0, ''])
    expect(linesOf(out)).toMatchObject([{ id: banana, vector: [expect.any(Number), expect.any(Number), expect.any(Number)] }])
    // Files that say their pipeline cannot say this one.
    for (const out of [at('own.parquet'), at('own/')]) {
      expect((await poolwise(['run', path, banana, '--out', out])).code).toBe(0)
      const collection = await openVectors(out)
      expect([collection.rows.length, collection.pipeline]).toEqual([1, undefined])
    }
    const threads = await poolwise(['run', path, banana, '--concurrency', '2'])
    expect(threads.code).toBe(2)
    expect(threads.err).toContain('--concurrency: expected a pipeline that is JSON throughout: stages[1]')
  })
})

test('what is to be read goes to standard output', async () => {
  const all = [['--help'], ['list', 'presets'], ['explain', 'audio'], ['explain', 'audio', '--json']].map((args) => poolwise(args))
  const [help, list, explain, json] = (await Promise.all(all)) as [Ended, Ended, Ended, Ended]
  expect([help, list, explain, json].map(({ code, err }) => [code, err])).toEqual(Array(4).fill([0, '']))
  expect(help.out).toContain('Usage: poolwise')
  expect(list.out).toMatch(/^torchaudio +128 +25 ms +12\.5 ms$/m)
  expect(explain.out).toContain('vector   256 values: mfcc0.mean.1of8, ')
  expect(explain.out).toContain('task     similarity, for ')
  const [, file] = explain.out.split('as a file:\n')
  expect(JSON.parse(file!)).toEqual(recipe('audio'))
  expect(json.out).toBe(file)
})
