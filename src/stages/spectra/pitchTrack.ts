import { refusal } from '../../core/check.ts'
import { durationOrZero, inFrames } from '../../core/duration.ts'
import { copyFrom, type Frames, join, type Layout, lanesOf, rateOf, slice } from '../../core/frames.ts'
import { either, number, oneOf, type Read } from '../../core/options.ts'
import { chain, memoryless, type Plan, planOf, type Stage, type StageSpec } from '../../core/stage.ts'
import { framedLayout, planFramed } from './framing.ts'
import { frameOptions, framingOf } from './measured.ts'
import { type Trough, troughsOf } from './periodicity.ts'
import { follow, freshPath, type PitchPath, pitchGrid, stepOf, traced } from './pitchPath.ts'
import { samples } from './transform.ts'

/** Where the pitch of a voice is looked for, and how. */
export const pitchOptions = {
  ...frameOptions,
  /** How long a frame is; at least three periods of `min`. */
  length: samples().default('60ms'),
  /** The lowest pitch that is found. */
  min: number({ above: 0 }).default(50).unit('Hz'),
  /** The highest. */
  max: number({ above: 0 }).default(600).unit('Hz'),
  /** How frames are judged: each by itself, or all together, by the likeliest path through them. */
  method: oneOf('pyin', 'yin').default('pyin'),
  /** For 'yin', how much of a frame at most is not repeated a period later where it is voiced. 'pyin' tries all there are. */
  threshold: number({ above: 0, max: 1 }).default(0.25),
  /** Frames below it are unvoiced: the level of the mean square, 0 that of a constant 1, of what is not far above `max`. */
  silence: number().default(-55).unit('dB'),
  /** For 'pyin', how far below the loudest frame so far one is surely unvoiced; up to 6 dB above that it is less likely voiced. The loudest is forgotten by 1 dB a second. */
  range: number({ above: 0 }).default(34).unit('dB'),
  /** For 'pyin', how far ahead it looks before it decides on a frame; 'end' for all of the sequence. */
  lookahead: either(oneOf('end'), durationOrZero(), (value) => value === 'end').default('200ms'),
}

export type PitchOptions = Read<typeof pitchOptions>

/** Candidates of a frame at most; of more, those of the longest periods, which are the likeliest. */
const most = 16
/** How likely the best candidate is the pitch where every threshold is below it. */
const still = 0.01
/** By how many decibels a second the loudest frame so far is forgotten. */
const forgetting = 1

/** Above the lowest A of a piano. */
export function semitonesOf(hertz: number): number {
  return 12 * Math.log2(hertz / 27.5)
}

/** Refuses what does not go together. */
export function checkPitch(who: string, { min, max }: PitchOptions): void {
  if (max <= min) throw refusal(who, `max must be above min, ${min} Hz`, max)
}

/** Pitch in hertz, 0 where there is none, its frames weighed by how likely they are voiced, and 0 where it is decided that they are not. */
export function pitchTrack(spec: StageSpec, options: PitchOptions): Stage {
  const candidates = { spec, plan: (input: Layout) => planCandidates(spec, options, input) }
  const first = { spec, plan: (input: Layout) => planFirst(spec, input) }
  const heard = { spec, plan: (input: Layout) => planHeard(spec, options, input) }
  const path = { spec, plan: (input: Layout) => planPath(spec, options, input) }
  return options.method === 'yin' ? chain(candidates, first) : chain(candidates, heard, path)
}

/** Frames of candidates: pitches in hertz, 0 where there are no more, how likely each is the one, and the level of the frame. */
function planCandidates(spec: StageSpec, { min, max, method, threshold, silence, ...sizes }: PitchOptions, input: Layout): Plan {
  const who = spec.stage
  const rate = rateOf(input.clock, who)
  const count = method === 'yin' ? 1 : most
  const framing = framingOf(who, sizes, input.clock)
  const { length } = framing
  const named = (name: string) => Array.from({ length: count }, (_, k) => `${name}${k}`)
  const layout = framedLayout(who, input, framing, [''], [...named('pitch'), ...named('probability'), 'level'])
  if (input.channels !== 1) throw refusal(who, "expected samples of one channel, as channelPool('mean') gives them", input.channels)
  if (2 * max > rate) throw refusal(who, `max must be at most half the rate, ${rate / 2} Hz`, max)
  if (length < Math.floor((3 * rate) / min))
    throw refusal(who, `length must be at least three periods of min, ${Math.floor((3 * rate) / min)} samples`, length)
  const periodicity = troughsOf(rate, length, rate / max, rate / min, 10 ** (silence / 10))
  const judge = method === 'yin' ? firstBelow(threshold) : likely
  return planFramed(spec, input, layout, framing, (data, at, out, to) => {
    const { troughs, level } = periodicity(data, at)
    out[to + 2 * count] = level
    for (const [k, [lag, probability]] of judge(troughs).slice(-count).entries()) {
      out[to + k] = rate / lag
      out[to + count + k] = probability
    }
  })
}

/** The same frames, where candidates of those that are quiet beside the loudest so far are less likely, or none. Unseen frames and NaN are not heard. */
function planHeard(spec: StageSpec, { range }: PitchOptions, input: Layout): Plan {
  const lanes = lanesOf(input)
  // Rounded, since the last bits of ** differ between engines.
  const quiet = Math.fround(10 ** (-range / 20))
  const kept = Math.fround(10 ** ((-forgetting * input.clock.hop!) / 20))
  return planOf({
    spec,
    input,
    layout: input,
    reach: { size: Infinity, stride: 1, latency: 0 },
    start: () => ({ loudest: 0 }),
    run: (live) => ({
      push(frames) {
        const data = frames.data.slice()
        for (let t = 0; t < frames.length; t++) {
          live.loudest *= kept
          const level = data[(t + 1) * lanes - 1]!
          if (frames.weights?.[t] === 0 || Number.isNaN(level)) continue
          live.loudest = Math.max(live.loudest, level)
          const heard = Math.min(1, level / (quiet * live.loudest) - 1)
          for (let k = t * lanes; k < t * lanes + most; k++) {
            if (heard > 0) data[k + most]! *= heard
            else data[k] = data[k + most] = 0
          }
        }
        return { ...frames, data }
      },
      close: () => undefined,
    }),
  })
}

type Candidate = readonly [lag: number, probability: number]

/** The first trough that is deep enough, as deep as it is. */
function firstBelow(threshold: number): (troughs: readonly Trough[]) => Candidate[] {
  return (troughs) => {
    const found = troughs.find(({ depth }) => depth < threshold)
    return found ? [[found.lag, 1 - found.depth]] : []
  }
}

/** How likely each trough is the first below a threshold, where thresholds are distributed as Beta(2, 8). */
function likely(troughs: readonly Trough[]): Candidate[] {
  const found: Candidate[] = []
  let deepest = 1
  for (const { lag, depth } of troughs) {
    if (depth >= deepest) continue
    found.push([lag, below(deepest) - below(depth)])
    deepest = depth
  }
  const last = found.pop()
  return last ? [...found, [last[0], last[1] + still * below(deepest)]] : []
}

/** How many thresholds are below x: the distribution of Beta(2, 8), 1 − (1 − x)⁸·(1 + 8x). */
function below(x: number): number {
  // Multiplied out, since the last bits of ** differ between engines.
  const two = (1 - x) * (1 - x)
  return 1 - two * two * two * two * (1 + 8 * x)
}

function trackLayout(input: Layout): Layout {
  return { ...input, planes: 1, bins: 1, names: { planes: [''], bins: ['pitch'], channels: input.names.channels } }
}

/** Frame t of a track: NaN stays seen, so that it is met; what was unseen stays so. */
function write(out: { data: Float32Array; weights: Float32Array }, t: number, weight: number, hertz: number, probability: number): void {
  out.data[t] = weight === 0 ? 0 : hertz
  out.weights[t] = weight === 0 ? 0 : Number.isNaN(hertz) ? 1 : Math.min(1, probability)
}

function planFirst(spec: StageSpec, input: Layout): Plan {
  const layout = trackLayout(input)
  const lanes = lanesOf(input)
  return memoryless(spec, input, layout, (frames) => {
    const out = { data: new Float32Array(frames.length), weights: new Float32Array(frames.length) }
    for (let t = 0; t < frames.length; t++) write(out, t, frames.weights?.[t] ?? 1, frames.data[lanes * t]!, frames.data[lanes * t + 1]!)
    return { ...frames, layout, ...out }
  })
}

function planPath(spec: StageSpec, { min, max, lookahead }: PitchOptions, input: Layout): Plan {
  const who = spec.stage
  const layout = trackLayout(input)
  const lanes = lanesOf(input)
  const toEnd = lookahead === 'end'
  if (toEnd && input.live) throw new TypeError(`${who}: expected a sequence that ends for lookahead 'end', got a live source`)
  const ahead = toEnd ? Infinity : lookahead === 0 ? 0 : inFrames(who, 'lookahead', lookahead, input.clock)
  const grid = pitchGrid(min, max, input.clock.hop!)
  const pitches = new Float64Array(grid.steps)

  /** The candidate of frame t that lies at a step of the grid; of several the likeliest. */
  const at = ({ data }: Frames, t: number, step: number): number => {
    let best = -1
    for (let k = 0; k < most && data[t * lanes + k]! > 0; k++) {
      const probability = data[t * lanes + most + k]!
      if (stepOf(min, data[t * lanes + k]!) === step && (best < 0 || probability > data[t * lanes + most + best]!)) best = k
    }
    return best
  }
  const emit = (held: Frames, steps: Int32Array): Frames | undefined => {
    if (steps.length === 0) return undefined
    const { data, weights, ...rest } = slice(held, 0, steps.length)
    const out = { data: new Float32Array(steps.length), weights: new Float32Array(steps.length) }
    for (const [t, step] of steps.entries()) {
      const weight = weights?.[t] ?? 1
      const k = step < 0 ? -1 : at(held, t, step)
      let voiced = 0
      for (let i = 0; i < most; i++) voiced += data[t * lanes + most + i]!
      if (k >= 0 || Number.isNaN(voiced)) write(out, t, weight, data[t * lanes + Math.max(k, 0)]!, voiced)
    }
    return { ...rest, layout, ...out }
  }

  return planOf({
    spec,
    input,
    layout,
    reach: { size: Infinity, stride: 1, latency: ahead },
    ...(toEnd && { needs: 'end' as const }),
    start: (): { held: Frames | undefined; path: PitchPath } => ({ held: undefined, path: freshPath(grid) }),
    run: (live) => ({
      push(frames) {
        const held = join([live.held, frames])!
        const decided: number[] = []
        for (let t = 0; t < frames.length; t++) {
          const row = live.path.before.length > ahead ? live.path.before.shift()! : new Uint16Array(2 * grid.steps)
          follow(live.path, grid, observed(frames, t), row)
          if (live.path.before.length > ahead) decided.push(traced(live.path, grid.steps, ahead + 1)[0]!)
        }
        live.held = copyFrom(held, decided.length)
        return emit(held, Int32Array.from(decided))
      },
      close: () => live.held && emit(live.held, traced(live.path, grid.steps, live.held.length)),
    }),
  })

  /** How likely each step is the pitch; nothing for a frame of which nothing is known. */
  function observed({ data, weights }: Frames, t: number): Float64Array | undefined {
    if (weights?.[t] === 0 || Number.isNaN(data[t * lanes])) return undefined
    pitches.fill(0)
    for (let k = 0; k < most && data[t * lanes + k]! > 0; k++) pitches[stepOf(min, data[t * lanes + k]!)]! += data[t * lanes + most + k]!
    return pitches
  }
}
