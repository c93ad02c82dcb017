import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { signal } from '../../src/core/frames.ts'
import { apply } from '../../src/core/stage.ts'
import { kaldiFbank, logMel } from '../../src/stages/index.ts'
import { answers, logMelOf } from '../conformance/audio.ts'
import { type Case, difference, type Params, readCases } from '../conformance/cases.ts'

const cases = readCases(readFileSync(new URL('../golden/audio.json', import.meta.url), 'utf8'))
const having = (op: string, fits: (params: Params) => boolean): Case => cases.find((one) => one.op === op && fits(one.params))!

/** Whether a case would still pass if its parameters were taken for others; the tolerance is what the suite grants float32. */
function passes(one: Case, changed: Params): boolean {
  const given = answers[one.op]!({ ...one.params, ...changed }, one.inputs).y
  return difference(given, one.outputs.y!, 20 * 2e-5, 20 * 2e-4) === undefined
}

describe('the golden cases are sharp: each of these mistakes is far beyond their tolerance', () => {
  const melded = having('melSpectrogram', (params) => params.norm === 'slaney' && params.padMode === 'reflect' && params.nFft === 256)
  test.each<[string, Case, Params]>([
    ['zeros for reflect padding', having('spectrogram', (params) => params.center), { padMode: 'constant' }],
    ['HTK for Slaney', melded, { melScale: 'htk' }],
    ['a missing norm', melded, { norm: null }],
    ['a shorter hop', melded, { hop: 127 }],
    ['a window that is one sample longer', having('spectrogram', (params) => params.winLength === 200), { winLength: 201 }],
  ])('%s', (_, one, mistake) => {
    expect(passes(one, {})).toBe(true)
    expect(passes(one, mistake)).toBe(false)
  })

  test('a symmetric window', () => {
    const one = having('spectrogram', (params) => params.center)
    const x = Float32Array.from(one.inputs.pcm!.data, (v) => v / 32768)
    const spectrum = (periodic: boolean) => {
      const options = { fft: 256, hop: 128, center: true, offset: 0, periodic } as const
      return apply(signal(x, { rate: 8000 }), logMel(options))
    }
    const [right, wrong] = [spectrum(true), spectrum(false)]
    const beyond = right.data.filter((y, i) => Math.abs(y - wrong.data[i]!) > 20 * (2e-5 + 2e-4 * Math.abs(y)))
    expect(beyond.length).toBeGreaterThan(right.data.length / 4)
  })
})

test('presets torchaudio and kaldi, with a case’s sizes, give the bits of the stages that are compared with the references', () => {
  const one = having('logMel', (params) => params.nMels === 40 && params.melScale === 'htk')
  const input = signal(
    Float32Array.from(one.inputs.pcm!.data, (v) => v / 32768),
    { rate: 8000 },
  )
  const { nFft: size, winLength: length, hop } = one.params
  const preset = apply(input, logMel({ preset: 'torchaudio', fft: size, length, hop, bands: 40, align: 'center' }))
  expect([...preset.data]).toEqual([...logMelOf(one.params, one.inputs).data])
  expect([...apply(input, logMel({ preset: 'kaldi', bands: 30 })).data]).toEqual([...apply(input, kaldiFbank({ bands: 30 })).data])
})
