// A stream of your own numbers in, a vector a window out: every half second one of the last second.
import { pool1d, toFrames, toVectors } from 'poolwise'
import { interval, map, take } from 'rxjs'

// Here goes any Observable of your own that emits rows of numbers: of a sensor, a socket, a model.
const readings$ = interval(100).pipe(
  take(40),
  map((i) => [20 + 3 * Math.sin(i / 5), 50 + 10 * Math.cos(i / 7)]),
)

readings$
  .pipe(
    // A row is two numbers, and one comes every 0.1 s ...
    toFrames({ bins: 2, hop: 0.1, names: { bins: ['temperature', 'humidity'] } }),
    // ... and of each window the mean and the greatest of both.
    pool1d(['mean', 'max'], { size: '1s', stride: '500ms' }),
    toVectors(),
  )
  .subscribe(({ start, end, vector, names }) => {
    const values = names.map((name, i) => `${name} ${vector[i].toFixed(1)}`)
    console.log(`${start.toFixed(1)} s to ${end.toFixed(1)} s: ${values.join(', ')}`)
  })
