// Who speaks when: three voices are learned from single words, then found in every second of a recording. Poolwise's stages stand among RxJS's own operators.
// Run it: npx tsx pipelines/stream-app.ts
import { eachSequence, globalPool, logMel, pool1d, pool2d, toFrames, toVectors } from 'poolwise'
import { audioFiles } from 'poolwise/node'
import { bufferCount, combineLatest, concatMap, from, groupBy, map, mergeMap, share, switchMap, toArray, zip } from 'rxjs'

// The offset keeps digital silence, whose logarithm is far down, from ruling the means.
const mel = logMel({ bands: 40, offset: 1e-4 })

// A vector a word, a group a voice, and the mean of each group: pooling composes with itself.
const voices$ = audioFiles('samples/audio/words/*-{v1,v4,v5}.wav').pipe(
  eachSequence(mel, globalPool('mean')),
  map((item) => ('error' in item ? fail(item.error) : { voice: item.id.slice(-6, -4), frames: item.frames.data })),
  groupBy(({ voice }) => voice),
  mergeMap((group$) =>
    group$.pipe(
      map(({ frames }) => frames),
      toFrames({ bins: 40 }),
      globalPool('mean'),
      map(({ data }) => ({ name: group$.key, profile: data })),
    ),
  ),
  toArray(),
)

// Of two picks only the later one is heard to its end.
const picked$ = from(['samples/audio/chirp.wav', 'samples/audio/minute.wav'])

// The recording is read once, for what it sounds like and for whether anybody speaks.
const speakers$ = combineLatest([voices$, picked$]).pipe(
  switchMap(([voices, path]) => {
    const mel$ = audioFiles(path).pipe(
      concatMap(({ frames }) => frames),
      mel,
      share(),
    )
    const sound$ = mel$.pipe(pool1d('mean', { size: '1s', partial: 'keep' }), toVectors())
    const loudest$ = mel$.pipe(pool2d('max', { size: ['1s', 40], partial: 'keep' }), toVectors())
    return zip(sound$, loudest$).pipe(map(([sound, loudest]) => (loudest.vector[0]! > 0 ? nearest(sound.vector, voices) : '··')))
  }),
)

speakers$.pipe(bufferCount(10)).subscribe((names) => console.log(names.join(' ')))

function nearest(vector: Float32Array, voices: { name: string; profile: Float32Array }[]): string {
  const distances = voices.map(({ profile }) => Math.hypot(...vector.map((x, i) => x - profile[i]!)))
  return voices[distances.indexOf(Math.min(...distances))]!.name
}

function fail(error: Error): never {
  throw error
}
