import { known, number } from '../../core/check.ts'
import { lanesOf } from '../../core/frames.ts'
import { planOf, type Stage } from '../../core/stage.ts'
import { specOf } from '../spec.ts'

export interface PreemphasisOptions {
  /** Default 0.97. */
  coefficient?: number
}

export function preemphasis(options: PreemphasisOptions = {}): Stage {
  known('preemphasis', options, ['coefficient'])
  const coefficient = Math.fround(number('preemphasis', 'coefficient', options.coefficient ?? 0.97, { min: 0, max: 1 }))
  const spec = specOf('preemphasis', options)
  return {
    spec,
    plan(input) {
      const lanes = lanesOf(input)
      return planOf({
        spec,
        input,
        layout: input,
        reach: { size: 2, stride: 1, latency: 0 },
        // Zeros before the signal, and after what was not seen, leave x as it is.
        start: () => ({ before: new Float32Array(lanes) }),
        run: ({ before }) => ({
          push(frames) {
            const { data, weights, length } = frames
            const out = new Float32Array(data.length)
            for (let t = 0; t < length; t++) {
              const seen = weights?.[t] !== 0
              for (let lane = 0, i = t * lanes; lane < lanes; lane++, i++) {
                out[i] = data[i]! - Math.fround(coefficient * before[lane]!)
                before[lane] = seen ? data[i]! : 0
              }
            }
            return { ...frames, layout: input, data: out }
          },
          close: () => undefined,
        }),
      })
    },
  }
}
