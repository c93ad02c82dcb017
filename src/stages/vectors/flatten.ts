import { known } from '../../core/check.ts'
import { laneNames, lanesOf } from '../../core/frames.ts'
import { pointwise, type Stage } from '../../core/stage.ts'

export function flatten(options: Record<string, never> = {}): Stage {
  known('flatten', options, [])
  const spec = { stage: 'flatten' }
  return {
    spec,
    plan(input) {
      const layout = {
        ...input,
        planes: 1,
        bins: lanesOf(input),
        channels: 1,
        names: { planes: [''], bins: laneNames(input), channels: [''] },
      }
      return pointwise(spec, input, layout, ({ data }) => data)
    },
  }
}
