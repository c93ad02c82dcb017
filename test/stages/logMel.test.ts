import fc from 'fast-check'
import type { OptionsOf } from 'poolwise'
import { expect, test } from 'vitest'
import { blocks, type Frames, signal } from '../../src/core/frames.ts'
import { apply, chain } from '../../src/core/stage.ts'
import { decibels, gain, log, logMel, mel, mfcc, spectrogram } from '../../src/stages/index.ts'
import { cuts, streams } from '../laws/laws.ts'
import { dft, noise, samples, voice } from './signals.ts'

type LogMelOptions = OptionsOf<typeof logMel>

const rate = 16000
const speech = signal(voice(16000, rate), { rate })

/** ln max(mel power, 1e-10) of logMel's defaults by the definitions, in float64. */
function reference(x: Float32Array, bands: number): number[] {
  const [length, hop, size] = [400, 160, 512]
  const toHertz = (mel: number) => 700 * (10 ** (mel / 2595) - 1)
  const top = 2595 * Math.log10(1 + rate / 2 / 700)
  const corners = Array.from({ length: bands + 2 }, (_, i) => toHertz((top * i) / (bands + 1)))
  const out: number[] = []
  for (let start = 0; start + length <= x.length; start += hop) {
    const frame = Array.from({ length: size }, (_, n) =>
      n < length ? x[start + n]! * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / length)) : 0,
    )
    const { re, im } = dft(frame)
    for (let band = 0; band < bands; band++) {
      const [left, center, right] = [corners[band]!, corners[band + 1]!, corners[band + 2]!]
      const power = re.reduce((sum, a, k) => {
        const f = (k * rate) / size
        return sum + Math.max(0, Math.min((f - left) / (center - left), (right - f) / (right - center))) * (a * a + im[k]! ** 2)
      }, 0)
      out.push(Math.log(Math.max(power, 1e-10)))
    }
  }
  return out
}

test('ln-mel of something like speech is within 3e-6 of float64, 30 dB below the loudest band of a frame and further', () => {
  const got = apply(speech, logMel({ bands: 80 }))
  const expected = reference(speech.data, 80)
  expect(got.data.length).toBe(expected.length)
  let worst = 0
  for (let frame = 0; frame < expected.length; frame += 80) {
    const loudest = Math.max(...expected.slice(frame, frame + 80))
    for (let i = frame; i < frame + 80; i++) {
      // Float32 samples under a float32 window carry rounding noise of one level over all bins, so what lies deeper is known less well, by its amplitude.
      const depth = Math.exp((loudest - expected[i]!) / 2) / 10 ** (30 / 20)
      worst = Math.max(worst, Math.abs(got.data[i]! - expected[i]!) / Math.max(1, depth))
    }
  }
  console.log(`largest error of ln-mel: ${worst.toExponential(2)}`)
  expect(worst).toBeLessThan(3e-6)
})

const choices = fc.constantFrom<LogMelOptions>(
  { fft: 16, length: 12, hop: 5, bands: 4 },
  { fft: 15, hop: 4, bands: 3, offset: 1e-6, exponent: 1 },
  { length: 10, hop: 30, bands: 3, base: 10, scale: 'slaney', norm: 'slaney' },
  { fft: 9, hop: 2, bands: 2, center: true, padding: 'zeros', align: 'center', periodic: false },
  { preset: 'kaldi', bands: 3, length: 16, hop: 4 },
  { preset: 'librosa', fft: 16, hop: 4, bands: 3 },
)

test('the same bits whatever the blocks, saved or not, length known or not', () => {
  fc.assert(
    fc.property(choices, samples(60, 2), cuts, fc.nat(60), (options, input, sizes, at) => streams(logMel(options), input, sizes, at)),
  )
})

test('a long signal in blocks of one sample gives the bits of one call', () => {
  const plan = logMel().plan(speech.layout)
  const machine = plan.open()
  const parts = [...blocks(speech, 1)].map((block) => machine.push(block)).filter((block): block is Frames => block !== undefined)
  expect(machine.close()).toBeUndefined()
  expect(parts.flatMap((part) => [...part.data])).toEqual([...apply(speech, logMel()).data])
})

test('one pass gives the bits of spectrogram, mel and log one after the other', () => {
  const framing = { length: '25ms', hop: '10ms', window: 'hamming' } as const
  const bands = { bands: 30, scale: 'slaney', norm: 'slaney', low: 100 } as const
  const [once, steps] = [logMel({ ...framing, ...bands, floor: 1e-5 }), chain(spectrogram(framing), mel(bands), log({ floor: 1e-5 }))].map(
    (stage) => apply(speech, stage),
  )
  expect([...once!.data]).toEqual([...steps!.data])
  expect(once!.layout).toEqual(steps!.layout)
})

test('preset librosa is its stages by hand, and whisper the formula of its log-mel', () => {
  const short = signal(voice(4000, rate), { rate })
  const bands = { scale: 'slaney', norm: 'slaney' } as const
  const librosa = chain(
    spectrogram({ fft: 2048, hop: 512, center: true, padding: 'zeros' }),
    mel({ bands: 128, ...bands }),
    decibels({ range: 80 }),
  )
  expect([...apply(short, logMel({ preset: 'librosa' })).data]).toEqual([...apply(short, librosa).data])

  const power = apply(short, spectrogram({ fft: 400, hop: 160, center: true }), mel({ bands: 80, ...bands }))
  const whisper = apply(short, logMel({ preset: 'whisper' }))
  expect(power.length).toBe(26)
  expect(whisper.length).toBe(25)
  const levels = [...power.data.subarray(0, whisper.data.length)].map((x) => Math.log10(Math.max(x, 1e-10)))
  const most = Math.max(...levels)
  levels.forEach((level, i) => {
    expect(Math.abs(whisper.data[i]! - (Math.max(level, most - 8) + 4) / 4)).toBeLessThan(1e-6)
  })
  expect(() => logMel({ preset: 'whisper' }).plan(signal([], { rate: 8000 }).layout)).toThrow('expects 16000 samples per second, got 8000')
})

test('what needs the whole clip says so and is refused live', () => {
  const { length: _, ...layout } = speech.layout
  const live = { ...layout, live: true as const }
  expect(logMel().plan(live).layout.live).toBe(true)
  expect(logMel().plan(layout).needs).toBeUndefined()
  for (const stage of [logMel({ preset: 'librosa' }), logMel({ preset: 'whisper' }), mfcc({ preset: 'torchaudio' })]) {
    expect(stage.plan(layout).needs).toBe('end')
    expect(() => stage.plan(live)).toThrow('expected a sequence that ends, got a live source')
  }
})

test('after gain normalization features do not depend on the level', () => {
  const of = (level: number, by: 'rms' | 'peak') =>
    apply({ ...speech, data: speech.data.map((x) => x * level) }, gain({ of: by }), logMel()).data
  for (const by of ['rms', 'peak'] as const) {
    const plain = of(1, by)
    for (const level of [0.1, 10]) {
      const worst = of(level, by).reduce((most, y, i) => Math.max(most, Math.abs(y - plain[i]!)), 0)
      expect(worst).toBeLessThan(1e-4)
    }
  }
  const apart = apply({ ...speech, data: speech.data.map((x) => x * 10) }, logMel()).data[0]! - apply(speech, logMel()).data[0]!
  expect(apart).toBeCloseTo(Math.log(100), 4)
})

test('what is given as undefined is not given: a preset, or our default, stays', () => {
  const nothing = { bands: undefined, fft: undefined, hop: undefined, floor: undefined } as object
  for (const preset of ['torchaudio', 'librosa', 'kaldi', 'whisper'] as const)
    expect(apply(speech, logMel({ preset, ...nothing }))).toEqual(apply(speech, logMel({ preset })))
  for (const preset of ['torchaudio', 'librosa', 'kaldi'] as const)
    expect(apply(speech, mfcc({ preset, ...nothing }))).toEqual(apply(speech, mfcc({ preset })))
  expect(apply(speech, mfcc(nothing))).toEqual(apply(speech, mfcc()))
})

test('the bands that mfcc declares are those it takes', () => {
  const { bands } = mfcc.options
  expect(apply(speech, mfcc({ bands: bands!.missing as number }))).toEqual(apply(speech, mfcc()))
})

test('silence is the logarithm of the floor', () => {
  const { data } = apply(signal(new Float32Array(800), { rate }), logMel())
  expect(data.every((y) => Math.abs(y - Math.log(1e-10)) < 2e-6)).toBe(true)
})

test('how fast it is: printed, never asserted', () => {
  const minute = signal(noise(60 * rate), { rate })
  apply(speech, logMel())
  const before = performance.now()
  const { length } = apply(minute, logMel())
  console.log(`logMel at 16 kHz: ${Math.round(60000 / (performance.now() - before))} × real time`)
  expect(length).toBe(5998)
})

test.each<[string, () => unknown]>([
  [
    'logMel: preset must be one of torchaudio, librosa, kaldi, whisper, got "kaldy"; did you mean "kaldi"?',
    () => logMel({ preset: 'kaldy' as 'kaldi' }),
  ],
  ['logMel: expected floor or offset, got both', () => logMel({ floor: 1, offset: 1 })],
  ['logMel: preset librosa has its own logarithm, got option floor', () => logMel({ preset: 'librosa', floor: 1 })],
  ['logMel: unknown option "band"; did you mean "bands"?', () => logMel({ band: 3 } as LogMelOptions)],
])('%s', (message, run) => {
  expect(run).toThrow(message)
})
