// The works W1 to W6 as a user writes them: ordinary Float32Arrays in, fresh ones out. Nothing of Node, so that browsers run them too.
import { apply, frames, globalPool, logMel, pool1d, signal } from 'poolwise'
import { adaptiveAvgPool2d, adaptiveMaxPool2d, avgPool2d, maxPool2d, poolTokens } from 'poolwise/tensors'

export interface Own {
  readonly input: Float32Array
  run(): { readonly data: ArrayLike<number> }
  /** The same into an array that is there. */
  again?(): { readonly data: ArrayLike<number> }
}

/** Evenly spread numbers around 0, the same everywhere: a linear congruential generator (Numerical Recipes §7.1). */
export function noise(length: number, scale = 10): Float32Array<ArrayBuffer> {
  let state = 1
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (scale * (state >> 8)) / 2 ** 23
  })
}

const inputs = new Map<string, Float32Array>()
function once(name: string, make: () => Float32Array): Float32Array {
  const known = inputs.get(name) ?? make()
  inputs.set(name, known)
  return known
}

export const image: readonly number[] = [8, 112, 112, 64]
export const plane: readonly number[] = [1, 80, 30_000, 1]
/** Frames × bands of a spectrogram. */
export const spectrogram: readonly [number, number] = [30_000, 80]
/** Sentences × tokens × dimensions. */
export const tokens: readonly [number, number, number] = [128, 512, 384]
export const rate = 16_000
export const seconds = 600

const images = () => once('images', () => noise(8 * 112 * 112 * 64))
export const bands = (): Float32Array => once('bands', () => noise(30_000 * 80))
const sentences = () => once('tokens', () => noise(128 * 512 * 384))

/** Tones that come and go, of harmonics that fall off as a voice's do, over a floor of noise; from −1 to 1. */
export function sound(length: number): Float32Array {
  const hiss = noise(length, 0.02)
  const cycle = Float64Array.from({ length: rate }, (_, i) => {
    let sum = 0
    for (let k = 1; k <= 20; k++) sum += Math.sin((2 * Math.PI * 140 * k * i) / rate + k * k) / k
    return sum / 4
  })
  return hiss.map((x, i) => x + cycle[i % rate]! * Math.abs(Math.sin(i * 0.0003)))
}
export const minutes = (): Float32Array => once('sound', () => sound(rate * seconds))

/** 1 for a token that counts: all of them, or as many of each sentence as its number modulo 512 says, 2 % to 100 %. */
export const full: Float32Array = new Float32Array(128 * 512).fill(1)
export const live = (sentence: number): number => 12 + ((sentence * 97) % 501)
export const ragged: Float32Array = Float32Array.from(full, (_, i) => Number(i % 512 < live(Math.floor(i / 512))))
export const share: number = ragged.reduce((sum, x) => sum + x, 0) / ragged.length

const slide = (pooling: 'max' | 'stats', stride: number): Own => ({
  input: bands(),
  run: () => apply(frames(bands(), { bins: 80, hop: 0.01 }), pool1d(pooling, { size: 300, stride })),
})
const meanOf = (mask: Float32Array): Own => ({
  input: sentences(),
  run: () => poolTokens({ data: sentences(), shape: tokens }, { data: mask, shape: [128, 512] }, 'mean') as { data: Float32Array },
})
const mels = (size: number): Own => ({
  input: minutes(),
  run: () => apply(signal(minutes(), { rate }), logMel({ length: 400, fft: size, bands: 80 })),
})
type Pool2d<Options> = (
  x: { data: Float32Array; shape: readonly number[] },
  options: Options & { out?: Float32Array },
) => { readonly data: ArrayLike<number> }
const tensor =
  <Options extends { out?: Float32Array }>(
    pool: Pool2d<Options>,
    input: () => Float32Array,
    shape: readonly number[],
    options: NoInfer<Options>,
  ): (() => Own) =>
  () => {
    const x = { data: input(), shape }
    const out = Float32Array.from(pool(x, options).data)
    return { input: x.data, run: () => pool(x, options), again: () => pool(x, { ...options, out }) }
  }
const half = { size: 2, stride: 2 }
const three = { size: 3, stride: 1, padding: 'same' as const }
const maps = () => once('maps', () => noise(64 * 75 * 301))
const speech = () => once('speech', () => noise(80 * 3000))
const torch = { channels: 'first' as const }

/** Their inputs are made when asked for. */
export const works: { readonly [name: string]: () => Own } = {
  'W1 max': tensor(maxPool2d, images, image, half),
  'W1 average': tensor(avgPool2d, images, image, half),
  'W2 max': tensor(maxPool2d, bands, plane, three),
  'W2 average': tensor(avgPool2d, bands, plane, three),
  'W3 max, stride 1': () => slide('max', 1),
  'W3 max, stride 10': () => slide('max', 10),
  'W3 mean + std, stride 1': () => slide('stats', 1),
  'W3 mean + std, stride 10': () => slide('stats', 10),
  'W4a mean + std + max + min': (): Own => ({
    input: bands(),
    run: () => apply(frames(bands(), { bins: 80, hop: 0.01 }), globalPool(['mean', 'std', 'max', 'min'])),
  }),
  'W4b masked mean': () => meanOf(full),
  'W4b masked mean, ragged': () => meanOf(ragged),
  'W5 log-mel, transform 512': () => mels(512),
  'W5 log-mel, transform 400': () => mels(400),
  'W6 max [64, 75, 301] → 7×7': tensor(adaptiveMaxPool2d, maps, [64, 75, 301], { size: 7, ...torch }),
  'W6 average [64, 75, 301] → 7×7': tensor(adaptiveAvgPool2d, maps, [64, 75, 301], { size: 7, ...torch }),
  'W6 max [80, 3000] → 10×100': tensor(adaptiveMaxPool2d, speech, [1, 80, 3000], { size: [10, 100], ...torch }),
  'W6 average [80, 3000] → 10×100': tensor(adaptiveAvgPool2d, speech, [1, 80, 3000], { size: [10, 100], ...torch }),
  'W6 max [64, 75, 301] → 1×1': tensor(adaptiveMaxPool2d, maps, [64, 75, 301], { size: 1, ...torch }),
  'W6 average [64, 75, 301] → 1×1': tensor(adaptiveAvgPool2d, maps, [64, 75, 301], { size: 1, ...torch }),
}
