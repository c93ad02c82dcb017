// What every engine hears: numbers from integers alone, so that no engine's own functions have a part in them.
import { apply, type Frames, frames, logMel, mel, type Size, signal, spectrogram, type Values } from 'poolwise'

/** Whole numbers from −2¹⁵ to 2¹⁵ that follow from a seed (Mulberry32). */
export function whole(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 16) - 2 ** 15
  }
}

export function numbers(count: number, seed: number, scale = 2 ** -13): Float32Array {
  const next = whole(seed)
  return Float32Array.from({ length: count }, () => next() * scale)
}

/** 16-bit sound: buzzes of several pitches over a low noise, and pauses. */
export function samples(rate: number, channels = 1, seconds = 2): Int16Array {
  const next = whole(channels)
  return Int16Array.from({ length: seconds * rate * channels }, (_, i) => {
    const [t, channel] = [Math.floor(i / channels), i % channels]
    const part = Math.floor((8 * t) / rate)
    const period = Math.floor(rate / (110 + 40 * part + 15 * channel))
    const buzz = part % 3 === 2 ? 0 : Math.floor((8000 * (t % period)) / period) - 4000
    return buzz + (next() >> 7)
  })
}

export function sound(rate: number, channels: number, seconds: number): Frames {
  return signal(
    Float32Array.from(samples(rate, channels, seconds), (x) => x / 2 ** 15),
    { rate, channels },
  )
}

/** A WAV file of 16-bit samples. */
export function wav(rate: number, channels: number): Uint8Array {
  const pcm = samples(rate, channels)
  const bytes = new Uint8Array(44 + 2 * pcm.length)
  const view = new DataView(bytes.buffer)
  const text = (at: number, word: string) => {
    for (let i = 0; i < word.length; i++) bytes[at + i] = word.charCodeAt(i)
  }
  text(0, 'RIFF')
  text(8, 'WAVEfmt ')
  text(36, 'data')
  for (const [at, value] of [[4, 36 + 2 * pcm.length], [16, 16], [24, rate], [28, 2 * rate * channels], [40, 2 * pcm.length]] as const) // biome-ignore format: a table
    view.setUint32(at, value, true)
  for (const [at, value] of [
    [20, 1],
    [22, channels],
    [32, 2 * channels],
    [34, 16],
  ] as const)
    view.setUint16(at, value, true)
  pcm.forEach((x, i) => {
    view.setInt16(44 + 2 * i, x, true)
  })
  return bytes
}

const length = 160
const hop = { hop: 0.01 }
const weights = Array.from(numbers(length, 7), (x, t) => (t % 7 === 3 ? 0 : t % 2 === 0 ? 1 : Math.abs(x)))
const boundaries = Array.from({ length }, (_, t) => Number(t % 37 === 5))
/** Several magnitudes, and now and then what arithmetic treats apart. */
const special = [0, -0, 1e-45, 3e38, Infinity, -Infinity, Number.NaN]

function row(bins: number, channels: number, of: (i: number) => number, options = {}): Frames {
  const data = Float32Array.from({ length: length * bins * channels }, (_, i) => of(i))
  return frames(data, { bins, channels, ...hop, ...options })
}

const [mixed, more] = [numbers(length * 10, 1), numbers(length * 10, 2)]
const mono = sound(16000, 1, 2)
const spectrum = apply(mono, spectrogram({ fft: 256, length: 256, hop: 128 as Size }))

/** Pitch, formants and spectrum side by side, as `harmonics` takes them. */
function voice(): Frames {
  const names = ['pitch', ...[1, 2, 3].flatMap((n) => [`F${n}.frequency`, `F${n}.bandwidth`])]
  const bins = [...names, ...Array.from({ length: 129 }, (_, i) => `hz${i * 62.5}`)]
  const next = whole(9)
  const of = (i: number) => {
    const [k, x] = [i % bins.length, Math.abs(next())]
    if (k === 0) return x % 5 === 0 ? 0 : 80 + (x % 200)
    return k < names.length ? (k % 2 === 1 ? 500 + 500 * k + (x % 300) : 100 + (x % 200)) : x * 2 ** -10
  }
  return row(bins.length, 1, of, { names: { bins } })
}

/** Blocks of frames of every kind that stages and poolings are for. */
export const inputs: { readonly [name: string]: Frames<Values> } = {
  rows: row(5, 2, (i) => mixed[i]!),
  weighed: row(5, 2, (i) => (weights[Math.floor(i / 10)] === 0 ? Number.NaN : mixed[i]!), { weights, boundaries }),
  positive: row(5, 2, (i) => Math.abs(mixed[i]!), { boundaries }),
  far: row(5, 2, (i) => 1000 + more[i]!, { weights }),
  special: row(5, 2, (i) => (i % 61 === 0 ? special[(i / 61) % special.length]! : mixed[i]!)),
  wide: frames(
    Float64Array.from(mixed, (x, i) => x + more[i]! * 2 ** -30),
    { bins: 5, channels: 2, ...hop },
  ),
  lane: row(1, 1, (i) => mixed[i]!, { boundaries }),
  sound: sound(16000, 1, 1),
  stereo: sound(11025, 2, 1),
  spectrum,
  mel: apply(spectrum, mel({ bands: 20 })),
  logMel: apply(mono, logMel({ bands: 20 })),
  voice: voice(),
}
