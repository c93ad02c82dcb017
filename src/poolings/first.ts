import type { Rows } from '../core/accumulators.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

/** The first seen frame; 0 if nothing was seen. In 2-D the lowest bin of the first frame. */
export const first: Pooling<Rows<'seen' | 'value'>, 'first'> = /* @__PURE__ */ definePooling({
  name: 'first',
  slots: { seen: 0, value: 0 },
  outputs: ['first'],
  exact: true,
  about: {
    formula: 'x at the first seen frame',
    source: 'sentence-transformers cls',
    use: 'models that gather a sentence in its first token; onsets',
    example: { input: [7, 8, 9], output: [7] },
    empty: 0,
  },
  add({ seen, value }, { data, offset, lanes }) {
    for (let i = 0; i < lanes; i++) {
      if (seen[i] === 1) continue
      seen[i] = 1
      value[i] = data[offset + i]!
    }
  },
  merge(into, from) {
    for (let i = 0; i < into.value.length; i++) {
      if (into.seen[i] === 1) continue
      into.seen[i] = from.seen[i]!
      into.value[i] = from.value[i]!
    }
  },
  result({ value }, out) {
    out.first.set(value)
  },
})
