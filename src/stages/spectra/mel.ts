import { number as checkNumber, refusal } from '../../core/check.ts'
import type { Frames, Layout } from '../../core/frames.ts'
import { noted } from '../../core/notes.ts'
import { integer, number, oneOf, type Read } from '../../core/options.ts'
import { pointwise } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'

/** The options of a mel filterbank. */
export const melOptions = {
  /** How many mel bands (n_mels). */
  bands: integer(1, 65536).default(80),
  /** 'htk': 2595·log₁₀(1 + f/700). 'slaney': linear below 1 kHz, logarithmic above. Both have filters that are triangles over hertz; 'kaldi' has HTK's scale and triangles over mels. */
  scale: oneOf('htk', 'slaney', 'kaldi').default('htk'),
  /** 'slaney' divides each filter by half its width in hertz, so that all have the same area; null leaves their peaks at 1. */
  norm: oneOf('slaney', null).default(null),
  /** Lower end of the first filter (fmin). */
  low: number({ min: 0 }).default(0).unit('Hz'),
  /** Upper end of the last filter (fmax). */
  high: number().optional('half the rate').unit('Hz'),
}

/**
 * Mel filterbank: sums of a spectrogram's bins under overlapping triangles.
 *
 * Shape: frames of 1 plane × bins named by frequency (as {@link spectrogram} gives them) × channels → frames of 1 × `bands` × channels, names 'mel0', 'mel1', ….
 * Units: the spectrogram's, or per hertz with `norm: 'slaney'`. Float32, from low bins to high. A filter narrower than the bins' distance may be empty and give 0, which is
 * said on the console, once: ask for fewer bands or a larger transform.
 * Sources: torchaudio.functional.melscale_fbanks, librosa.filters.mel, Kaldi's MelBanks.
 *
 * @throws RangeError or TypeError for options that make no filters, and where the bins are not named by frequency.
 * @example
 * apply(signal(samples, { rate: 16000 }), spectrogram(), mel({ bands: 40, scale: 'slaney', norm: 'slaney' }))
 */
export const mel = /* @__PURE__ */ defineStage('mel', melOptions, (options, spec) => {
  checkMel('mel', options)
  return (input) => {
    const bank = filterbank('mel', options, namedFrequencies('mel', input))
    const layout = melLayout(input, bank.bands)
    const channels = input.channels
    const plan = pointwise(spec, input, layout, ({ data, length }: Frames) => {
      const out = new Float32Array(length * bank.bands * channels)
      for (let i = 0; i < length * channels; i++) {
        const c = i % channels
        const frame = (i - c) / channels
        bank.apply(data, frame * input.bins * channels + c, channels, out, frame * bank.bands * channels + c, channels)
      }
      return out
    })
    return noted(plan, emptyBands('mel', bank, `a spectrogram of ${input.bins} bins`))
  }
})

/** Checks what goes together and needs no layout. */
export function checkMel(who: string, { low, high }: { readonly low: number; readonly high: number | undefined }): void {
  if (high !== undefined) checkNumber(who, 'high', high, { above: low })
}

function melLayout(input: Layout, bands: number): Layout {
  return { ...input, bins: bands, names: { ...input.names, bins: melNames(bands) } }
}

export function melNames(bands: number): string[] {
  return Array.from({ length: bands }, (_, band) => `mel${band}`)
}

/** A spectrogram says its bins' frequencies in their names: 'hz31.25'. */
export function namedFrequencies(who: string, { planes, names }: Layout): number[] {
  const frequencies = names.bins.map((name) => (/^hz\d/.test(name) ? Number(name.slice(2)) : NaN))
  const rise = frequencies.every((frequency, k) => frequency < Infinity && frequency > (frequencies[k - 1] ?? -1))
  if (planes !== 1 || frequencies.length < 2 || !rise)
    throw refusal(
      who,
      "expected what spectrogram() before it gives, one plane of bins named by frequency such as 'hz31.25'",
      names.bins.slice(0, 3),
    )
  return frequencies
}

/** Triangular filters, kept without their zeros. */
export interface Filterbank {
  readonly bands: number
  /** Band b sums the weights `starts[b]` (inclusive) to `starts[b + 1]` (exclusive), the first of them times bin `firsts[b]`. */
  readonly firsts: Int32Array
  readonly starts: Int32Array
  readonly weights: Float32Array
  /** Reads bin k at `spectrum[at + k·step]`, writes band b to `out[to + b·outStep]`. */
  apply(spectrum: Float32Array, at: number, step: number, out: Float32Array, to: number, outStep: number): void
}

/**
 * What is to be said of filters that no bin lies in, as librosa and torchaudio warn of them; nothing where there are none.
 * An error would refuse what these libraries have by default: torchaudio's 128 bands of a transform of 400.
 */
export function emptyBands(who: string, { bands, starts }: Filterbank, of: string): string | undefined {
  const empty = melNames(bands).filter((_, band) => starts[band] === starts[band + 1])
  if (empty.length === 0) return undefined
  const names = empty.length > 4 ? `${empty.slice(0, 3).join(', ')} … ${empty.at(-1)}` : empty.join(', ')
  return `${who}: ${empty.length} of ${bands} bands never change (${names}), for their filters lie between the bins of ${of}; ask for fewer bands or a larger fft`
}

/** Filters over bins of the given frequencies, which must be evenly spaced from 0 on. */
export function filterbank(who: string, options: Read<typeof melOptions>, frequencies: readonly number[]): Filterbank {
  const { bands, scale, norm, low } = options
  // The last bin of an odd transform lies half a bin below half the rate.
  const top = frequencies.at(-1)!
  const high = options.high ?? top
  if (low >= high) throw refusal(who, `low must be below ${high} Hz`, low)
  if (high > top + frequencies[1]!) throw refusal(who, `high must be at most half the rate, ${top} Hz`, high)
  const { toMel, toHertz } = scales[scale]
  const [from, step] = [toMel(low), (toMel(high) - toMel(low)) / (bands + 1)]
  const corners = Array.from({ length: bands + 2 }, (_, i) => (scale === 'kaldi' ? from + i * step : toHertz(from + i * step)))
  const places = scale === 'kaldi' ? frequencies.map(toMel) : frequencies

  const starts = new Int32Array(bands + 1)
  const firsts = new Int32Array(bands)
  const weights: number[] = []
  for (let band = 0; band < bands; band++) {
    const [left, peak, right] = [corners[band]!, corners[band + 1]!, corners[band + 2]!]
    const area = norm === 'slaney' ? 2 / (right - left) : 1
    const filter = places.map((x) => Math.max(0, Math.min((x - left) / (peak - left), (right - x) / (right - peak))) * area)
    const first = Math.max(
      0,
      filter.findIndex((weight) => weight > 0),
    )
    firsts[band] = first
    for (const weight of filter.slice(first, filter.findLastIndex((weight) => weight > 0) + 1)) weights.push(weight)
    starts[band + 1] = weights.length
  }
  const packed = Float32Array.from(weights)

  return {
    bands,
    firsts,
    starts,
    weights: packed,
    apply(spectrum, at, step, out, to, outStep) {
      for (let band = 0; band < bands; band++) {
        let sum = 0
        let bin = at + firsts[band]! * step
        const end = starts[band + 1]!
        for (let k = starts[band]!; k < end; k++, bin += step) sum = Math.fround(sum + Math.fround(packed[k]! * spectrum[bin]!))
        out[to + band * outStep] = sum
      }
    },
  }
}

/** Where the filters have their peaks, in Hz. */
export function peaksOf({
  bands,
  scale,
  low,
  high,
}: Pick<Read<typeof melOptions>, 'bands' | 'scale' | 'low'> & { readonly high: number }): number[] {
  const { toMel, toHertz } = scales[scale]
  const step = (toMel(high) - toMel(low)) / (bands + 1)
  return Array.from({ length: bands }, (_, band) => toHertz(toMel(low) + (band + 1) * step))
}

interface Scale {
  toMel(hertz: number): number
  toHertz(mel: number): number
}

const htk: Scale = {
  toMel: (hertz) => 2595 * Math.log10(1 + hertz / 700),
  toHertz: (mel) => 700 * (10 ** (mel / 2595) - 1),
}

/** Slaney's Auditory Toolbox: 200/3 Hz a mel below 1 kHz, then 27 mels for each factor of 6.4. */
const slaney: Scale = {
  toMel: (hertz) => (hertz < 1000 ? (3 * hertz) / 200 : 15 + (27 * Math.log(hertz / 1000)) / Math.log(6.4)),
  toHertz: (mel) => (mel < 15 ? (200 * mel) / 3 : 1000 * 6.4 ** ((mel - 15) / 27)),
}

const kaldi: Scale = {
  toMel: (hertz) => 1127 * Math.log(1 + hertz / 700),
  toHertz: (mel) => 700 * (Math.exp(mel / 1127) - 1),
}

const scales = { htk, slaney, kaldi } as const
