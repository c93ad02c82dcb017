// Pitch of signals whose pitch is known, at every rate; what silence, noise and what is missing give; and the tracker against its definition.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Frames, frames, signal } from '../../src/core/frames.ts'
import { apply, chain } from '../../src/core/stage.ts'
import { beside, channelPool, globalPool, mask, pitch, reveal, spectrogram } from '../../src/stages/index.ts'
import { troughsOf } from '../../src/stages/spectra/periodicity.ts'
import { follow, freshPath, pitchGrid, traced } from '../../src/stages/spectra/pitchPath.ts'
import { cuts, streams } from '../laws/laws.ts'
import { noise } from './signals.ts'

const rates = [8000, 16_000, 44_100, 48_000]
const seconds = 1.5

/** Pitches over time, in hertz. */
const contours: Readonly<Record<string, (t: number) => number>> = {
  'a glide up': (t) => 60 * 2 ** (1.5 * t),
  'a glide down': (t) => 550 * 2 ** (-2 * t),
  'a vibrato': (t) => 220 * 2 ** (Math.sin(10 * Math.PI * t) / 12),
  'a low voice': () => 52.3,
  'a high voice': () => 587,
}

/** What is made of phases, in periods, and the harmonics that fit below half the rate. */
const shapes: Readonly<Record<string, (phase: number, harmonics: number) => number>> = {
  sine: (phase) => Math.sin(2 * Math.PI * phase),
  saw(phase, harmonics) {
    // sin (k + 1)x = 2 cos x · sin kx − sin (k − 1)x, since some hundred sines a sample take long.
    const twice = 2 * Math.cos(2 * Math.PI * phase)
    let [before, sine, total] = [0, Math.sin(2 * Math.PI * phase), 0]
    for (let k = 1; k <= harmonics; k++) {
      total += sine / k
      const next = twice * sine - before
      before = sine
      sine = next
    }
    return total
  },
  // Dirichlet's kernel: harmonics alike.
  pulses: (phase, harmonics) =>
    Math.abs(Math.sin(Math.PI * phase)) < 1e-9
      ? 1
      : (Math.sin((2 * harmonics + 1) * Math.PI * phase) / Math.sin(Math.PI * phase) - 1) / (2 * harmonics),
  'a second louder than the first': (phase) => 0.6 * Math.sin(2 * Math.PI * phase) + Math.sin(4 * Math.PI * phase + 1),
}

function sum(count: number, of: (k: number) => number): number {
  let total = 0
  for (let k = 1; k <= count; k++) total += of(k)
  return total
}

function sung(
  contour: (t: number) => number,
  shape: (phase: number, harmonics: number) => number,
  rate: number,
  length = seconds * rate,
): Float32Array {
  let phase = 0
  return Float32Array.from({ length }, (_, t) => {
    const hertz = contour(t / rate)
    phase += hertz / rate
    return 0.5 * shape(phase % 1, Math.floor((0.45 * rate) / hertz))
  })
}

/** The time in the middle of each frame. */
const middles = ({ length, layout: { clock } }: Frames) => Array.from({ length }, (_, i) => clock.start + i * clock.hop! + clock.span! / 2)

test.each((['pyin', 'yin'] as const).flatMap((method) => rates.map((rate) => [method, rate] as const)))(
  'by %s at %i Hz the pitch is within a hundredth for 99 of 100 frames of what has one, and never an octave off',
  (method, rate) => {
    let [count, near, octaves, unvoiced] = [0, 0, 0, 0]
    for (const contour of Object.values(contours)) {
      for (const shape of Object.values(shapes)) {
        const out = apply(signal(sung(contour, shape, rate), { rate }), pitch({ method }))
        for (const [i, t] of middles(out).entries()) {
          const ratio = out.data[i]! / contour(t)
          count++
          if (ratio === 0) unvoiced++
          else if (Math.abs(ratio - 1) < 0.01) near++
          else if (Math.abs(Math.log2(ratio)) > 0.5) octaves++
        }
      }
    }
    console.log(`${method} at ${rate} Hz: of ${count} frames ${near} within 1 %, ${octaves} octaves off, ${unvoiced} unvoiced`)
    expect(near / count).toBeGreaterThan(0.99)
    expect(octaves).toBe(0)
  },
)

test('a telephone, which has no first harmonic, tells the pitch of a low voice', () => {
  for (const hertz of [70, 90, 110, 130, 170]) {
    const line = (phase: number) =>
      sum(Math.floor(3400 / hertz), (k) => (k * hertz < 300 ? 0 : Math.sin(2 * Math.PI * k * phase + k * k) / k))
    const out = apply(
      signal(
        sung(() => hertz, line, 8000),
        { rate: 8000 },
      ),
      pitch(),
    )
    for (const found of out.data) expect(Math.abs(found / hertz - 1)).toBeLessThan(0.01)
  }
})

test('up to 1000 Hz, where it is asked for', () => {
  for (const rate of rates) {
    const out = apply(
      signal(
        sung(() => 987.8, shapes.saw!, rate),
        { rate },
      ),
      pitch({ max: 1000 }),
    )
    for (const hertz of out.data) expect(Math.abs(hertz / 987.8 - 1)).toBeLessThan(0.01)
  }
})

test('the troughs are those of the difference by its definition', () => {
  const [rate, length] = [8000, 480]
  const breath = noise(length)
  const samples = sung((t) => 150 + 300 * t, shapes.saw!, rate, length).map((x, t) => x + breath[t]!)
  const { troughs: found } = troughsOf(rate, length, rate / 400, rate / 60, 0)(samples, 0)
  // Averaged twice over 10 samples, 8000 / 400 / 2; then every sum as it is written, at whole lags.
  const averaged = (x: readonly number[]) => x.slice(9).map((_, t) => x.slice(t, t + 10).reduce((a, b) => a + b) / 10)
  const x = averaged(averaged([...samples]))
  const w = x.map((_, t) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (t + 1)) / (x.length + 1)))
  const difference = (lag: number) => {
    let [total, pairs] = [0, 0]
    for (let t = 0; t + lag < x.length; t++) {
      total += w[t]! * w[t + lag]! * (x[t]! - x[t + lag]!) ** 2
      pairs += w[t]! * w[t + lag]!
    }
    return total / pairs
  }
  for (const { lag, depth } of found) {
    const [below, at, above] = [-1, 0, 1].map((step) => difference(Math.round(lag) + step)) as [number, number, number]
    expect(at).toBeLessThanOrEqual(Math.min(below, above) * 1.001)
    const mean = sum(Math.round(lag), difference) / Math.round(lag)
    expect(Math.abs(depth - at / mean)).toBeLessThan(0.02)
  }
  expect(found.length).toBeGreaterThan(1)
})

test('the path is the likeliest of all there are', () => {
  const [low, hop, count] = [100, 0.01, 4]
  const grid = pitchGrid(low, low * 2 ** (2.5 / 60), hop)
  expect(grid.steps).toBe(4)
  const states = Array.from({ length: 2 * grid.steps }, (_, state) => ({ step: state % grid.steps, voiced: state < grid.steps }))
  const chances = fc.array(fc.double({ min: 0, max: 0.24, noNaN: true }), { minLength: grid.steps, maxLength: grid.steps })
  fc.assert(
    fc.property(fc.array(fc.option(chances, { nil: undefined }), { minLength: count, maxLength: count }), (all) => {
      const path = freshPath(grid)
      for (const pitches of all) follow(path, grid, pitches && Float64Array.from(pitches), new Uint16Array(states.length))
      const found = traced(path, grid.steps, count)

      /** How likely a state is after another, and its frame in it. */
      const step = (from: (typeof states)[number], to: (typeof states)[number], pitches: readonly number[] | undefined) => {
        const near = (a: number, b: number) => Math.max(0, 1 - Math.abs(a - b) / 4)
        const moves = near(from.step, to.step) / sum(grid.steps, (k) => near(from.step, k - 1))
        const seen = !pitches ? 1 : to.voiced ? pitches[to.step]! : 0.05 * (1 - pitches.reduce((a, b) => a + b))
        return moves * (from.voiced === to.voiced ? 0.99 : 0.01) * seen
      }
      /** The most likely way through the frames from one on; where it is given which are voiced and at which step, through those. */
      const best = (from: (typeof states)[number] | undefined, t: number, given?: Int32Array): number => {
        if (t === count) return 1
        if (!from) return Math.max(...states.map((state) => best(state, t, given)))
        const allowed = states.filter(({ step, voiced }) => !given || (given[t]! < 0 ? !voiced : voiced && step === given[t]))
        return Math.max(...allowed.map((state) => step(from, state, all[t]) * best(state, t + 1, given)))
      }
      const most = best(undefined, 0)
      expect(best(undefined, 0, found) / most).toBeCloseTo(1, 9)
    }),
    { numRuns: 20 },
  )
})

test('a pooling after it sees voiced frames alone, by their weights, and says how much it saw', () => {
  const rate = 16_000
  const sound = sung(() => 200, shapes.saw!, rate, 2 * rate)
  sound.fill(0, rate)
  for (const method of ['pyin', 'yin'] as const) {
    const track = apply(signal(sound, { rate }), pitch({ method }))
    const pooled = apply(track, globalPool('mean'))
    expect(Math.abs(pooled.data[0]! - 200)).toBeLessThan(0.5)
    const total = track.weights!.reduce((a, b) => a + b)
    expect(pooled.weights![0]).toBeCloseTo(total, 3)
    expect(total).toBeGreaterThan(90)
    expect(total).toBeLessThan(105)
    for (const weight of track.weights!) expect(weight >= 0 && weight <= 1).toBe(true)
    for (const [i, hertz] of track.data.entries()) expect(hertz > 0).toBe(track.weights![i]! > 0)
  }
})

test('silence, white noise and a constant are unvoiced: zeros that nothing sees', () => {
  for (const method of ['pyin', 'yin'] as const) {
    for (const sound of [new Float32Array(8000), new Float32Array(8000).fill(0.7), noise(16_000), noise(16_000, 7).map((x) => x * 1e-3)]) {
      const out = apply(signal(sound, { rate: 16_000 }), pitch({ method }))
      const voiced = out.weights!.filter((weight) => weight > 0).length
      expect(voiced / out.length).toBeLessThan(0.05)
    }
  }
  const out = apply(signal(new Float32Array(8000), { rate: 16_000 }), pitch(), globalPool('mean'))
  expect([...out.data, ...out.weights!]).toEqual([0, 0])
})

test('it does not go by the level, down to silence', () => {
  const sound = sung(contours['a glide up']!, shapes.saw!, 16_000)
  const of = (gain: number, silence: number) =>
    apply(
      signal(
        sound.map((x) => x * gain),
        { rate: 16_000 },
      ),
      pitch({ silence }),
    ).data
  expect([...of(2 ** -20, -200)]).toEqual([...of(1, -55)])
  expect(Math.max(...of(2 ** -20, -55))).toBe(0)
})

test('beside what was louder so far a quiet frame is less likely voiced, or not at all, until that is forgotten', () => {
  const [rate, range, last] = [8000, 34, 14]
  const levels = [-40, 0, -20, -31, ...new Array<number>(last).fill(-40)]
  const voice = sung(() => 200, shapes.saw!, rate, levels.length * rate)
  const sound = signal(
    voice.map((x, t) => x * 10 ** (levels[Math.floor(t / rate)]! / 20)),
    { rate },
  )
  const alone = apply(signal(voice, { rate }), pitch())
  const out = apply(sound, pitch({ silence: -100, range }))
  const unheard = apply({ ...sound, weights: voice.map((_, t) => (t >= rate && t < 2 * rate ? 0 : 1)) }, pitch({ silence: -100, range }))
  for (const [i, t] of middles(out).entries()) {
    // Frames of one level.
    if (Math.abs(t - Math.round(t)) < 0.05) continue
    const below = t < 1 ? 0 : -levels[Math.floor(t)]! - Math.max(0, t - 2)
    const share = Math.min(1, Math.max(0, 10 ** ((range - below) / 20) - 1))
    // What is hardly likely is no voice to the path.
    if (share === 0 || share > 0.2) expect(Math.abs(out.weights![i]! / alone.weights![i]! - share)).toBeLessThan(0.01)
    if (t < 1 || t > 2) expect(unheard.weights![i]! / alone.weights![i]!).toBeCloseTo(1, 3)
  }
  const yin = (range: number) => apply(sound, pitch({ silence: -100, method: 'yin', range }))
  expect(yin(1)).toEqual(yin(range))
})

test('what is shorter than a frame, and nothing at all, gives none; a frame gives one', () => {
  for (const length of [0, 1, 400, 959]) expect(apply(signal(new Float32Array(length), { rate: 16_000 }), pitch()).length).toBe(0)
  const short = apply(
    signal(
      sung(() => 150, shapes.saw!, 16_000, 800),
      { rate: 16_000 },
    ),
    pitch({ length: '50ms', min: 60 }),
  )
  expect(short.length).toBe(1)
  expect(Math.abs(short.data[0]! - 150)).toBeLessThan(1.5)
})

test('samples that are not finite make their frames NaN, seen; unseen samples make them unseen; and the pitch around stays', () => {
  const rate = 16_000
  const sound = sung(() => 200, shapes.saw!, rate, rate)
  for (const method of ['pyin', 'yin'] as const) {
    const whole = apply(signal(sound, { rate }), pitch({ method }))
    for (const bad of [NaN, Infinity]) {
      const broken = apply(
        signal(
          sound.map((x, t) => (t === 8000 ? bad : x)),
          { rate },
        ),
        pitch({ method }),
      )
      const hidden = apply(
        {
          ...signal(
            sound.map((x, t) => (t === 8000 ? bad : x)),
            { rate },
          ),
          weights: sound.map((_, t) => (t === 8000 ? 0 : 1)),
        },
        pitch({ method }),
      )
      for (let i = 0; i < whole.length; i++) {
        const hit = i * 160 <= 8000 && i * 160 + 960 > 8000
        expect(broken.data[i]).toBe(hit ? NaN : whole.data[i])
        expect(broken.weights![i]).toBe(hit ? 1 : whole.weights![i])
        expect([hidden.data[i], hidden.weights![i]]).toEqual(hit ? [0, 0] : [whole.data[i], whole.weights![i]])
      }
    }
  }
})

test('semitones are counted from 27.5 Hz', () => {
  const sound = signal(
    sung(() => 440, shapes.saw!, 16_000),
    { rate: 16_000 },
  )
  for (const semitones of apply(sound, pitch({ unit: 'semitones' })).data) expect(semitones).toBeCloseTo(48, 1)
  const silent = apply(signal(new Float32Array(4000), { rate: 16_000 }), pitch({ unit: 'semitones' }))
  expect(Math.max(...silent.data.map(Math.abs))).toBe(0)
})

test('a few frames that are more like a voice an octave higher are one to yin, and none to pyin', () => {
  const rate = 16_000
  const sound = Float32Array.from({ length: rate }, (_, t) => {
    const phase = (2 * Math.PI * 200 * t) / rate
    return 0.3 * ((Math.abs(t - rate / 2) < 700 ? 0.17 : 1) * Math.sin(phase) + 0.8 * Math.sin(2 * phase))
  })
  const off = (method: 'pyin' | 'yin') =>
    apply(signal(sound, { rate }), pitch({ method })).data.filter((hertz) => Math.abs(hertz - 400) < 5).length
  expect(off('yin')).toBeGreaterThan(0)
  expect(off('pyin')).toBe(0)
})

test('the longer it looks ahead, the more its path is that of the whole sequence', () => {
  const rate = 16_000
  const voice = sung((t) => 120 + 30 * Math.sin(6 * t), shapes.saw!, rate, 2 * rate)
  const sound = signal(
    voice.map((x, t) => x * (Math.sin(t / 1500) > 0 ? 1 : 0.02) + 0.1 * noise(1, t + 1)[0]!),
    { rate },
  )
  const whole = apply(sound, pitch({ lookahead: 'end' })).data
  const apart = ([0, '50ms', '1s', '10s'] as const).map(
    (lookahead) => apply(sound, pitch({ lookahead })).data.filter((x, i) => x !== whole[i]).length,
  )
  expect(apart).toEqual(apart.toSorted((a, b) => b - a))
  expect(apart.at(-1)).toBe(0)
})

test('every way gives the same bits in any blocks, saved or not, with unseen samples and marks', () => {
  const sound = sung(contours['a vibrato']!, shapes.saw!, 8000, 3000)
  const input = {
    ...signal(
      sound.map((x, t) => (t > 1200 && t < 1500 ? 0 : t < 1500 ? x : 0.03 * x)),
      { rate: 8000 },
    ),
    weights: sound.map((_, t) => (t > 2000 && t < 2100 ? 0 : 1)),
    boundaries: Uint8Array.from(sound, (_, t) => (t % 700 === 0 ? 1 : 0)),
  }
  for (const options of [
    {},
    { method: 'yin' },
    { lookahead: 0 },
    { lookahead: 'end', unit: 'semitones' },
    { lookahead: 3, hop: 50 },
  ] as const) {
    fc.assert(
      fc.property(cuts, fc.nat(20), (sizes, at) => streams(pitch(options), input, sizes, at)),
      { numRuns: 4 },
    )
    // After what was loud.
    streams(pitch(options), input, [500], 4)
  }
})

test('as a track of zeros and hertz it stands beside features of all frames', () => {
  const rate = 16_000
  const sound = sung(() => 200, shapes.saw!, rate, rate)
  sound.fill(0, rate / 2)
  const out = apply(signal(sound, { rate }), beside([chain(pitch(), reveal()), spectrogram({ length: '60ms', hop: '10ms' })]))
  expect(out.weights).toBeUndefined()
  expect(out.data[0]).toBeGreaterThan(199)
  const seen = apply(out, mask({ by: 'pitch' })).weights!
  expect(new Set(seen)).toEqual(new Set([0, 1]))
})

test('what it cannot take is refused', () => {
  const plan =
    (options: Parameters<typeof pitch>[0], rate = 16_000, channels = 1) =>
    () =>
      pitch(options).plan(signal([], { rate, channels }).layout)
  expect(() => pitch({ min: 300, max: 200 })).toThrow('pitch: max must be above min, 300 Hz, got 200')
  expect(plan({ max: 5000 }, 8000)).toThrow('pitch: max must be at most half the rate, 4000 Hz, got 5000')
  expect(plan({ length: '20ms' })).toThrow('pitch: length must be at least three periods of min, 960 samples, got 320')
  expect(plan({}, 16_000, 2)).toThrow("pitch: expected samples of one channel, as channelPool('mean') gives them, got 2")
  expect(() => pitch({ lookahead: 'end' }).plan({ ...signal([], { rate: 16_000 }).layout, live: true })).toThrow(
    "pitch: expected a sequence that ends for lookahead 'end', got a live source",
  )
  expect(() => pitch({}).plan(frames([1, 2], { bins: 2, hop: 0.01 }).layout)).toThrow('pitch: expected samples')
  const stereo = signal(new Float32Array(4000), { rate: 16_000, channels: 2 })
  expect(apply(stereo, channelPool('mean'), pitch()).length).toBe(1 + Math.floor((2000 - 960) / 160))
})
