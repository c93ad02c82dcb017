import fc from 'fast-check'
import type { OptionsOf } from 'poolwise'
import { expect, test } from 'vitest'
import { type Frames, frames, signal } from '../../src/core/frames.ts'
import { apply } from '../../src/core/stage.ts'
import { chroma, log, spectrogram } from '../../src/stages/index.ts'
import { rounded, spectra, spectrum, tone } from './signals.ts'

type ChromaOptions = OptionsOf<typeof chroma>

const pitches = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B']
const of = (block: Frames, options?: ChromaOptions) => [...apply(block, chroma(options)).data]

/** Sums for each pitch of one frame of bins `step` hertz apart, by the formulas of librosa.filters.chroma, in float64. */
function sums(row: readonly number[], step: number, a4: number): number[] {
  const place = (k: number): number => (k === 0 ? place(1) - 18 : 12 * Math.log2((16 * k * step) / a4))
  return pitches.map((_, pitch) => {
    let sum = 0
    for (let k = 0; k < row.length; k++) {
      const width = Math.max(1, place(k + 1) - place(k))
      // librosa counts pitches from A; C is the third above it.
      const bump = (p: number) => {
        const away = (((place(k) - p - 3 + 6) % 12) + 12) % 12
        return Math.exp(-0.5 * ((2 * (away - 6)) / width) ** 2)
      }
      const length = Math.sqrt(pitches.reduce((squares, _, p) => squares + bump(p) ** 2, 0))
      sum += (row[k]! * bump(pitch) * Math.exp(-0.5 * ((place(k) / 12 - 5) / 2) ** 2)) / length
    }
    return sum
  })
}

test('every channel of every seen frame is the formula in float64', () => {
  const input = fc.integer({ min: 2, max: 12 }).chain((bins) => spectra(4, bins, 2))
  fc.assert(
    fc.property(input, fc.constantFrom(440, 415.3, 452), (block, a4) => {
      const got = of(block, { a4, norm: null })
      const { bins } = block.layout
      for (let t = 0; t < block.length; t++) {
        for (let c = 0; c < 2; c++) {
          const row = Array.from({ length: bins }, (_, k) => block.data[(t * bins + k) * 2 + c]!)
          const expected = block.weights?.[t] === 0 ? pitches.map(() => 0) : sums(row, 100, a4)
          rounded(
            pitches.map((_, p) => got[(t * 12 + p) * 2 + c]!),
            expected,
          )
        }
      }
    }),
  )
})

test('bins and a whole frame are what librosa 0.11.0 prints for 8000 Hz and a transform of 64', () => {
  const rows = [0, 1, 3, 20, 32].map((bin) => Array.from({ length: 33 }, (_, k) => (k === bin ? 1 : 0)))
  const ones = Array.from({ length: 33 }, (_, k) => (k === 7 ? 4 : k === 14 ? 2 : 1))
  const block = frames([...rows, ones].flat(), { bins: 33, hop: 0.01, names: { bins: Array.from(ones, (_, k) => `hz${125 * k}`) } })
  const banks = of(block, { norm: null })
  // Columns of librosa.filters.chroma(sr=8000, n_fft=64, tuning=0, dtype=float64).
  const printed = [
    [
      0.025516658, 0.0270454248, 0.0283140608, 0.029278502, 0.0299043168, 0.030168746, 0.0300620761, 0.0295882324, 0.0287645387,
      0.0276206659, 0.0261968586, 0.024541586,
    ],
    [
      0.122943454, 0.118626175, 0.111324796, 0.101610726, 0.0902035154, 0.0778831731, 0.0850190531, 0.0969111604, 0.107440393, 0.115850429,
      0.121496557, 0.123927177,
    ],
    [
      0.0269634633, 0.0433249698, 0.0929357798, 0.169665647, 0.263615641, 0.348589839, 0.392305648, 0.375751471, 0.306297256, 0.212496516,
      0.125466219, 0.0630475329,
    ],
    [
      4.49730782e-9, 0.000134377318, 0.073539622, 0.737121183, 0.135325133, 0.000455030078, 2.80235932e-8, 3.16103721e-14, 6.53066593e-22,
      2.47119719e-31, 3.09508175e-23, 2.75677507e-15,
    ],
    [
      0.166362462, 0.00096710165, 1.02970064e-7, 2.00803793e-13, 7.17224164e-21, 4.69202143e-30, 1.42501078e-24, 2.19433283e-16,
      6.18883528e-10, 3.19696159e-5, 0.0302473956, 0.524156079,
    ],
  ]
  rounded(banks.slice(0, 60), printed.flat())
  // librosa.feature.chroma_stft of ones but for 4 in bin 7 and 2 in bin 14.
  rounded(
    of(block).slice(60),
    [
      0.457460587, 0.436262621, 0.44339187, 0.461879982, 0.468155359, 0.503661199, 0.542799871, 0.609459551, 0.821094843, 1.0, 0.810855989,
      0.647686193,
    ],
  )
})

test('a tone is its pitch, in any octave, and by any tuning', () => {
  const loudest = (hertz: number, a4?: number) => {
    const input = signal(tone(4096, 16000, hertz), { rate: 16000 })
    const { data } = apply(input, spectrogram({ length: 4096, hop: 4096 }), chroma(a4 === undefined ? {} : { a4 }))
    expect(Math.max(...data)).toBe(1)
    return pitches[data.indexOf(1)]
  }
  for (const [k, pitch] of pitches.entries()) {
    // Semitones from A4 to the C below it and up.
    for (const octave of [0.5, 1, 2]) expect(loudest(440 * octave * 2 ** ((k - 9) / 12))).toBe(pitch)
  }
  expect(loudest(415.3)).toBe('G#')
  expect(loudest(415.3, 415.3)).toBe('A')
})

test('names, clock, silence, NaN, live', () => {
  const block = spectrum([0, 0, 0], [1, NaN, 1], [0, 2, 1])
  const out = apply(block, chroma())
  expect(out.layout.names.bins).toEqual(pitches)
  expect(out.layout.clock).toEqual(block.layout.clock)
  expect([...out.data.subarray(0, 24)]).toEqual([...new Array(12).fill(0), ...new Array(12).fill(NaN)])
  expect(Math.max(...out.data.subarray(24))).toBe(1)
  const { length: _, ...layout } = block.layout
  expect(chroma().plan({ ...layout, live: true }).needs).toBeUndefined()
})

test('finite spectra of any size give no NaN', () => {
  const extreme = fc.constantFrom(0, 1e-45, 1e-38, 1, 3.4e38)
  fc.assert(
    fc.property(fc.array(extreme, { minLength: 3, maxLength: 3 }), fc.constantFrom('max' as const, null), (row, norm) => {
      expect(of(spectrum(row), { norm }).some(Number.isNaN)).toBe(false)
    }),
  )
})

test.each<[string, () => unknown]>([
  ['chroma: a4 must be a finite number > 0, got 0', () => chroma({ a4: 0 })],
  ['chroma: norm must be one of max, null, got "l2"', () => chroma({ norm: 'l2' as 'max' })],
  ['chroma: unknown option "tuning"', () => chroma({ tuning: 0 } as object)],
  [
    "chroma: expected what spectrogram() before it gives, one plane of bins named by frequency such as 'hz31.25', got",
    () => of(frames([1, 2], { bins: 2 })),
  ],
  [
    'chroma: expected magnitudes or powers, none below 0, got',
    () => apply(signal(tone(800, 16000, 440), { rate: 16000 }), spectrogram({ exponent: 1 }), log(), chroma()),
  ],
])('%s', (message, run) => {
  expect(run).toThrow(message)
})
