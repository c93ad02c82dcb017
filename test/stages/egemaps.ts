// The extended Geneva set by its definitions, in float64 and plain loops, apart from the library; only where a voice is, and its pitch, are the library's.
import { apply, pitch, reveal, signal } from 'poolwise'

type Row = readonly number[]
/** A value of each frame, nothing where it is not seen. */
type Lane = readonly (number | undefined)[]

const rate = 16_000
const hop = 0.01
const total = (values: Row) => values.reduce((sum, x) => sum + x, 0)
const mean = (values: Row) => (values.length === 0 ? 0 : total(values) / values.length)
const deviation = (values: Row) => Math.sqrt(mean(values.map((x) => (x - mean(values)) ** 2)))
const upTo = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i))
const decibels = (power: number) => 10 * Math.log10(Math.max(power, 1e-10))

/** |X|² up to half the rate, by halves of halves. */
function powers(frame: Row, size: number): number[] {
  const [re, im] = transform(upTo(size, (t) => frame[t] ?? 0))
  return upTo(size / 2 + 1, (k) => re[k]! ** 2 + im[k]! ** 2)
}

function transform(values: Row): [re: number[], im: number[]] {
  const n = values.length
  if (n === 1) return [[values[0]!], [0]]
  const [[er, ei], [or, oi]] = [transform(upTo(n / 2, (k) => values[2 * k]!)), transform(upTo(n / 2, (k) => values[2 * k + 1]!))]
  const [re, im] = [new Array<number>(n), new Array<number>(n)]
  for (let k = 0; k < n / 2; k++) {
    const [c, s] = [Math.cos((2 * Math.PI * k) / n), -Math.sin((2 * Math.PI * k) / n)]
    const [x, y] = [c * or[k]! - s * oi[k]!, c * oi[k]! + s * or[k]!]
    ;[re[k], im[k], re[k + n / 2], im[k + n / 2]] = [er[k]! + x, ei[k]! + y, er[k]! - x, ei[k]! - y]
  }
  return [re, im]
}

/** Frames around every 10 ms, zeros beyond the ends. */
function framesOf(samples: Row, at: number, length: number): number[][] {
  const step = at * hop
  return upTo(Math.floor(samples.length / step) + 1, (i) => upTo(length, (t) => samples[i * step - length / 2 + t] ?? 0))
}

const hamming = (n: number, period: number) => 0.54 - 0.46 * Math.cos((2 * Math.PI * n) / period)
const toMel = (hertz: number) => 1127 * Math.log(1 + hertz / 700)
const toHertz = (mel: number) => 700 * (Math.exp(mel / 1127) - 1)

/** 26 triangles over mels, from 20 to 8000 Hz. */
const triangles = upTo(26, (b) => {
  const step = (toMel(8000) - toMel(20)) / 27
  return upTo(257, (k) => Math.max(0, 1 - Math.abs((toMel((k * rate) / 512) - toMel(20)) / step - b - 1)))
})
const bandsOf = (spectrum: Row) => triangles.map((weights) => total(spectrum.map((p, k) => p * weights[k]!)))

function loudnessOf(spectrum: Row): number {
  const step = (toMel(8000) - toMel(20)) / 27
  const ear = (f2: number) => (f2 / (f2 + 1.6e5)) ** 2 * ((f2 + 1.44e6) / (f2 + 9.61e6))
  return total(bandsOf(spectrum).map((power, b) => Math.cbrt(power * ear(toHertz(toMel(20) + (b + 1) * step) ** 2))))
}

function cepstraOf(spectrum: Row): number[] {
  const logs = bandsOf(spectrum).map((power) => Math.log(Math.max(power, 1e-10)))
  return [1, 2, 3, 4].map((k) => {
    const sum = total(logs.map((x, n) => x * Math.cos((Math.PI * k * (n + 0.5)) / 26)))
    return Math.sqrt(2 / 26) * sum * (1 + 11 * Math.sin((Math.PI * k) / 22))
  })
}

function balanceOf(spectrum: Row): { [lane: string]: number } {
  const all = spectrum.map((power, k) => ({ power: Math.max(power, 1e-10), hertz: (k * rate) / 512 }))
  const between = (low: number, high: number, closed = false) =>
    all.filter(({ hertz }) => hertz >= low && (hertz < high || (closed && hertz === high)))
  const sum = (band: typeof all) => total(band.map(({ power }) => power))
  const most = (band: typeof all) => Math.max(...band.map(({ power }) => power))
  const slope = (band: typeof all) => {
    const [x, y] = [mean(band.map(({ hertz }) => hertz)), mean(band.map(({ power }) => decibels(power)))]
    const spread = total(band.map(({ hertz }) => (hertz - x) ** 2))
    return total(band.map(({ hertz, power }) => (hertz - x) * (decibels(power) - y))) / spread
  }
  const silent = most(between(0, 5000, true)) === 1e-10
  return {
    alphaRatio: silent ? 0 : decibels(sum(between(1000, 5000, true)) / sum(between(50, 1000))),
    hammarbergIndex: decibels(most(between(0, 2000)) / most(between(2000, 5000, true))),
    'slope0-500': slope(between(0, 500)),
    'slope500-1500': slope(between(500, 1500, true)),
  }
}

/** The parabola through three values: how far its highest is from the middle one, and what it is there. */
function turn(a: number, b: number, c: number): [offset: number, value: number] {
  const bend = a - 2 * b + c
  const offset = bend >= 0 ? 0 : Math.max(-0.5, Math.min(0.5, (a - c) / (2 * bend)))
  return [offset, b - (offset * (a - c)) / 4]
}

/** Where values from `first` to `last` are greatest, between them too. */
function greatest(first: number, last: number, of: (at: number) => number): [at: number, value: number] {
  const values = upTo(last - first + 3, (k) => of(first - 1 + k))
  let best = 1
  for (let k = 2; k < values.length - 1; k++) if (values[k]! > values[best]!) best = k
  const [offset, value] = turn(values[best - 1]!, values[best]!, values[best + 1]!)
  return [first - 1 + best + offset, value]
}

/** By half samples: the correlation at a lag that a spectrum of 2048 has, a transform's ends once and all others twice, by that of none. */
const cosines = upTo(4096, (k) => Math.cos((2 * Math.PI * k) / 4096))
function correlationOf(power: Row): (halves: number) => number {
  const at = (halves: number) => total(power.map((p, k) => (k % 1024 === 0 ? p : 2 * p) * cosines[(k * halves) % 4096]!))
  const none = at(0)
  return (halves) => at(halves) / none
}
const hann = upTo(960, (t) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (t + 1)) / 961))
const ofHann = correlationOf(powers(hann, 2048))

/** Boersma 1993, at the period: the autocorrelation under a Hann window by the window's own. */
function harmonicityOf(frame: Row, period: number): number {
  const middle = mean(frame)
  const own = correlationOf(powers(frame.map((x, t) => (x - middle) * hann[t]!), 2048)) // biome-ignore format: one call
  const [, r] = greatest(Math.round(1.6 * period), Math.round(2.4 * period), (halves) => own(halves) / ofHann(halves))
  const share = Math.min(1 - 1e-6, Math.max(1e-6, r))
  return 10 * Math.log10(share / (1 - share))
}

/** Periods of a frame, by cross-correlation from the strongest sample of the middle one on. */
function marksOf(frame: Row, period: number): number[] {
  const half = Math.round(period / 2)
  const around = (at: number) => frame.slice(at - half, at + half + 1)
  const likeness = (a: number, b: number) => {
    const [x, y] = [around(a), around(b)]
    const norm = Math.sqrt(total(x.map((v) => v * v)) * total(y.map((v) => v * v)))
    return norm > 0 ? total(x.map((v, i) => v * y[i]!)) / norm : 0
  }
  const middle = frame.length / 2
  const nearby = upTo(2 * half + 1, (k) => middle - half + k)
  const start = nearby.reduce((best, t) => (Math.abs(frame[t] ?? 0) > Math.abs(frame[best]!) ? t : best), middle)
  const walk = (side: number): number[] => {
    const marks: number[] = []
    const [least, most] = [Math.floor(0.8 * period), Math.ceil(1.2 * period)]
    for (let mark = start; ; marks.push(mark)) {
      const from = Math.round(mark)
      const end = from + side * (most + 1 + half)
      if (end < 0 || end >= frame.length || from - half < 0 || from + half >= frame.length) return marks
      mark += side * greatest(least, most, (lag) => likeness(from, from + side * lag))[0]
    }
  }
  return [...walk(-1).reverse(), start, ...walk(1)]
}

/** Values and the next ones, that are no more than so many times each other. */
const pairs = (values: Row, most: number) =>
  values
    .slice(1)
    .map((b, i) => [values[i]!, b] as const)
    .filter(([a, b]) => Math.min(a, b) > 0 && Math.max(a, b) <= most * Math.min(a, b))

const gaps = (marks: Row) => marks.slice(1).map((mark, i) => mark - marks[i]!)

function jitterOf(marks: Row): number | undefined {
  const changes = pairs(gaps(marks), 1.3).map(([a, b]) => Math.abs(a - b))
  return changes.length > 0 ? mean(changes) / mean(gaps(marks)) : undefined
}

function shimmerOf(frame: Row, marks: Row): number | undefined {
  const amplitudes = marks.slice(1, -1).map((mark, i) => {
    const [before, after] = [0.2 * (mark - marks[i]!), 0.2 * (marks[i + 2]! - mark)]
    const near = [...frame.keys()].filter((t) => t >= mark - before && t <= mark + after)
    const weights = near.map((t) => 0.5 + 0.5 * Math.cos((Math.PI * (t - mark)) / (t < mark ? before : after)))
    return Math.sqrt(total(near.map((t, i) => weights[i]! * frame[t]! ** 2)) / total(weights))
  })
  const changes = pairs(amplitudes, 1.6).map(([a, b]) => Math.abs(20 * Math.log10(b / a)))
  return changes.length > 0 ? mean(changes) : undefined
}

/** At 11 kHz: a windowed sinc of 6 zero crossings to a side, that ends a hundredth below half the rate. */
function at11k(samples: Row): number[] {
  const cut = 0.99 * 11_000
  return upTo(Math.ceil((samples.length * 11) / 16), (j) => {
    let sum = 0
    const reach = Math.ceil((6 * rate) / cut)
    const middle = Math.floor((j * 16) / 11)
    for (let n = middle - reach - 1; n <= middle + reach + 1; n++) {
      const t = (n / rate - j / 11_000) * cut
      if (Math.abs(t) >= 6) continue
      const sinc = t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t)
      sum += (((samples[n] ?? 0) * cut) / rate) * sinc * Math.cos((Math.PI * t) / 12) ** 2
    }
    return sum
  })
}

/** Burg's predictor of order 12, and its roots by Durand and Kerner: frequencies and bandwidths up to 800 Hz, lowest first. */
function formantsOf(frame: Row): [frequency: number, bandwidth: number][] {
  const x = frame.map((now, t) => (now - 0.97 * frame[Math.max(t - 1, 0)]!) * hamming(t, frame.length - 1))
  let [forward, backward] = [x, x]
  let a: number[] = [1]
  for (let m = 1; m <= 12; m++) {
    const [f, b] = [forward.slice(1), backward.slice(0, -1)]
    const power = total(f.map((v, t) => v * v + b[t]! ** 2))
    if (power === 0) return []
    const k = (-2 * total(f.map((v, t) => v * b[t]!))) / power
    a = upTo(m + 1, (i) => (a[i] ?? 0) + k * (a[m - i] ?? 0))
    ;[forward, backward] = [f.map((v, t) => v + k * b[t]!), b.map((v, t) => v + k * f[t]!)]
  }
  return rootsOf(a)
    .map(([re, im]): [number, number] => [
      (Math.atan2(im, re) * 11_000) / (2 * Math.PI),
      (-Math.log(Math.hypot(re, im)) * 11_000) / Math.PI,
    ])
    .filter(([frequency, width]) => frequency > 50 && frequency < 5450 && width >= 0 && width <= 800)
    .sort(([p], [q]) => p - q)
    .slice(0, 3)
}

function rootsOf(polynomial: Row): [number, number][] {
  const times = ([a, b]: [number, number], [c, d]: [number, number]): [number, number] => [a * c - b * d, a * d + b * c]
  const roots = upTo(polynomial.length - 1, (k): [number, number] => [0.95 * Math.cos(0.3 + k * 0.5236), 0.95 * Math.sin(0.3 + k * 0.5236)])
  for (let round = 0; round < 500; round++) {
    let moved = 0
    for (const [i, z] of roots.entries()) {
      const value = polynomial.reduce<[number, number]>((sum, c) => [times(sum, z)[0] + c, times(sum, z)[1]], [0, 0])
      const others = roots.reduce<[number, number]>((prod, w, j) => (j === i ? prod : times(prod, [z[0] - w[0], z[1] - w[1]])), [1, 0])
      const step = times(value, [others[0] / Math.hypot(...others) ** 2, -others[1] / Math.hypot(...others) ** 2])
      roots[i] = [z[0] - step[0], z[1] - step[1]]
      moved = Math.max(moved, Math.hypot(...step))
    }
    if (moved < 1e-14) break
  }
  return roots
}

/** Levels of harmonics, of the strongest bin within a quarter of the pitch. */
function harmonicsOf(spectrum: Row, f0: number, formants: readonly (readonly [number, number])[]): { [lane: string]: number | undefined } {
  const bin = (hertz: number) => (hertz * 1024) / rate
  const level = (k: number) => {
    const near = [...spectrum.keys()].filter((i) => i >= bin((k - 0.25) * f0) && i <= bin((k + 0.25) * f0))
    return decibels(Math.max(...[...near, Math.round(bin(k * f0))].map((i) => spectrum[i] ?? 0)))
  }
  const peak = (formant: readonly [number, number] | undefined) => {
    if (!formant) return undefined
    const [center, half] = [formant[0], Math.max(formant[1], f0) / 2]
    const within = upTo(Math.ceil(8000 / f0), (k) => k + 1).filter((k) => Math.abs(k * f0 - center) <= half && k * f0 <= 8000)
    return within.length > 0 ? Math.max(...within.map(level)) : undefined
  }
  const less = (a: number | undefined, b: number | undefined) => (a === undefined || b === undefined ? undefined : a - b)
  const [a1, a2, a3] = [0, 1, 2].map((n) => peak(formants[n]))
  const h1 = level(1)
  return { 'H1-H2': h1 - level(2), 'H1-A3': less(h1, a3), A1: less(a1, h1), A2: less(a2, h1), A3: less(a3, h1) }
}

/** The mean of the seen frames next to each seen one, and itself. */
const smoothed = (lane: Lane): Lane =>
  lane.map((x, t) => (x === undefined ? x : mean([lane[t - 1], x, lane[t + 1]].filter((v) => v !== undefined))))
const seen = (lane: Lane): number[] => lane.filter((x) => x !== undefined)

function quantile(values: Row, q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = q * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0]
  return low + (at - Math.floor(at)) * (high - low)
}

/** Stretches of frames for which something holds. */
function stretches(lane: Lane, holds: (x: number | undefined) => boolean): Lane[] {
  const all: (number | undefined)[][] = []
  for (const [t, x] of lane.entries()) {
    if (!holds(x)) continue
    if (t > 0 && holds(lane[t - 1])) all.at(-1)!.push(x)
    else all.push([x])
  }
  return all
}

/** Slopes from one turning point to the next, a second, and how many peaks there are. */
function course(lane: Lane): { rising: number[]; falling: number[]; peaks: number } {
  const slopes: number[] = []
  let peaks = 0
  for (const voiced of stretches(lane, (x) => x !== undefined) as number[][]) {
    const turns = [0]
    let way = 0
    for (let t = 1; t < voiced.length; t++) {
      const next = Math.sign(voiced[t]! - voiced[t - 1]!)
      if (next === 0) continue
      if (way !== 0 && next !== way) {
        turns.push(t - 1)
        if (way > 0) peaks++
      }
      way = next
    }
    turns.push(voiced.length - 1)
    for (const [i, end] of turns.entries()) {
      if (i > 0 && end > turns[i - 1]!) slopes.push((voiced[end]! - voiced[turns[i - 1]!]!) / ((end - turns[i - 1]!) * hop))
    }
  }
  return { rising: slopes.filter((x) => x > 0), falling: slopes.filter((x) => x < 0).map((x) => -x), peaks }
}

/** All 88 by name, of samples at 16 kHz. */
export function egemaps(samples: Float32Array): { [name: string]: number } {
  const own = Array.from(samples)
  const track = Array.from(apply(signal(samples, { rate }), pitch({ center: true }), reveal()).data)
  const spectra = framesOf(own, rate, 320).map((frame) => powers(frame.map((x, t) => x * hamming(t, 320)), 512)) // biome-ignore format: one call
  const long = framesOf(own, rate, 960)
  const formants = framesOf(at11k(own), 11_000, 220).map(formantsOf)
  const levels = long.map((frame, t) => {
    const windowed = frame.map((x, n) => x * Math.exp(-0.5 * ((n / 960 - 0.5) / 0.2) ** 2))
    return track[t]! > 0 ? harmonicsOf(powers(windowed, 1024), track[t]!, formants[t]!) : {}
  })
  const marks = long.map((frame, t) => (track[t]! > 0 ? marksOf(frame, rate / track[t]!) : []))
  const magnitudes = spectra.map((spectrum) => spectrum.map(Math.sqrt))
  const flux = magnitudes.map((now, t) => Math.sqrt(total(now.map((x, k) => (x - magnitudes[Math.max(t - 1, 0)]![k]!) ** 2))))
  const [balance, cepstra] = [spectra.map(balanceOf), spectra.map(cepstraOf)]

  const out: { [name: string]: number } = {}
  const moments = (name: string, lane: Lane, deviations = true) => {
    const values = seen(smoothed(lane))
    out[`${name}_amean`] = mean(values)
    if (deviations) out[`${name}_stddevNorm`] = mean(values) === 0 ? 0 : deviation(values) / mean(values)
  }
  const voiced = (lane: Lane) => lane.map((x, t) => (track[t]! > 0 ? x : undefined))
  const unvoiced = (lane: Lane) => lane.map((x, t) => (track[t]! > 0 ? undefined : x))
  const moving = (name: string, lane: Lane) => {
    moments(name, lane)
    const values = seen(smoothed(lane))
    const { rising, falling } = course(smoothed(lane))
    for (const q of [20, 50, 80]) out[`${name}_percentile${q}.0`] = quantile(values, q / 100)
    out[`${name}_pctlrange0-2`] = quantile(values, 0.8) - quantile(values, 0.2)
    for (const [way, slopes] of Object.entries({ Rising: rising, Falling: falling })) {
      out[`${name}_mean${way}Slope`] = mean(slopes)
      out[`${name}_stddev${way}Slope`] = deviation(slopes)
    }
  }
  const loudness = spectra.map(loudnessOf)
  const semitones = voiced(track.map((hertz) => 12 * Math.log2(hertz / 27.5)))
  moving('F0semitoneFrom27.5Hz_sma3nz', semitones)
  moving('loudness_sma3', loudness)
  moments('spectralFlux_sma3', flux)
  for (const k of [1, 2, 3, 4]) {
    moments(`mfcc${k}_sma3`, cepstra.map((all) => all[k - 1]!)) // biome-ignore format: one call
    moments(`mfcc${k}V_sma3nz`, voiced(cepstra.map((all) => all[k - 1]!)))
  }
  // What is none is not seen, and neither is a voice without any.
  moments('jitterLocal_sma3nz', marks.map((all) => jitterOf(all) || undefined)) // biome-ignore format: one call
  moments('shimmerLocaldB_sma3nz', marks.map((all, t) => shimmerOf(long[t]!, all) || undefined)) // biome-ignore format: one call
  moments('HNRdBACF_sma3nz', long.map((frame, t) => (track[t]! > 0 ? harmonicityOf(frame, rate / track[t]!) : undefined))) // biome-ignore format: one call
  for (const name of ['H1-H2', 'H1-A3']) moments(`logRelF0-${name}_sma3nz`, levels.map((all) => all[name])) // biome-ignore format: one call
  for (const n of [1, 2, 3]) {
    for (const [i, of] of ['frequency', 'bandwidth'].entries()) moments(`F${n}${of}_sma3nz`, voiced(formants.map((all) => all[n - 1]?.[i]))) // biome-ignore format: one call
    moments(`F${n}amplitudeLogRelF0_sma3nz`, levels.map((all) => all[`A${n}`])) // biome-ignore format: one call
  }
  for (const name of ['alphaRatio', 'hammarbergIndex', 'slope0-500', 'slope500-1500']) {
    const lane = balance.map((all) => all[name]!)
    const named = (which: string) => `${name.replace(/^slope|$/, name.startsWith('slope') ? `slope${which}` : which)}_sma3nz`
    moments(named('V'), voiced(lane))
    moments(named('UV'), unvoiced(lane), false)
  }
  moments('spectralFluxV_sma3nz', voiced(flux))
  moments('spectralFluxUV_sma3nz', unvoiced(flux), false)
  const seconds = track.length * hop
  out.loudnessPeaksPerSec = course(smoothed(loudness)).peaks / seconds
  const lengths = (holds: (x: number | undefined) => boolean) => stretches(semitones, holds).map(({ length }) => length * hop)
  const [sounding, pauses] = [lengths((x) => x !== undefined), lengths((x) => x === undefined)]
  out.VoicedSegmentsPerSec = sounding.length / seconds
  out.MeanVoicedSegmentLengthSec = mean(sounding)
  out.StddevVoicedSegmentLengthSec = deviation(sounding)
  out.MeanUnvoicedSegmentLength = mean(pauses)
  out.StddevUnvoicedSegmentLength = deviation(pauses)
  out.equivalentSoundLevel_dBp = Math.max(-100, 10 * Math.log10(mean(own.map((x) => x * x))))
  return out
}
