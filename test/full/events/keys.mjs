// Events over ten thousand keys, through sliding windows each, by the built package; says after each million how far it is.
import { pool1d, toFrames, toVectors } from 'poolwise'
import { filter, groupBy, mergeMap, Subject } from 'rxjs'

const [events, keys] = [Number(process.argv[2]), 1e4]
const heap = () => {
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const framed = toFrames({ time: ({ at }) => at, value: ({ x }) => x, lateness: '2s', late: () => late++ })
const window = pool1d(['mean', 'std', 'max'], { size: '10s', stride: '5s' })
let [late, vectors] = [0, 0]
const source = new Subject()
source
  .pipe(
    groupBy(({ key }) => key, { duration: (group) => group.pipe(filter(({ last }) => last)) }),
    mergeMap((group) => group.pipe(framed, window, toVectors())),
  )
  .subscribe(() => vectors++)

let seed = 1
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}
const before = heap()
let after = 0
// Each key lives for a while, ends, and is followed by another; some events come out of order, a few too late.
const born = new Float64Array(keys)
for (let i = 0; i < events; i++) {
  const slot = i % keys
  const at = i / keys - (random() < 0.1 ? 2 * random() : 0) - (random() < 0.001 ? 60 : 0)
  const last = born[slot] + 500 + slot / 20 < i / keys
  source.next({ key: slot + keys * born[slot], at, x: random(), last })
  if (last) born[slot] = i / keys
  if (i + 1 === 20 * keys) after = heap()
  if ((i + 1) % (events / 20) === 0) {
    // What waits to be collected is no leak, and how much waits is chance.
    globalThis.gc()
    console.log(i + 1)
  }
}
const bytes = { after: (after - before) / keys, end: (heap() - before) / keys }
source.complete()
console.log(JSON.stringify({ vectors, late, ...bytes }))
