import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { type AudioOptions, audioDefinition, type TextCommandOptions, textDefinition } from '../../src/cli/definitions.ts'
import { explained } from '../../src/cli/explain.ts'
import { listed } from '../../src/cli/list.ts'
import { program } from '../../src/cli/program.ts'
import { pipelineFrom } from '../../src/node.ts'
import type { PipelineDefinition } from '../../src/pipeline/pipeline.ts'
import * as poolings from '../../src/poolings/index.ts'
import * as stages from '../../src/stages/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-program-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const write = (name: string, text: string) => {
  writeFileSync(at(name), text)
  return at(name)
}
const bat = 'samples/audio/words/bat-v1.wav'
const tiny = write('tiny.txt', 'the 1 0\nsea 0 2\n')
const three = write('config.json', '{"embedding_dimension":3,"pooling_mode":"mean"}')

describe('wrong usage is refused before any data flows', () => {
  test.each<[string, string[]]>([
    ['unknown pooling "maxx"; did you mean "max"?', ['audio', bat, '--pool', 'maxx']],
    ["unknown option '--bnads'", ['audio', bat, '--bnads', '3']],
    ["missing required argument 'files'", ['audio']],
    ["unknown command 'auido'", ['auido']],
    ['--bands: expected a whole number ≥ 1, got "many"', ['audio', bat, '--bands', 'many']],
    [
      '--out: expected a file that ends in .npy, .jsonl, .csv, .parquet, .arrows, .ark, a folder, FOLDER/, or lancedb://DIR#TABLE, postgres://…#TABLE or sqlite:FILE#TABLE, got "x.np"',
      ['audio', bat, '--out', 'x.np'],
    ],
    ['--dtype is the kind of numbers in .npy', ['audio', bat, '--dtype', 'int8', '--out', 'x.csv']],
    ['--dtype is the kind of numbers in .npy', ['audio', bat, '--dtype', 'int8']],
    ['sink: npy: dtype must be one of float32, int8, uint8, got "int4"', ['audio', bat, '--dtype', 'int4', '--out', 'x.npy']],
    ['--then: expected a name at character 1', ['audio', bat, '--then', '']],
    ['expected the file "no/config.json", got none at ', ['text', 'x.txt', '--vectors', tiny, '--pool', 'no/config.json']],
    [
      "stages[1]: sentencePooling: tokens must have the config's 3 dimensions, got 2",
      ['text', 'x.txt', '--vectors', tiny, '--pool', three],
    ],
    ['--pgvector is a form of CSV', ['audio', bat, '--pgvector', '--out', 'x.npy']],
    ['--out: expected another file than the inputs', ['text', at('same.jsonl'), '--jsonl', '--vectors', tiny, '--out', at('same.jsonl')]],
    ['--jsonl and --csv say what the files are; give one', ['text', 'x', '--jsonl', '--csv', '--vectors', tiny]],
    ['--text-field and --label-field name fields of records', ['text', 'x.txt', '-', '--text-field', 'body', '--vectors', tiny]],
    ['--concurrency says how many threads --engine threads has', ['audio', bat, '--engine', 'local', '--concurrency', '2']],
    ['--engine: the engine must be one of local, threads, bullmq, got "bull"', ['audio', bat, '--engine', 'bull']],
    ['--shard: expected a folder as --out, such as vectors/, got "x.npy"', ['audio', bat, '--shard', '8', '--out', 'x.npy']],
    ['--out: expected a file, or files as inputs', ['audio', '-', '--rate', '8000', '--out', at('folder/')]],
    ['--out: expected a folder without inputs', ['text', at('same.jsonl'), '--jsonl', '--vectors', tiny, '--out', at('')]],
    ['status: expected a folder that poolwise has written', ['status', at('')]],
    ['--concurrency: expected files as inputs', ['audio', '-', '--rate', '8000', '--concurrency', '2']],
    ['pcm: format must be one of u8, s8, s16le', ['audio', '-', '--rate', '8000', '--encoding', 'ulaw']],
    ['--rate, --encoding and --channels describe raw PCM', ['audio', bat, '--rate', '16000', '--resample', '8000']],
    ['stages[1]: pool1d: size must be a number of frames', ['text', 'x.txt', '--vectors', tiny, '--window', '1s']],
    ['pipeline: expected a file that can be read', ['run', 'missing.json']],
    [
      'stages[0].size: pool1d: size must be an integer ≥ 1, got 0',
      ['run', write('zero.json', '{"source":{"source":"audioFiles"},"stages":[{"stage":"pool1d","pooling":"max","size":0}]}'), bat],
    ],
  ])('%s', async (message, args) => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    await expect(program().parseAsync(args, { from: 'user' })).rejects.toThrow(message)
    written.mockRestore()
  })
})

describe('what is to be read fits 80 columns', () => {
  function narrow(text: string): string {
    const plain = stripVTControlCharacters(text)
    expect(plain.split('\n').filter((line) => [...line].length > 80)).toEqual([])
    return plain
  }

  test('the help of every command', () => {
    const all = [program(), ...program().commands, ...program().commands.flatMap(({ commands }) => commands)]
    expect(all).toHaveLength(23)
    for (const command of all) expect(narrow(command.helpInformation())).toContain('Usage: poolwise')
  })

  test('the help of audio and text says where to see what is done', () => {
    for (const name of ['audio', 'text']) {
      const help = program()
        .commands.find((command) => command.name() === name)!
        .helpInformation()
      expect(help).toMatch(new RegExp(`An\\s+option\\s+changes\\s+its\\s+own\\s+part.*poolwise\\s+explain\\s+${name}`, 's'))
    }
  })

  test('the help says what the exit codes mean, and shows examples', () => {
    let text = ''
    program()
      .configureOutput({
        writeOut: (more) => {
          text += more
        },
      })
      .outputHelp()
    expect(narrow(text)).toMatch(/Examples:\n {2}poolwise audio .*Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 /s)
  })

  test('list poolings has a row for every pooling', () => {
    const out = narrow(listed('poolings'))
    for (const name of Object.keys(poolings)) expect(out).toMatch(new RegExp(`^${name} +\\S`, 'm'))
    expect(narrow(listed('mean'))).toContain('Formula  Σwx / Σw\n')
  })

  test('list stages has the stages that specs may name, each once, and nothing else', () => {
    const names = narrow(listed('stages'))
      .split('\n')
      .flatMap((line) => /^(\w+) {2,}\S/.exec(line)?.[1] ?? [])
    expect(names.sort()).toEqual(Object.keys(stages).sort())
  })

  test('list gives all of it', () => {
    const out = narrow(listed(undefined))
    for (const name of ['adaptivePool2d', 'logMel', 'embed', 'whisper', 'softPool']) expect(out).toContain(name)
  })

  async function shown(definition: PipelineDefinition): Promise<string> {
    const pipeline = pipelineFrom(definition)
    return narrow(explained(pipeline.source, await pipeline.load()))
  }
  const audio = (options: AudioOptions) => shown(audioDefinition(options))
  const text = (options: TextCommandOptions) => shown(textDefinition({ vectors: tiny, ...options }, []))

  test('explain: sliding windows', async () => {
    const out = await audio({ features: 'logMel', pool: 'mean,std', window: '1s', stride: '0.5s' })
    // A log mel frame is 400 samples every 160: 100 of them span 99 · 160 + 400 samples, 1.015 s.
    expect(out).toMatch(/^pool1d +2 × 80 × 1 +500 ms +100 +1\.015 s +99$/m)
    expect(out).toMatch(/^logMel +1 × 80 × 1 +10 ms +400 +25 ms +399$/m)
    expect(out).toContain('pooling  mean, std\nvector   160 values: mel0.mean, mel1.mean, mel2.mean, … mel78.std, mel79.std\n')
  })

  test('explain: what needs the end', async () => {
    const out = await audio({ preset: 'whisper', pyramid: '1,2', pool: 'mixed(max=0.5,mean=0.5)' })
    expect(out).toMatch(/^logMel +1 × 80 × 1 .*end$/m)
    expect(out).toMatch(/^pyramidPool +3 × 80 × 1 +sequence +all +all +all +end$/m)
  })

  test('explain: what comes when it comes', async () => {
    const rows = async (...stages: object[]) => {
      const out = await shown({
        source: { source: 'audioFiles' },
        stages: [{ stage: 'logMel' }, { stage: 'detectSpeech' }, ...stages] as never,
      })
      return out
        .split('\n')
        .flatMap((line) => /^(\w*[pP]ool\w*) +\S+ × \S+ × \S+ +(.*)$/.exec(line)?.[2]?.split(/ {2,}/).join(', ').trim() ?? [])
    }
    const segments = { stage: 'segmentPool', pooling: 'mean' }
    expect(await rows(segments)).toEqual(['varies, varies, varies, varies'])
    expect((await rows({ ...segments, max: '2s' }))[0]).toBe('varies, 200, varies, 200')
    const minutes = { stage: 'pool1d', pooling: 'max', size: '60s', stride: '10s' }
    expect((await rows(segments, minutes))[1]).toBe('10 s, 60 s, varies, varies')
    expect((await rows(segments, { stage: 'globalPool', pooling: 'max' }))[1]).toBe('sequence, all, all, all')
    expect((await rows({ stage: 'adaptivePool1d', pooling: 'max', count: 3 }))[0]).toBe('varies, all, all, all')
  })

  test('explain: branches', async () => {
    const out = await audio({ features: 'beside(chain(mfcc,deltas),rms)', pool: 'mean', window: '1s' })
    expect(out).toMatch(
      /^beside +1 × 27 × 1 +10 ms +1040 +65 ms +719\n {2}chain .*\n {4}mfcc +1 × 13 × 1 .*\n {4}deltas +2 × 13 × 1 +10 ms +5 +65 ms +2\n {2}rms /m,
    )
    expect(out).toMatch(/^ {2}rms +1 × 1 × 1 +10 ms +400 +25 ms +399$/m)
    const stages = [{ stage: 'beside', stages: ['mean', ['max', 'min']].map((pooling) => ({ stage: 'globalPool', pooling })) }]
    const pooled = await shown({ source: { source: 'audioFiles' }, stages: [...stages, { stage: 'globalPool', pooling: 'max' }] as never })
    expect(pooled).toContain('pooling  mean beside max, min, then max\n')
  })

  test('list: what is made of stages takes a list of them', () => {
    for (const name of ['beside', 'chain']) expect(narrow(listed(name))).toContain('  stages  a list of stages, must be given\n')
  })

  test('explain: channels that only the files know', async () => {
    expect(await audio({ keepChannels: true })).toContain('shown for a stereo file')
  })

  test('explain: text', async () => {
    expect(await text({ window: '5', stride: '1' })).toMatch(/^pool1d +1 × 2 × 1 +1 token +5 +5 tokens +4$/m)
  })
})
