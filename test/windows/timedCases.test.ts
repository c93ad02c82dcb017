// The same windows in Apache Flink and Apache Beam, by what their documentation and published sources say of assigners, sessions and watermarks. Times are in seconds.
import { pool1d, segmentPool, toFrames, toVectors } from 'poolwise'
import { from } from 'rxjs'
import { expect, test } from 'vitest'

interface Case {
  readonly what: string
  readonly times: readonly number[]
  readonly stage: ReturnType<typeof pool1d>
  readonly lateness?: `${number}s`
  /** Start, end, and how many events each window counts, in the order in which they are given. */
  readonly windows: readonly (readonly [start: number, end: number, count: number])[]
  /** Events left out as late. */
  readonly late?: number
  /** Where one of the two gives something else: what, and why ours is as it is. */
  readonly differs?: string
}

const tumbling = pool1d('sum', { size: '10s', partial: 'keep' })
const sliding = pool1d('sum', { size: '10s', stride: '5s', partial: 'keep' })
const sessions = segmentPool('sum', { gap: '10s' })

const cases: readonly Case[] = [
  { what: 'tumbling: start included, end not', times: [0, 9.999, 10, 20], stage: tumbling, windows: [[0, 10, 2], [10, 20, 1], [20, 30, 1]] },
  { what: 'tumbling: aligned to 0, not to the first event', times: [7, 12], stage: tumbling, windows: [[0, 10, 1], [10, 20, 1]] },
  { what: 'tumbling: times before 0 lie in the window that begins below them', times: [-10, -0.001, 0], stage: tumbling, windows: [[-10, 0, 2], [0, 10, 1]] },
  { what: 'tumbling: a window that nothing came into is not given', times: [1, 35], stage: tumbling, windows: [[0, 10, 1], [30, 40, 1]] },
  {
    what: 'sliding: each event in size / stride windows, the first of which begin before it',
    times: [7],
    stage: sliding,
    windows: [[0, 10, 1]],
    differs: 'at the end of a stream Flink and Beam also give [5, 15), which is a part of [0, 10): as over frames, `partial` gives one window that reaches the end',
  },
  { what: 'sliding: windows that begin before the first event, below 0 as well', times: [2, 30], stage: sliding, windows: [[-5, 5, 1], [0, 10, 1], [25, 35, 1]] },
  { what: 'sliding with time in between: what lies there is in no window', times: [1, 5, 9, 12], stage: pool1d('sum', { size: '4s', stride: '8s', partial: 'keep' }), windows: [[0, 4, 1], [8, 12, 1]] },
  { what: 'a window is given once the watermark has reached its end', times: [1, 12, 3], stage: tumbling, lateness: '2s', windows: [[0, 10, 1], [10, 20, 1]], late: 1 },
  { what: 'lateness: on its edge an event is not late', times: [12, 10, 9.999], stage: tumbling, lateness: '2s', windows: [[10, 20, 2]], late: 1 },
  {
    what: 'late: behind the watermark, in a window that is still open',
    times: [1, 9, 5],
    stage: tumbling,
    lateness: '2s',
    windows: [[0, 10, 2]],
    late: 1,
    differs: 'Flink and Beam drop what is late for its window, and count 5 here: our frames are in order of time for every stage, so what is behind the watermark is late for all',
  },
  { what: 'sessions: closer than the gap is one, and ends with its last event', times: [0, 9, 18.999, 40], stage: sessions, windows: [[0, 18.999, 3], [40, 40, 1]], differs: 'in Flink and Beam a session ends the gap later: ours is the span of its events' },
  { what: 'sessions: an event out of order joins two', times: [0, 15, 8, 40], stage: sessions, lateness: '10s', windows: [[0, 15, 3], [40, 40, 1]] },
  {
    what: 'sessions: exactly the gap apart are two',
    times: [0, 10],
    stage: sessions,
    windows: [[0, 0, 1], [10, 10, 1]],
    differs: 'Flink merges windows that touch, Beam does not, as here: a gap of at least so long is between sessions',
  },
] // biome-ignore format: a table

test.each(cases)('$what', ({ times, stage, lateness, windows, late = 0 }) => {
  const got: [number, number, number][] = []
  const leftOut: number[] = []
  from(times)
    .pipe(toFrames({ time: (at) => at, late: (at) => leftOut.push(at), ...(lateness && { lateness }) }), stage, toVectors())
    .subscribe(({ start, end, vector }) => got.push([start, end, vector[0]!]))
  expect(got).toEqual(windows)
  expect(leftOut.length).toBe(late)
})
