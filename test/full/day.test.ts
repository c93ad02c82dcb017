// A day of sound through log-mel and three windows at once, as fast as it goes, in memory that does not grow.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Frames, logMel, pool1d, signal } from 'poolwise'
import { connect, from, merge, tap } from 'rxjs'
import { expect, test } from 'vitest'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const rate = 16000
const hours = 24
const windows = [
  { pooling: 'mean', size: 100, stride: 10 },
  { pooling: 'stats', size: 1000, stride: 100 },
  { pooling: 'max', size: 6000, stride: 50 },
] as const

// Of a stream that may go on for ever.
const { length: _, ...layout } = signal([0], { rate }).layout
/** A minute of noise that swells and falls, in quarters of a second. */
const minute = Array.from({ length: 240 }, (_, quarter) => {
  let seed = quarter + 1
  return signal(
    Float32Array.from({ length: rate / 4 }, () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0
      return (seed / 2 ** 31) * Math.abs(Math.sin(quarter / 9))
    }),
    { rate },
  )
})

const megabytes = (bytes: number) => bytes / 2 ** 20

test(`${hours} hours of sound, 80 bands and three windows: memory flat`, async () => {
  const resident: number[] = []
  const held: number[] = []
  function* sound(): Generator<Frames> {
    let start = 0
    for (let hour = 0; hour <= hours; hour++) {
      resident.push(megabytes(process.memoryUsage.rss()))
      collect()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      held.push(megabytes(heapUsed + arrayBuffers))
      if (hour === hours) return
      for (let i = 0; i < 60; i++) {
        for (const block of minute) {
          yield { ...block, layout, start }
          start += block.length
        }
      }
    }
  }
  const counts = windows.map(() => 0)
  const ends = windows.map(() => 0)
  const began = performance.now()
  await new Promise<void>((resolve, reject) => {
    from(sound())
      .pipe(
        logMel({ bands: 80 }),
        connect((spectra) =>
          merge(
            ...windows.map(({ pooling, size, stride }, k) =>
              spectra.pipe(
                pool1d(pooling, { size, stride }),
                tap(({ start, length }) => {
                  counts[k]! += length
                  ends[k] = start + length
                }),
              ),
            ),
          ),
        ),
      )
      .subscribe({ error: reject, complete: resolve })
  })
  const seconds = (performance.now() - began) / 1000
  console.log(
    `${hours} hours in ${seconds.toFixed(1)} s; resident memory, MB, an hour apart: ${resident.map(Math.round).join(' ')}; held after a collection: ${held.map((one) => one.toFixed(1)).join(' ')}`,
  )
  const frames = Math.floor((hours * 3600 * rate - 400) / 160) + 1
  const wanted = windows.map(({ size, stride }) => Math.floor((frames - size) / stride) + 1)
  expect(counts).toEqual(wanted)
  expect(ends).toEqual(wanted)
  // What is held at the end was held in the first hours, when all was warm; a byte a frame would be 8 MB.
  expect(Math.min(...held.slice(-6)) - Math.min(...held.slice(1, 7))).toBeLessThan(2)
  expect(Math.max(...resident.slice(12)) - Math.max(...resident.slice(1, 12))).toBeLessThan(32)
})
