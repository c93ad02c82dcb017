/** States of a voice that is heard, one for each step of pitch, and as many of one that is not, which remembers its pitch. */
export interface PitchGrid {
  /** The lowest pitch, in hertz. */
  readonly low: number
  readonly steps: number
  /** How likely the pitch goes so many steps up or down from one frame to the next, of 0, 1, …. */
  readonly jumps: Float64Array
  /** What the likelihoods of jumps from a step add up to, for each step: the ends of the grid cut some off. */
  readonly sums: Float64Array
}

/** What is known of a path at one frame. */
export interface PitchPath {
  /** How likely the best path to each state is, next to the best of all: voiced states, then unvoiced ones. */
  likelihoods: Float64Array
  /** For each of the last frames, oldest first, the state before each state. */
  before: Uint16Array[]
}

/** Steps of a semitone. */
const resolution = 5
/** Octaves a second that the pitch goes at most. */
const fastest = 36
/** How likely a voice sets in, or ends, at a frame. */
const turning = 0.01
/** How likely each step of an unvoiced frame is next to the step of a voiced one that is sure. */
const unheard = 0.05
/** No frame is so surely voiced that it could not be a mistake. */
const doubt = 1e-6

export function pitchGrid(low: number, high: number, hop: number): PitchGrid {
  const steps = stepOf(low, high) + 1
  const reach = Math.min(steps, Math.ceil(fastest * hop * 12 * resolution) + 1)
  const jumps = Float64Array.from({ length: reach }, (_, k) => 1 - k / reach)
  const sums = Float64Array.from({ length: steps }, (_, i) => {
    let sum = 0
    for (let k = 1 - reach; k < reach; k++) if (i + k >= 0 && i + k < steps) sum += jumps[Math.abs(k)]!
    return sum
  })
  return { low, steps, jumps, sums }
}

/** The step of the grid that a pitch is nearest to. */
export function stepOf(low: number, hertz: number): number {
  return Math.round(12 * resolution * Math.log2(hertz / low))
}

export function freshPath({ steps }: PitchGrid): PitchPath {
  return { likelihoods: new Float64Array(2 * steps).fill(1), before: [] }
}

/**
 * Takes one frame more: how likely each step is its pitch, which is nothing at all where nothing is known of the frame.
 *
 * Source: Mauch & Dixon 2014, section 2.2 (Viterbi over pitches, voiced and unvoiced)
 */
export function follow(path: PitchPath, { steps, jumps, sums }: PitchGrid, pitches: Float64Array | undefined, row: Uint16Array): void {
  const { likelihoods } = path
  let voiced = 0
  if (pitches) for (let j = 0; j < steps; j++) voiced += pitches[j]!
  const unvoiced = unheard * Math.max(1 - voiced, doubt)
  const next = new Float64Array(2 * steps)
  /** The better of two ways out of each step, and which it is. */
  const best = new Float64Array(steps)
  const from = new Uint16Array(steps)
  let most = 0
  for (let heard = 1; heard >= 0; heard--) {
    const [same, other] = heard ? [0, steps] : [steps, 0]
    for (let i = 0; i < steps; i++) {
      const [stays, turns] = [likelihoods[same + i]! * (1 - turning), likelihoods[other + i]! * turning]
      best[i] = Math.max(stays, turns) / sums[i]!
      from[i] = stays >= turns ? same + i : other + i
    }
    for (let j = 0; j < steps; j++) {
      const seen = !pitches ? 1 : heard ? pitches[j]! : unvoiced
      if (seen === 0) continue
      let [likelihood, origin] = [-1, 0]
      for (let i = Math.max(0, j - jumps.length + 1), end = Math.min(steps, j + jumps.length); i < end; i++) {
        const way = best[i]! * jumps[Math.abs(i - j)]!
        if (way > likelihood) [likelihood, origin] = [way, i]
      }
      next[same + j] = likelihood * seen
      row[same + j] = from[origin]!
      most = Math.max(most, next[same + j]!)
    }
  }
  for (let s = 0; s < next.length; s++) likelihoods[s] = next[s]! / most
  path.before.push(row)
}

/** The steps of the last `count` frames on the best path, oldest first; −1 where it is unvoiced. */
export function traced({ likelihoods, before }: PitchPath, steps: number, count: number): Int32Array {
  let state = 0
  for (let s = 1; s < likelihoods.length; s++) if (likelihoods[s]! > likelihoods[state]!) state = s
  const path = new Int32Array(count)
  for (let k = 1; k <= count; k++) {
    path[count - k] = state < steps ? state : -1
    state = before[before.length - k]![state]!
  }
  return path
}
