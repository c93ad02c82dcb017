import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { loadTensors } from 'poolwise/node'
import { afterAll, describe, expect, test } from 'vitest'
import { angle, rowsIn } from '../stages/corpus.ts'
import { inside as within } from './inside.ts'
import { outside } from './outside.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-cli-fit-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const write = (name: string, content: string | object) => {
  writeFileSync(at(name), typeof content === 'string' ? content : JSON.stringify(content))
  return at(name)
}

/** The command line within this process; what it throws as `main` says it. */
async function inside(...args: readonly string[]) {
  const { code, err } = await within(...args)
  return { code, err: code === 2 ? `error: ${err}` : err }
}

const poolwise = (...args: readonly string[]) => outside(args)

const texts = ['samples/text/letters.txt', 'samples/text/notes.txt']
const words = ['the', 'a', 'of', 'and', 'to', 'in', 'is', 'it', 'i', 'you', 'was', 'for', 'on', 'sea', 'letter', 'we', 'have', 'my']
const tiny = write(
  'tiny.txt',
  `${words.map((word, i) => [word, ...[1, 2, 3, 4].map((k) => Math.sin(k * (i + 1)) * k)].join(' ')).join('\n')}\n`,
)
const embedded = [
  { stage: 'embed', vectors: tiny },
  { stage: 'globalPool', pooling: 'mean' },
]
const sif = write('sif.json', {
  source: { source: 'textFiles', vectors: tiny, unit: 'sentence' },
  stages: [...embedded, { stage: 'removeComponents', fit: 'sif.safetensors', count: 2 }],
})
const components = async (name: string) => rowsIn(await loadTensors(at(name)), 'moment.components')

describe('poolwise fit', () => {
  test('makes the file that the pipeline names, and the pipeline runs with it', async () => {
    const before = await poolwise('run', sif, ...texts)
    expect([before.code, before.out]).toEqual([2, ''])
    expect(before.err).toContain('make it with poolwise fit PIPELINE FILES… --out sif.safetensors')
    expect(await poolwise('fit', sif, ...texts, '-o', at('sif.safetensors'))).toEqual({ code: 0, out: '', err: '' })
    const { code, out } = await poolwise('run', sif, ...texts)
    const vectors = out
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { vector: number[] }).vector)
    expect(code).toBe(0)
    expect(vectors.length).toBeGreaterThan(20)
    for (const component of (await components('sif.safetensors')).slice(0, 2))
      for (const vector of vectors) expect(Math.abs(vector.reduce((sum, x, i) => sum + x * component[i]!, 0))).toBeLessThan(1e-5)
  })

  test('merges the fits of two halves into that of the whole', async () => {
    expect(await inside('fit', sif, ...texts, '--out', at('whole.safetensors'))).toEqual({ code: 0, err: '' })
    expect(await inside('fit', sif, texts[0]!, '--out', at('a.safetensors'))).toEqual({ code: 0, err: '' })
    expect(await inside('fit', sif, texts[1]!, '--out', at('b.safetensors'))).toEqual({ code: 0, err: '' })
    const merging = ['fit', '--merge', at('a.safetensors'), at('b.safetensors')]
    expect(await inside(...merging, '-o', at('merged.safetensors'))).toEqual({ code: 0, err: '' })
    const [one, two, half] = [
      await components('whole.safetensors'),
      await components('merged.safetensors'),
      await components('a.safetensors'),
    ]
    const angles = one.map((vector, k) => angle(vector, two[k]!))
    console.log(`samples/text in two halves: the largest angle of ${one.length} components is ${Math.max(...angles).toExponential(1)} rad`)
    expect(one).toHaveLength(4)
    expect(Math.max(...angles)).toBeLessThan(1e-6)
    expect(angle(one[0]!, half[0]!)).toBeGreaterThan(1e-4)
    const unwritable = await inside(...merging, '-o', at('none/merged.safetensors'))
    expect(unwritable).toEqual({ code: 3, err: expect.stringMatching(/^error: saveTensors: expected a path that can be written/) })
  })

  test('makes files of branches as those of their stages alone', async () => {
    const pooled = (pooling: string, more: object) => ({ stage: 'chain', stages: [{ stage: 'globalPool', pooling }, more] })
    const source = { source: 'textFiles', vectors: tiny, unit: 'sentence' }
    const components = pooled('mean', { stage: 'removeComponents', fit: 'branch.safetensors', count: 2 })
    const scaled = pooled('first', { stage: 'normalizeBy', fit: 'scaled.safetensors' })
    const both = write('both.json', { source, stages: [embedded[0], { stage: 'beside', stages: [components, scaled], weights: [1, 0.5] }] })
    const alone = write('alone.json', { source, stages: [embedded[0], scaled] })
    for (const name of ['branch', 'scaled'])
      expect(await inside('fit', both, ...texts, '-o', at(`${name}.safetensors`))).toEqual({ code: 0, err: '' })
    const made = [at('branch.safetensors'), at('scaled.safetensors')].map((path) => readFileSync(path))
    expect((await inside('fit', sif, ...texts, '-o', at('sif.safetensors'))).code).toBe(0)
    expect((await inside('fit', alone, ...texts, '-o', at('scaled.safetensors'))).code).toBe(0)
    expect(made).toEqual([at('sif.safetensors'), at('scaled.safetensors')].map((path) => readFileSync(path)))
    const { out } = await poolwise('run', both, ...texts)
    for (const line of out.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ vector: { length: 8 } })
  })

  test('counts words, in two halves too, and texts weigh by them', async () => {
    const source = { source: 'textFiles', vectors: tiny, weights: { sif: 'counts.safetensors' } }
    const counted = write('counted.json', { source, stages: [...embedded, { stage: 'removeComponents', fit: 'both.safetensors' }] })
    const only = write('only.json', { source, stages: embedded })
    expect((await inside('fit', counted, ...texts, '-o', at('both.safetensors'))).err).toContain('--out counts.safetensors')
    expect(await inside('fit', counted, ...texts, '-o', at('counts.safetensors'))).toEqual({ code: 0, err: '' })
    expect(await inside('fit', counted, ...texts, '-o', at('both.safetensors'))).toEqual({ code: 0, err: '' })
    for (const [i, text] of texts.entries()) expect((await inside('fit', only, text, '-o', at(`${i}.safetensors`))).code).toBe(0)
    expect((await inside('fit', '--merge', at('0.safetensors'), at('1.safetensors'), '-o', at('01.safetensors'))).code).toBe(0)
    expect(readFileSync(at('01.safetensors'))).toEqual(readFileSync(at('counts.safetensors')))
    const weighed = await poolwise(
      'text',
      texts[0]!,
      '--vectors',
      tiny,
      '--weights',
      at('counts.safetensors'),
      '--stop-words',
      'keep',
      '--pool',
      'mean',
    )
    expect(weighed.out).toBe((await poolwise('run', only, texts[0]!)).out)
    expect((JSON.parse(weighed.out) as { weight: number }).weight).toBeLessThan(10)
  })

  test('learns the proportions of mixed and gated from labels, and pipelines and --pool take them', async () => {
    const said = ['bat', 'ship', 'zip'].flatMap((word) => [1, 2, 3].map((voice) => [word, `${word}-v${voice}.wav`] as const))
    const list = write(
      'said.csv',
      `id,path,label\n${said.map(([word, file]) => `${file},${resolve('samples/audio/words', file)},${word}`).join('\n')}\n`,
    )
    let made = 0
    const of = (pooling: object, window: object, among: readonly object[] = []) =>
      write(`of-${made++}.json`, {
        source: { source: 'manifest' },
        stages: [
          { stage: 'logMel', bands: 8 },
          among.length > 0 ? { stage: 'beside', stages: [...among, { ...window, pooling }] } : { ...window, pooling },
        ],
      })
    const others = [{ stage: 'globalPool', pooling: 'std' }]
    const mix = of({ pooling: 'mixed', parts: ['max', 'mean'], fit: 'mix.json' }, { stage: 'globalPool' })
    const gate = of({ pooling: 'gated', taps: 4, fit: 'gate.json' }, { stage: 'pool1d', size: 4 })
    expect(await inside('run', mix, list)).toEqual({
      code: 2,
      err: expect.stringContaining('a learned one is made with poolwise fit PIPELINE FILES… --out mix.json'),
    })
    expect(await inside('fit', mix, list, '-o', at('mix.json'))).toEqual({ code: 0, err: '' })
    expect(await inside('fit', gate, list, '-o', at('gate.json'))).toEqual({ code: 0, err: '' })
    const branch = of({ pooling: 'mixed', parts: ['max', 'mean'], fit: 'branch.json' }, { stage: 'globalPool' }, others)
    expect(await inside('fit', branch, list, '-o', at('branch.json'))).toEqual({ code: 0, err: '' })
    expect(readFileSync(at('branch.json'))).toEqual(readFileSync(at('mix.json')))
    const { parts } = JSON.parse(readFileSync(at('mix.json'), 'utf8')) as { parts: [string, number[]][] }
    expect(parts.map(([name, shares]) => [name, shares.length])).toEqual([
      ['max', 8],
      ['mean', 8],
    ])
    expect(JSON.parse(readFileSync(at('gate.json'), 'utf8'))).toMatchObject({ pooling: 'gated', gate: { length: 4 } })
    // By the pipeline, by --pool, and of its parts.
    const vectorsOf = async (...args: string[]) =>
      (await poolwise(...args)).out
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { vector: number[] }).vector)
    const byPipeline = await vectorsOf('run', mix, list)
    const whole = ['--features', 'logMel', '--bands', '8', '--pyramid', '1']
    const byPool = await vectorsOf('audio', '--manifest', list, ...whole, '--pool', at('mix.json'))
    const apart = await vectorsOf('audio', '--manifest', list, ...whole, '--pool', 'max,mean')
    expect(byPipeline).toHaveLength(9)
    expect(byPool).toEqual(byPipeline)
    for (const [i, vector] of byPipeline.entries())
      for (const [bin, x] of vector.entries())
        expect(x).toBeCloseTo(parts[0]![1][bin]! * apart[i]![bin]! + parts[1]![1][bin]! * apart[i]![8 + bin]!, 4)
    const refused: [string[], string][] = [
      [['fit', '--merge', at('mix.json'), '-o', at('x.json')], 'mix.json: expected a safetensors'],
      [
        ['run', of({ pooling: 'mixed', parts: ['min', 'mean'], fit: 'mix.json' }, { stage: 'globalPool' }), list],
        '"mix.json" must hold mixed of ["min","mean"]',
      ],
      [
        ['run', of({ pooling: 'gated', taps: 3, fit: 'gate.json' }, { stage: 'pool1d', size: 3 }), list],
        '"gate.json" must hold gated of 3',
      ],
      [
        ['run', of({ pooling: 'mixed', parts: ['max', 'mean'], fit: 'x.safetensors' }, { stage: 'globalPool' }), list],
        'fit must be a path that ends in .json',
      ],
      [
        ['fit', of({ pooling: 'mixed', parts: ['stats', 'mean'], fit: 'x.json' }, { stage: 'globalPool' }), list, '-o', at('x.json')],
        'stages[1]: mixed: every part must have one output',
      ],
      [
        [
          'fit',
          of({ pooling: 'mixed', parts: ['stats', 'mean'], fit: 'x.json' }, { stage: 'globalPool' }, others),
          list,
          '-o',
          at('x.json'),
        ],
        'stages[1].stages[1]: mixed: every part must have one output',
      ],
      [
        ['fit', of({ pooling: 'gated', fit: 'x.json' }, { stage: 'pool1d', size: 3 }), list, '-o', at('x.json')],
        'stages[1]: toGated: taps must be an integer',
      ],
    ]
    for (const [args, message] of refused) {
      const { code, err } = await inside(...args)
      expect(err).toContain(message)
      expect(code).toBe(2)
    }
    // Sounds without labels.
    const plain = write('plain-mix.json', { ...JSON.parse(readFileSync(mix, 'utf8')), source: { source: 'audioFiles' } })
    const none = await inside('fit', plain, 'samples/audio/words/bat-v1.wav', '-o', at('x.json'))
    expect(none.code).toBe(3)
    expect(none.err).toMatch(
      /bat-v1\.wav: fit: expected a sequence with a label, got one without\n.*expected vectors of at least two labels, got of 0/,
    )
    expect(existsSync(at('x.json'))).toBe(false)
  })

  test('does the rest where one file is bad, and says which', async () => {
    const standard = write('standard.json', {
      source: { source: 'audioFiles' },
      stages: [
        { stage: 'logMel', bands: 8 },
        { stage: 'normalizeBy', fit: 'standard.safetensors' },
        { stage: 'globalPool', pooling: 'mean' },
      ],
    })
    const good = 'samples/audio/words/bat-v1.wav'
    // 32-bit floats, the first of them NaN.
    const wave = Buffer.concat([readFileSync(good).subarray(0, 44), Buffer.alloc(16000)])
    wave.writeUInt16LE(3, 20)
    wave.writeUInt32LE(64000, 28)
    wave.writeUInt16LE(4, 32)
    wave.writeUInt16LE(32, 34)
    wave.writeUInt32LE(16000, 40)
    wave.writeFloatLE(Number.NaN, 44)
    writeFileSync(at('nan.wav'), wave)
    const some = await poolwise('fit', standard, at('nan.wav'), good, 'missing.wav', '-o', at('standard.safetensors'))
    expect(some.code).toBe(1)
    expect(some.err.trimEnd().split('\n')).toEqual([
      `error: audioFiles: ${at('nan.wav')}: expected samples between −2⁴⁰ and 2⁴⁰, got NaN at sample 0, after 0 s`,
      expect.stringMatching(/^error: .*missing\.wav.*ENOENT/),
    ])
    expect((await inside('fit', standard, good, '-o', at('alone.safetensors'))).code).toBe(0)
    expect(readFileSync(at('standard.safetensors'))).toEqual(readFileSync(at('alone.safetensors')))
  })

  test('ends with 3 and leaves no file where no frame was seen, or the file cannot be written', async () => {
    const none = await inside('fit', sif, 'missing.txt', '-o', at('none.safetensors'))
    const unwritable = await inside('fit', sif, texts[0]!, '-o', at('none/none.safetensors'))
    expect([none.code, unwritable.code]).toEqual([3, 3])
    expect(none.err).toContain('error: fit: expected frames that are seen, got none')
    expect(unwritable.err).toContain('error: fit: expected a path that can be written')
    expect(readdirSync(folder).filter((name) => name.includes('none'))).toEqual([])
  })

  test('ends with 2 where nothing can be fitted', async () => {
    const plain = write('plain.json', { source: { source: 'textFiles', vectors: tiny }, stages: embedded })
    const other = write('other.json', {
      source: { source: 'textFiles', vectors: tiny, unit: 'sentence' },
      stages: [embedded[0], { stage: 'normalizeBy', fit: 'other.safetensors' }],
    })
    expect((await inside('fit', other, texts[1]!, '-o', at('other.safetensors'))).code).toBe(0)
    expect((await inside('fit', sif, texts[1]!, '-o', at('same.safetensors'))).code).toBe(0)
    const refused: [string[], string][] = [
      [
        [plain, texts[0]!, '-o', at('x.safetensors')],
        'fit: expected a pipeline with a fitted stage, such as { "stage": "removeComponents", "fit":',
      ],
      [[sif, texts[0]!], "required option '-o, --out <file>'"],
      [[texts[0]!, '-o', at('x.safetensors')], 'error: pipeline: expected a .json, .ts or .js file, got'],
      [[sif, '-o', at('x.safetensors')], 'error: inputs: expected files, on the command line or as the inputs of the source'],
      [[sif, texts[0]!, '-o', texts[0]!], '--out: expected another file than the inputs'],
      [
        ['--merge', at('same.safetensors'), at('other.safetensors'), '-o', at('x.safetensors')],
        `mergeFits: ${at('other.safetensors')}: expected a fit after [{"stage":"embed"`,
      ],
      [['--merge', sif, '-o', at('x.safetensors')], 'sif.json: expected a safetensors'],
      [['--merge', at('gone.safetensors'), '-o', at('x.safetensors')], 'loadTensors: expected a file that can be read, got ENOENT'],
    ]
    for (const [args, message] of refused) {
      const { code, err } = await inside('fit', ...args)
      expect(err).toContain(message)
      expect(code).toBe(2)
    }
    expect(existsSync(at('x.safetensors'))).toBe(false)
  })
})
