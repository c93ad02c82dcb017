import { refusal } from '../../core/check.ts'
import { copyFrom, type Frames, join, type Layout, lanesOf, slice } from '../../core/frames.ts'
import { oneOf } from '../../core/options.ts'
import { type Plan, planOf, type StageSpec } from '../../core/stage.ts'

/** What a detector says of one frame: whether a segment begins with it, and whether it is to be seen. */
export interface Verdict {
  readonly begins: boolean
  readonly seen: boolean
}

/** The option that all detectors have. */
export const markOptions = {
  /** Whether the marks that frames came with go or stay. */
  marks: oneOf('replace', 'add').default('replace'),
}

/** Nearly three hours of frames of 10 ms, which are held, and at the end gone through once more. */
const farthest = 2 ** 20

/**
 * A plan that gives frames as they came, but marked: frame t as soon as frame t + `ahead` is there, in memory of so many frames.
 *
 * `run` makes a function that takes one frame after the other, with its weight, `undefined` for one that was not seen, and says what frame t − `ahead` is. At the
 * end it is told of `ahead` frames more that nobody saw.
 *
 * @throws RangeError where that is more than can be held
 */
export function planMarked<Live extends object>(options: {
  spec: StageSpec
  input: Layout
  ahead: number
  marks: 'replace' | 'add'
  start: () => Live
  run: (live: Live) => { step(row: Float32Array | undefined, weight: number): Verdict; settle?(): void }
}): Plan {
  const { spec, input, ahead, marks, start, run } = options
  if (ahead > farthest) throw refusal(spec.stage, `must look at most ${farthest} frames ahead, as its options say`, ahead)
  const lanes = lanesOf(input)
  return planOf({
    spec,
    input,
    layout: input,
    reach: { size: Infinity, stride: 1, latency: ahead },
    start: (): { kept: Frames | undefined; seen: number; own: Live } => ({ kept: undefined, seen: 0, own: start() }),
    run(live) {
      const { step, settle } = run(live.own)

      /** The frames that `verdicts` are of, the first ones of `all`. */
      const marked = (all: Frames, verdicts: readonly Verdict[]): Frames | undefined => {
        if (verdicts.length === 0) return undefined
        const { boundaries, ...out } = slice(all, 0, verdicts.length)
        const hidden = verdicts.some(({ seen }) => !seen)
        return {
          ...out,
          layout: input,
          boundaries: Uint8Array.from(verdicts, ({ begins }, t) => (begins || (marks === 'add' && boundaries?.[t] === 1) ? 1 : 0)),
          ...(hidden && { weights: Float32Array.from(verdicts, ({ seen }, t) => (seen ? (out.weights?.[t] ?? 1) : 0)) }),
        }
      }

      return {
        push(frames) {
          const verdicts: Verdict[] = []
          for (let f = 0; f < frames.length; f++) {
            const weight = frames.weights?.[f] ?? 1
            const verdict = step(weight > 0 ? frames.data.subarray(f * lanes, (f + 1) * lanes) : undefined, weight)
            if (live.seen++ >= ahead) verdicts.push(verdict)
          }
          const all = join([live.kept, frames])!
          live.kept = copyFrom(all, verdicts.length)
          return marked(all, verdicts)
        },
        close() {
          const verdicts: Verdict[] = []
          for (let i = 0; i < ahead; i++) {
            const verdict = step(undefined, 0)
            if (live.seen++ >= ahead) verdicts.push(verdict)
          }
          return live.kept && marked(live.kept, verdicts)
        },
        ...(settle && { settle }),
      }
    },
  })
}
