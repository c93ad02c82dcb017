import type { Rows } from '../core/accumulators.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

/** The last seen frame; 0 if nothing was seen. In 2-D the highest bin of the last frame. */
export const last: Pooling<Rows<'seen' | 'value'>, 'last'> = /* @__PURE__ */ definePooling({
  name: 'last',
  slots: { seen: 0, value: 0 },
  outputs: ['last'],
  exact: true,
  about: {
    formula: 'x at the last seen frame',
    source: 'sentence-transformers lasttoken',
    use: 'models that read from left to right; the present of a live stream',
    example: { input: [7, 8, 9], output: [9] },
    empty: 0,
  },
  add({ seen, value }, { data, offset, lanes, rows }) {
    const end = offset + (rows - 1) * lanes
    for (let i = 0; i < lanes; i++) {
      seen[i] = 1
      value[i] = data[end + i]!
    }
  },
  merge(into, from) {
    for (let i = 0; i < into.value.length; i++) {
      if (from.seen[i] !== 1) continue
      into.seen[i] = 1
      into.value[i] = from.value[i]!
    }
  },
  result({ value }, out) {
    out.last.set(value)
  },
})
