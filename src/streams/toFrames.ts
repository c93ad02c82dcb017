import { defer, map, type OperatorFunction } from 'rxjs'
import { DataError, show, tried } from '../core/check.ts'
import { type Frames, type LayoutOptions, lanesOf, layoutOf, numbersIn } from '../core/frames.ts'
import { type EventOptions, eventFrames } from './eventFrames.ts'

/**
 * Events that come when they come (sensor readings, ticks, clicks), as Frames of an irregular clock: each event is a frame at its time, in order of time. Windows over them are of
 * time too, as in `pool1d('mean', { size: '10s', stride: '1s' })`, and `segmentPool('mean', { gap: '30s' })` pools sessions.
 *
 * Shape: events → frames of planes × bins × channels values, which begin and end at the event's time, in seconds. Events of one time stay in the order in which they came.
 *
 * The watermark is the latest time seen less `lateness`: events are held until it has passed them, so that those that come out of order are put in order, and windows end when
 * it has passed their end. What comes behind the watermark is late: it is left out, `late` is told of each, and without `late` a note says how many.
 *
 * @param options.time when an event was, in seconds on any clock
 * @param options.value its number or numbers; 1 by default, so that `pool1d('sum', …)` counts events
 * @param options.weight what it counts, ≥ 0; 1 by default
 * @param options.lateness how far events may fall back behind the latest; by default not at all
 * @param options.late told of each event that came too late, and of how many there were so far
 * @param options.quiet for live streams: after so long without an event the watermark goes on as `scheduler`'s clock does, so that windows end
 * @throws RangeError or TypeError at once for bad options; DataError in the stream, which names the event, where a time is not finite, a weight is none, or values do not fill
 * a frame
 * @example
 * from([{ at: 1, t: 20 }, { at: 4, t: 22 }, { at: 11, t: 30 }]).pipe(
 *   toFrames({ time: (reading) => reading.at, value: (reading) => reading.t }),
 *   pool1d('mean', { size: '10s' }),
 * ) // one frame: 21, from 0 s to 10 s
 */
export function toFrames<Event>(options: EventOptions<Event>): OperatorFunction<Event, Frames>
/**
 * Any stream of numbers or rows of numbers, as Frames of float32: each emission becomes a block of one or more whole frames.
 *
 * Shape: emissions of n × planes × bins × channels values → blocks of n frames. Blocks of 16 to 256 frames cost far less a frame than single ones.
 *
 * @throws RangeError or TypeError at once for a bad layout; DataError in the stream where values do not fill whole frames
 * @example
 * of([1, 2], [3, 4]).pipe(toFrames({ bins: 2, hop: 0.01 }), globalPool('max')) // one frame: 3, 4
 */
export function toFrames(options?: LayoutOptions): OperatorFunction<number | ArrayLike<number>, Frames>
export function toFrames(
  options: LayoutOptions | EventOptions<unknown> = {},
): OperatorFunction<number | ArrayLike<number>, Frames> | OperatorFunction<unknown, Frames> {
  return tried(options, (given) => 'time' in given) ? eventFrames(options as EventOptions<unknown>) : rowFrames(options as LayoutOptions)
}

function rowFrames(options: LayoutOptions): OperatorFunction<number | ArrayLike<number>, Frames> {
  const layout = layoutOf(options, 'toFrames')
  const lanes = lanesOf(layout)
  return (source) =>
    defer(() => {
      let start = 0
      return source.pipe(
        map((values): Frames => {
          const row = typeof values === 'number' ? [values] : values
          // A block that is kept must not change when its sender reuses the array.
          const data = tried(row, (given) => {
            const numbers = numbersIn(given)
            return numbers && (numbers === given ? Float32Array.from(numbers) : (numbers as Float32Array))
          })
          if (!data) throw new DataError(`toFrames: expected a number or an array of numbers, got ${show(row)}`, { frame: start })
          if (data.length % lanes !== 0) {
            throw new DataError(`toFrames: expected whole frames of ${lanes} values, got ${data.length}`, { frame: start })
          }
          const block = { layout, start, length: data.length / lanes, data }
          start += block.length
          return block
        }),
      )
    })
}
