// What is heard without a microphone: three words, said twice, with time between them to name one and to see it found.
import { type Frames, signal } from 'poolwise'
import { decodeAudio } from 'poolwise/audio'
import { concatMap, from, map, type Observable, toArray } from 'rxjs'

/** Recordings in the bundle, as data: URLs, since the page's policy forbids to fetch any. */
const words = import.meta.glob<string>('../../samples/audio/formats/{bat,ship,umbrella}-*.opus', {
  query: '?inline',
  import: 'default',
  eager: true,
})

const rate = 16000
/** Samples of silence before the first word and after each. */
const pause = new Float32Array(1.5 * rate)

function fileOf(url: string): Blob {
  return new Blob([Uint8Array.from(atob(url.slice(url.indexOf(',') + 1)), (letter) => letter.charCodeAt(0))])
}

/** The words with their pauses, as one block. */
export const sample$: Observable<Frames> = from(Object.values(words).map(fileOf)).pipe(
  concatMap((file) => decodeAudio(file).pipe(toArray())),
  map((blocks) => [...blocks.flatMap(({ data }) => [...data]), ...pause]),
  toArray(),
  map((parts) => signal(Float32Array.from([...pause, ...parts.flat(), ...parts.flat()]), { rate })),
)
