// Filters that no bin lies in make lanes that never change: it is said, once, and nothing else changes.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { signal } from '../../src/core/frames.ts'
import { hearNotes, once } from '../../src/core/notes.ts'
import { apply, type Stage } from '../../src/core/stage.ts'
import { open } from '../../src/index.ts'
import { kaldiFbank, kaldiMfcc, logMel, mel, mfcc, spectrogram } from '../../src/stages/index.ts'

let said: string[] = []
let before: (text: string) => void
beforeEach(() => {
  said = []
  before = hearNotes((text) => said.push(text))
})
afterEach(() => {
  hearNotes(before)
})

const sound = (rate: number) =>
  signal(
    Float32Array.from({ length: rate / 2 }, (_, i) => 1000 * Math.sin(i * i * 12.9898)),
    { rate },
  )

test.each<[string, Stage[]]>([
  ['logMel', [logMel({ fft: 400, bands: 128 })]],
  ['logMel', [logMel({ preset: 'torchaudio' })]],
  ['logMel', [mfcc({ fft: 400, bands: 128 })]],
  ['mfcc', [mfcc({ preset: 'torchaudio' })]],
  ['mel', [spectrogram({ fft: 400 }), mel({ bands: 128 })]],
  ['kaldiFbank', [kaldiFbank({ bands: 128 })]],
  ['kaldiFbank', [logMel({ preset: 'kaldi', bands: 128 })]],
  ['kaldiMfcc', [kaldiMfcc({ bands: 128 })]],
])('%s at 16 kHz names the bands, the transform and the way out', (who, stages) => {
  const { data, layout } = apply(sound(16000), ...(stages as [Stage]))
  expect(new Set(said).size).toBe(1)
  const [, count, all, names] = said[0]!.match(
    /^\w+: (\d+) of (\d+) bands never change \((.*)\), for their filters lie between the bins of /,
  )!
  expect(said[0]).toMatch(new RegExp(`^${who}: `))
  expect(said[0]).toMatch(who === 'mel' ? /a spectrogram of 201 bins/ : /a transform of (400|512) at 16000 Hz/)
  expect(said[0]).toMatch(/; ask for fewer bands or a larger fft$/)
  expect(all).toBe('128')
  if (layout.bins !== 128) return
  // It is as many lanes as never change.
  const lanes = Array.from({ length: 128 }, (_, band) => band).filter((band) => data.every((x, i) => i % 128 !== band || x === data[band]))
  expect(lanes).toHaveLength(Number(count))
  expect(names!.startsWith(`mel${lanes[0]}`)).toBe(true)
})

test('nothing is said of filters that all see something: the defaults at every usual rate, and the other presets', () => {
  for (const rate of [8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 96000]) apply(sound(rate), logMel())
  for (const stage of [logMel({ preset: 'whisper' }), kaldiFbank(), kaldiMfcc(), mfcc()]) apply(sound(16000), stage)
  apply(sound(22050), logMel({ preset: 'librosa' }))
  expect(said).toEqual([])
})

test('planning says nothing, running does, and whoever is told once is told once', () => {
  const told: string[] = []
  hearNotes(once((text) => told.push(text)))
  const { layout } = sound(16000)
  logMel({ preset: 'torchaudio' }).plan(layout)
  expect(told).toEqual([])
  for (let i = 0; i < 3; i++) open(logMel({ preset: 'torchaudio' }), layout).peek()
  expect(told).toHaveLength(1)
  open(logMel({ preset: 'torchaudio', bands: 127 }), layout)
  expect(told).toHaveLength(2)
})
