import { SingleBar } from 'cli-progress'
import { loadVectors, type Vectors } from 'poolwise/text'
import { say } from './print.ts'

/** The word vectors. Where they must be read anew, which takes seconds, it shows how far that is: as a bar on a terminal, else in a line. */
export async function wordVectors(): Promise<Vectors> {
  const bar = new SingleBar({
    stream: process.stdout,
    format: '  reading the word vectors, once  {bar} {percentage} %',
    barsize: 30,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
  })
  const began = performance.now()
  let read = false
  const vectors = await loadVectors(undefined, {
    onProgress({ done, total }) {
      if (!read && !process.stdout.isTTY) say(`reading the word vectors, ${Math.round(total / 1e6)} MB, once …`)
      if (!read) bar.start(total, 0)
      read = true
      bar.update(done)
    },
  })
  bar.stop()
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  const from = read ? 'read, and kept in the cache' : 'from the cache'
  say(`${vectors.words.toLocaleString('en-US')} word vectors of ${vectors.dimensions} values: ${from}, ${seconds} s`, '')
  return vectors
}
