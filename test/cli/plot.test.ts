import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCanvas, loadImage } from '@napi-rs/canvas'
import {
  apply,
  cepstrum,
  decibels,
  frames,
  globalPool,
  kaldiFbank,
  logMel,
  lufs,
  mel as melStage,
  mfcc,
  pool1d,
  pool2d,
  segmentPool,
  signal,
  spectrogram,
} from 'poolwise'
import { recipe } from 'poolwise/node'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { color } from '../../src/cli/color.ts'
import { type Block, cellsOf, panelsOf } from '../../src/cli/panels.ts'
import { pictureOf, pipelineMeant } from '../../src/cli/plot.ts'
import type { Stage } from '../../src/core/stage.ts'
import { inside } from './inside.ts'
import { command } from './outside.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-plot-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const bat = 'samples/audio/words/bat-v1.wav'
const segments = 'logMel,detectSpeech,segmentPool(pooling=[mean,max])'
const tiny = at('tiny.txt')
writeFileSync(tiny, 'the 1 0\nsea 0 2\nland 1 1\n')

const [node, main] = command
const plot = (...args: readonly string[]) => inside('plot', ...args)

interface Picture {
  readonly width: number
  readonly height: number
  readonly rgb: (x: number, y: number) => number[]
  /** Pixels of a color. */
  count(color: readonly number[]): number
}

async function decoded(bytes: Uint8Array): Promise<Picture> {
  const image = await loadImage(Buffer.from(bytes))
  const { width, height } = image
  const context = createCanvas(width, height).getContext('2d')
  context.drawImage(image, 0, 0)
  const { data } = context.getImageData(0, 0, width, height)
  const rgb = (x: number, y: number) => [...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3)]
  const count = (wanted: readonly number[]) => {
    let found = 0
    for (let i = 0; i < data.length; i += 4) if (wanted.every((part, k) => data[i + k] === part)) found++
    return found
  }
  return { width, height, rgb, count }
}

const read = (name: string) => decoded(readFileSync(at(name)))
const red = [255, 45, 120]

/** 16-bit PCM at 16 kHz. */
function wave(name: string, samples: readonly number[]): string {
  const bytes = Buffer.alloc(44 + 2 * samples.length)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(bytes.length - 8, 4)
  bytes.write('WAVEfmt ', 8)
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(16000, 24)
  bytes.writeUInt32LE(32000, 28)
  bytes.writeUInt16LE(2, 32)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36)
  bytes.writeUInt32LE(2 * samples.length, 40)
  for (const [i, x] of samples.entries()) bytes.writeInt16LE(Math.round(32767 * x), 44 + 2 * i)
  writeFileSync(at(name), bytes)
  return at(name)
}

describe('poolwise plot', () => {
  test('writes a picture of a sound, and says where it is', async () => {
    const { status, stdout, stderr } = spawnSync(node, [main, 'plot', bat, '--pipeline', segments, '-o', at('bat.png')])
    expect([status, `${stdout}`, `${stderr}`]).toEqual([0, `${at('bat.png')}\n`, ''])
    const { width, height, count } = await read('bat.png')
    // Titles, spectrogram, and below it the bars of segments and two times 80 bands of 2 pixels, the axis of time.
    expect([width, height]).toEqual([1200, 108 + (34 + 240) + 26 + (34 + 30 + 160 + 5 + 160) + 64])
    // Two boundaries: where the word begins, and where it ends; 2 pixels over 240 rows and more.
    expect(count(red)).toBeGreaterThan(2 * 2 * 240)
    expect(count(red)).toBeLessThan(2 * 2 * 260)
  })

  test('draws what is there, when it is there', async () => {
    const sound = Array.from({ length: 32000 }, (_, i) => (i < 16000 ? 0 : 0.5 * Math.sin((2 * Math.PI * 1025.5 * i) / 16000)))
    const file = wave('tone.wav', sound)
    expect((await plot(file, '--pipeline', 'logMel,pool1d(pooling=max,size=50)', '-o', at('tone.png'))).code).toBe(0)
    const { rgb, count } = await read('tone.png')
    // 976 pixels from 96 on are two seconds. Band 28 of 80 is around (10^(29/81·log10(1 + 8000/700)) − 1)·700 = 1025.5 Hz, 3 pixels high, counted from 142 + 240 upwards.
    const level = (x: number) => rgb(x, 142 + 240 - 3 * 28 - 2)
    expect(level(96 + 244)).toEqual([...color(0)])
    expect(level(96 + 732)).toEqual([...color(1)])
    expect(level(96 + 470)).toEqual([...color(0)])
    expect(level(96 + 500)).toEqual([...color(1)])
    expect(count(red)).toBe(0)
    expect((await plot(bat, '--pipeline', 'logMel,pool1d(pooling=max,size=50)', '-o', at('other.png'))).code).toBe(0)
    expect(readFileSync(at('other.png'))).not.toEqual(readFileSync(at('tone.png')))
  })

  test('--voice draws the pitch over the spectrum, and the loudness below it', async () => {
    const sound = Array.from({ length: 16000 }, (_, i) => (i < 8000 ? 0.5 * Math.sin((2 * Math.PI * 440 * i) / 16000) : 0))
    const file = wave('voice.wav', sound)
    const args = ['--pipeline', 'logMel,globalPool(pooling=max)']
    expect((await plot(file, ...args, '--voice', '-o', at('voice.png'))).code).toBe(0)
    expect((await plot(file, ...args, '-o', at('voiceless.png'))).code).toBe(0)
    const [voice, voiceless] = [await read('voice.png'), await read('voiceless.png')]
    // A title, 44 pixels, and what is between panels; a line of 2.5 pixels over half of 976.
    expect(voice.height - voiceless.height).toBe(34 + 44 + 26)
    expect(voiceless.count(red)).toBe(0)
    expect(voice.count(red)).toBeGreaterThan(400)
    expect(voice.count(red)).toBeLessThan(976)
    const { code, err } = await plot(tiny, '--voice', '-o', at('none.png'))
    expect([code, err]).toEqual([2, expect.stringContaining('--voice: expected a source of sound, got one of text')])
  })

  test('draws text: tokens, sentences, topics', async () => {
    writeFileSync(at('text.txt'), 'The sea. The land. The sea, the land.')
    const stages = `embed(vectors=${tiny}),segmentPool(pooling=mean),markBoundaries(at=[2]),segmentPool(pooling=max)`
    expect((await plot(at('text.txt'), '--pipeline', stages, '-o', at('text.png'))).code).toBe(0)
    const { width, count } = await read('text.png')
    expect(width).toBe(1200)
    // Three sentences begin among the tokens, and one topic among the sentences.
    expect(count(red)).toBeGreaterThan(2 * (3 * 200 + 280))
  })

  test('of a list it draws the sequence that is named, by a pipeline from a file too', async () => {
    const list = 'samples/audio/manifest.csv'
    const path = at('pipeline.json')
    const source = { source: 'manifest' }
    writeFileSync(path, JSON.stringify({ source, stages: [{ stage: 'logMel' }, { stage: 'globalPool', pooling: 'max' }] }))
    expect((await plot(list, '--id', 'umbrella', '--pipeline', path, '-o', at('a.png'))).code).toBe(0)
    expect((await plot(list, '--id', 'umbrella', '--pipeline', 'logMel,globalPool(pooling=max)', '-o', at('b.png'))).code).toBe(0)
    expect((await plot(list, '--pipeline', path, '-o', at('c.png'))).code).toBe(0)
    expect(readFileSync(at('a.png'))).toEqual(readFileSync(at('b.png')))
    expect(readFileSync(at('a.png'))).not.toEqual(readFileSync(at('c.png')))
  })

  test('without a pipeline it draws what poolwise audio and poolwise text do', async () => {
    expect((await plot(bat, '-o', at('default.png'))).code).toBe(0)
    expect((await read('default.png')).width).toBe(1200)
    const { pipeline } = await pipelineMeant(undefined, 'a.wav')
    expect([pipeline.source, pipeline.stages.map(({ stage }) => stage)]).toEqual([
      { source: 'audioFiles' },
      recipe('audio').stages.map(({ stage }) => stage),
    ])
    for (const [file, source] of [
      ['list.csv', 'manifest'],
      ['a.txt', 'textFiles'],
      ['a.JSONL', 'textFiles'],
      ['-', 'audioFiles'],
    ] as const)
      expect((await pipelineMeant(undefined, file)).pipeline.source.source).toBe(source)
  })

  test('names the picture after the file', () => {
    expect(pictureOf('talks/first.part.wav', undefined)).toBe('first.part.png')
    expect(pictureOf('-', undefined)).toBe('stdin.png')
    expect(pictureOf('a.wav', 'b.PNG')).toBe('b.PNG')
  })

  test.each<[string, string[]]>([
    ['--out: expected a file that ends in .png, got "x.jpg"', [bat, '--pipeline', segments, '-o', 'x.jpg']],
    ['stageFrom: unknown stage "logMell"; did you mean "logMel"?', [bat, '--pipeline', 'logMell']],
    ['--pipeline: expected a name at character 1', [bat, '--pipeline', '']],
    ['pipeline: expected a file that can be read', [bat, '--pipeline', 'missing.json']],
    ['stages[0].shortest: detectSpeech: ', [bat, '--pipeline', 'detectSpeech(shortest=-1)']],
  ])('ends with 2: %s', async (message, args) => {
    const { code, err } = await plot(...args)
    expect(err).toContain(message)
    expect(code).toBe(2)
  })

  test('ends with 3, names the input and leaves no picture where it cannot be read, drawn or written', async () => {
    const list = 'samples/audio/manifest.csv'
    writeFileSync(at('empty.txt'), '')
    const refused: [string[], RegExp][] = [
      [['missing.wav', '--pipeline', segments, '-o', at('none.png')], /^error: .*missing\.wav.*ENOENT/],
      [
        [list, '--id', 'nobody', '--pipeline', segments, '-o', at('none.png')],
        /^error: nobody: expected a sequence of this id, got none\n$/,
      ],
      [
        [at('empty.txt'), '--pipeline', `embed(vectors=${tiny}),globalPool(pooling=max)`, '-o', at('none.png')],
        /empty\.txt: expected frames to draw, got none/,
      ],
      [[bat, '--pipeline', segments, '-o', at('no/none.png')], /plot: expected a path that can be written/],
    ]
    for (const [args, message] of refused) {
      const { code, err } = await plot(...args)
      expect(err).toMatch(message)
      expect(code).toBe(3)
    }
    expect(existsSync(at('none.png'))).toBe(false)
  })

  test('writes to standard output where asked, and nothing but the picture', async () => {
    const { status, stdout } = spawnSync(node, [main, 'plot', bat, '--pipeline', segments, '-o', '-'], {
      maxBuffer: 2 ** 24,
    })
    expect(status).toBe(0)
    expect((await decoded(stdout)).width).toBe(1200)
    expect(stdout.subarray(-8, -4).toString('latin1')).toBe('IEND')
  })
})

test('says what to install where nothing can draw', async () => {
  vi.doMock('@napi-rs/canvas', () => {
    throw new Error('none')
  })
  try {
    expect(await plot(bat, '--pipeline', segments, '-o', at('undrawn.png'))).toEqual({
      code: 3,
      err: expect.stringMatching(
        /plot: expected @napi-rs\/canvas and dejavu-fonts-ttf to be installed; npm install @napi-rs\/canvas dejavu-fonts-ttf\n$/,
      ),
    })
    expect(existsSync(at('undrawn.png'))).toBe(false)
  } finally {
    vi.doUnmock('@napi-rs/canvas')
  }
})

describe('panels', () => {
  const load = (...stages: Parameters<typeof panelsOf>[1]['stages']) => ({ stages }) as unknown as Parameters<typeof panelsOf>[1]

  test('cells: around the middles of windows that overlap, else from start to start', () => {
    expect(
      cellsOf([
        [0, 4],
        [1, 5],
        [2, 6],
      ]),
    ).toEqual([
      [1.5, 2.5],
      [2.5, 3.5],
      [3.5, 4.5],
    ])
    expect(
      cellsOf([
        [0, 1.1],
        [1, 4.1],
        [5, 6],
      ]),
    ).toEqual([
      [0, 1],
      [1, 4.1],
      [5, 6],
    ])
    expect(
      cellsOf([
        [4, 6],
        [0, 2],
      ]),
    ).toEqual([
      [4, 6],
      [0, 2],
    ])
    expect(cellsOf([])).toEqual([])
  })

  test('a pooling begins a panel; a list of poolings is a block each; the windows are the spans', () => {
    const input = frames([1, 2, 3, 4, 5, 60], { bins: 1, hop: 1, boundaries: [0, 0, 1, 0, 0, 0], weights: [1, 1, 1, 1, 0, 1] })
    const [first] = panelsOf(frames([...input.data], { bins: 2 }), load(pool1d('max', { size: 2 })))
    expect([first!.names, first!.windows]).toEqual([['bin0', 'bin1'], []])
    const panels = panelsOf(
      { ...input, layout: { ...input.layout, clock: { ...input.layout.clock, unit: 'token' } } },
      load(segmentPool(['mean', 'max'])),
    )
    expect(panels).toHaveLength(1)
    const [{ blocks, windows, marks, title }] = panels as [(typeof panels)[number]]
    expect(title).toBe('segmentPool(pooling=[mean, max])')
    expect(blocks.map(({ name, values }) => [name, [...values]])).toEqual([
      ['mean', [1.5, Math.fround((3 + 4 + 60) / 3)]],
      ['max', [2, 60]],
    ])
    expect([windows, marks]).toEqual([
      [
        [0, 2],
        [2, 6],
      ],
      [],
    ])
  })

  test('with the voice, the line is the pitch, broken where there is none', () => {
    const sound = signal(
      Float32Array.from({ length: 16000 }, (_, i) => (i < 8000 ? Math.sin((2 * Math.PI * 440 * i) / 16000) : 0)),
      { rate: 16000 },
    )
    const [spectrum, loudness, pooled, ...others] = panelsOf(sound, load(logMel(), globalPool('max')), true)
    expect(others).toEqual([])
    const found = spectrum!.line.filter(([, hertz]) => Number.isFinite(hertz))
    expect(found.length).toBeGreaterThan(30)
    expect(found.filter(([time, hertz]) => time > 0.55 || (time < 0.47 && Math.abs(hertz - 440) > 4.4))).toEqual([])
    expect(spectrum!.line.length).toBeGreaterThan(found.length + 30)
    expect(loudness!.blocks[0]!.values).toEqual(apply(sound, lufs()).data)
    expect(pooled!.line).toEqual([])
  })

  test('sound without a spectrum among its stages gets one', () => {
    const sound = signal(
      Float32Array.from({ length: 8000 }, (_, i) => Math.sin(i)),
      { rate: 8000 },
    )
    const panels = panelsOf(sound, load(pool1d('max', { size: 800 })))
    expect(panels.map(({ title, axis }) => [title, axis])).toEqual([
      ['for orientation, not in the pipeline: logMel', 'mel'],
      ['pool1d(pooling=max,size=800)', ''],
    ])
    // Below the loudest, and no lower than 70 dB.
    expect(panels[0]!.blocks[0]!.scale).toEqual({ ends: [-70, 0], unit: 'dB' })
    expect(Math.max(...panels[0]!.blocks[0]!.values)).toBe(0)
    expect(panels[0]!.hertz).toHaveLength(80)
  })

  const sound = signal(
    Float32Array.from({ length: 16000 }, (_, i) => Math.sin(i * i * 1e-4)),
    { rate: 16000 },
  )

  test('what is drawn is what was computed: the frames that are pooled, and the spectrum that they are made of', () => {
    const mel = logMel({ bands: 20 })
    const [first, second, ...more] = panelsOf(sound, load(mel, pool1d('max', { size: 8 })))
    expect(more).toEqual([])
    expect([first!.title, first!.names.length, first!.blocks[0]!.values]).toEqual(['logMel(bands=20)', 20, apply(sound, mel).data])
    expect(second!.blocks[0]!.values).toEqual(apply(sound, mel, pool1d('max', { size: 8 })).data)
    const titles = (...stages: Stage[]) => panelsOf(sound, load(...stages)).map(({ title }) => title)
    expect(titles(spectrogram(), melStage({ bands: 10 }), decibels(), cepstrum({ coefficients: 4 }), globalPool('mean'))).toEqual([
      'spectrogram → mel(bands=10) → decibels',
      '→ cepstrum(coefficients=4)',
      'globalPool(pooling=mean)',
    ])
    expect(titles(mfcc())).toEqual(['for orientation, not in the pipeline: logMel', 'mfcc'])
  })

  test('rows have their frequencies in every panel, and rows of several bins those between', () => {
    const tone = signal(
      Float32Array.from({ length: 16000 }, (_, i) => Math.sin((2 * Math.PI * 1500 * i) / 16000)),
      { rate: 16000 },
    )
    for (const stage of [
      logMel({ bands: 40 }),
      logMel({ bands: 30, low: 300, high: 4000 }),
      logMel({ preset: 'librosa' }),
      logMel({ preset: 'kaldi' }),
      logMel({ preset: 'whisper' }),
      kaldiFbank({ bands: 40, high: 6000 }),
      spectrogram({ length: 1024 }),
      logMel({ bands: 64, scale: 'slaney', norm: 'slaney' }),
    ]) {
      for (const { hertz, names, blocks } of panelsOf(tone, load(stage, pool2d('mean', { size: [4, 2] })))) {
        expect(hertz).toHaveLength(names.length)
        const { values, rows } = blocks[0]!
        const middle = values.subarray(rows * 2, rows * 3)
        const loudest = middle.indexOf(Math.max(...middle))
        const nearest = hertz!.reduce((best, one, i) => (Math.abs(one - 1500) < Math.abs(hertz![best]! - 1500) ? i : best), 0)
        expect(Math.abs(loudest - nearest)).toBeLessThanOrEqual(1)
      }
    }
  })

  test('one scale for all that keeps values: means and maxima, not deviations', () => {
    const scales = panelsOf(sound, load(decibelsOf(), pool1d(['mean', 'max', 'std'], { size: 8 }))).map(({ blocks }) =>
      blocks.map(({ scale }) => scale),
    )
    const [[features], [mean, max, std]] = scales as [Block['scale'][], Block['scale'][]]
    expect([mean, max]).toEqual([features, features])
    expect(features!.unit).toBe('dB')
    expect(std).not.toEqual(features)
    // The second pooling has a plane of each output for each plane of its input.
    const twice = panelsOf(sound, load(decibelsOf(), pool1d(['mean', 'std'], { size: 8 }), globalPool(['max', 'sum']))).at(-1)!
    expect(twice.blocks.map(({ name, scale }) => [name, scale.unit])).toEqual([
      [twice.blocks[0]!.name, 'dB'],
      [twice.blocks[1]!.name, ''],
      [twice.blocks[2]!.name, ''],
      [twice.blocks[3]!.name, ''],
    ])
  })

  const decibelsOf = () => logMel({ preset: 'librosa' })
})
