import { integer, known, refusal } from '../../core/check.ts'
import { laneNames, lanesOf } from '../../core/frames.ts'
import { pointwise, type Stage } from '../../core/stage.ts'

export function truncate(options: { size: number }): Stage {
  known('truncate', options, ['size'])
  const size = integer('truncate', 'size', options.size, 1)
  const spec = { stage: 'truncate', size }
  return {
    spec,
    plan(input) {
      const lanes = lanesOf(input)
      if (size > lanes) throw refusal('truncate', `size must be at most the ${lanes} values of a frame`, size)
      const names = { planes: [''], bins: laneNames(input).slice(0, size), channels: [''] }
      const layout = { ...input, planes: 1, bins: size, channels: 1, names }
      return pointwise(spec, input, layout, ({ data, length }) => {
        const out = new Float32Array(length * size)
        for (let t = 0; t < length; t++) out.set(data.subarray(t * lanes, t * lanes + size), t * size)
        return out
      })
    },
  }
}
