import { defer, map, type OperatorFunction } from 'rxjs'
import { DataError, show, tried } from '../core/check.ts'
import { type Frames, type LayoutOptions, lanesOf, layoutOf, numbersIn } from '../core/frames.ts'

/**
 * Any stream of numbers or rows of numbers, as Frames of float32: each emission becomes a block of one or more whole frames.
 *
 * Shape: emissions of n × planes × bins × channels values → blocks of n frames. Blocks of 16 to 256 frames cost far less a frame than single ones.
 *
 * @throws RangeError or TypeError at once for a bad layout; DataError in the stream where values do not fill whole frames
 * @example
 * of([1, 2], [3, 4]).pipe(toFrames({ bins: 2, hop: 0.01 }), globalPool('max')) // one frame: 3, 4
 */
export function toFrames(options: LayoutOptions = {}): OperatorFunction<number | ArrayLike<number>, Frames> {
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
