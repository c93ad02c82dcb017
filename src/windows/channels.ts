import type { Frames, Layout, Values } from '../core/frames.ts'
import type { Pooling } from '../core/pooling.ts'
import { type Plan, planOf, type StageSpec } from '../core/stage.ts'
import { everyBin, fitted } from './bins.ts'
import { Pooled } from './pooled.ts'
import { pooledLayout } from './sheet.ts'

/** The channels of each frame into one, as if they followed each other in time: each is seen, with weight 1. */
export function planChannels(spec: StageSpec, input: Layout, like: Pooling): Plan {
  if (like.across)
    throw new TypeError(
      `${spec.stage}: expected a pooling of each lane for itself, got ${JSON.stringify(like.spec)}, which pools across them`,
    )
  const { channels } = input
  const bins = everyBin({ ...input, channels: 1, names: { ...input.names, channels: [''] } })
  const pooling = fitted(like, bins, channels)
  const layout = pooledLayout(pooling, bins, input.clock, input.length)
  return planOf({
    spec,
    input,
    layout,
    reach: { size: 1, stride: 1, latency: 0 },
    wide: true,
    start: () => ({}),
    run() {
      const pooled = new Pooled(pooling, bins)
      return {
        push(frames: Frames<Values>) {
          const data = new Float32Array(frames.length * pooled.width)
          const firsts = Int32Array.from({ length: frames.length }, (_, t) => t * channels)
          const rows = {
            data: channelsInTime(frames.data, channels, bins.width),
            offset: 0,
            rows: frames.length * channels,
            index: frames.start * channels,
          }
          pooled.pool(rows, { firsts, counts: new Int32Array(frames.length).fill(channels), step: 1 }, data)
          return { ...frames, layout, data }
        },
        close: () => undefined,
      }
    },
  })
}

/** Of each frame first all values of the first channel, then of the second, and so on. */
function channelsInTime(data: Values, channels: number, width: number): Values {
  const out = new (data.constructor as new (length: number) => Values)(data.length)
  for (let from = 0; from < data.length; from += channels * width)
    for (let c = 0; c < channels; c++) for (let i = 0; i < width; i++) out[from + c * width + i] = data[from + i * channels + c]!
  return out
}
