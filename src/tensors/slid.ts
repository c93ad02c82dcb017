import { type Frames, join, type Values } from '../core/frames.ts'
import type { Pooling } from '../core/pooling.ts'
import type { Window } from '../core/window.ts'
import { planWindows } from '../windows/planWindows.ts'
import { slides } from '../windows/sliding.ts'
import type { Way } from './batch.ts'

/** The way of windows that slide over the first axis, and of poolings that go by the order of taps: as over a stream, with its bits. */
export function slid(window: Window, { keeps }: Pooling): Way | undefined {
  if (!slides(window) && keeps !== 'order') return undefined
  return (who, pooling, bins, { data, batch, rows, weights }, into) => {
    const layout = bins.input
    const plan = planWindows({ stage: who }, layout, pooling, bins, window)
    const [from, to] = [data.length / batch, into.length / batch]
    for (let n = 0; n < batch; n++) {
      const machine = plan.open()
      const own = weights[n]
      const block: Frames<Values> = {
        layout,
        start: 0,
        length: rows,
        data: data.subarray(n * from, (n + 1) * from),
        ...(own && { weights: own }),
      }
      into.set(join([machine.push(block), machine.close()])!.data, n * to)
    }
  }
}
