// Sound files in, a vector each out, of 80 values however long a recording is.
import { eachSequence, globalPool, logMel, toVectors } from 'poolwise'
import { audioFiles } from 'poolwise/node'

// A folder, a file or a pattern such as "*.mp3"; what has another rate is resampled to 16000 Hz.
const recordings$ = audioFiles(process.argv[2] ?? 'sounds', { rate: 16000 })

recordings$
  .pipe(
    eachSequence(
      // How loud it is in 40 bands, from low to high, every 10 ms ...
      logMel({ bands: 40 }),
      // ... and of each band the mean and the greatest value over the whole recording.
      globalPool(['mean', 'max']),
    ),
    toVectors(),
  )
  .subscribe((item) => {
    // A file that cannot be read does not stop the others.
    if ('error' in item) {
      console.error(`${item.id}: ${item.error.message}`)
      process.exitCode = 1
      return
    }
    const { id, vector, names } = item
    const greatest = vector.indexOf(Math.max(...vector))
    console.log(`${id}: ${vector.length} values, the greatest is ${names[greatest]}, ${vector[greatest].toFixed(2)}`)
  })
