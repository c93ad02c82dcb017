// A pooling that takes its time, and leaves word of how often it was asked.
import { appendFileSync } from 'node:fs'
import { definePooling, type Pooling } from '../../src/core/pooling.ts'

/** How many frames were seen; each call takes `ms` of the processor, and adds a letter to `file` if there is one. */
export function slow({ ms, file }: { readonly ms: number; readonly file?: string }): Pooling {
  return definePooling({
    name: 'slow',
    slots: { count: 0 },
    outputs: ['slow'],
    exact: true,
    about: { formula: 'n', source: 'this test', use: 'tests', example: { input: [1, 5, 2], output: [3] }, empty: 0 },
    add({ count }, { lanes, rows }) {
      for (const end = performance.now() + ms; performance.now() < end; );
      if (file !== undefined) appendFileSync(file, '.')
      for (let i = 0; i < lanes; i++) count[i]! += rows
    },
    merge({ count }, { count: later }) {
      for (let i = 0; i < count.length; i++) count[i]! += later[i]!
    },
    result({ count }, out) {
      out.slow.set(count)
    },
  }) as Pooling
}
