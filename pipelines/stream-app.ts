// Who speaks when: three voices are learned from single words, then found in every second of a recording. Poolwise's stages stand among RxJS's own operators.
// Run it: npx tsx pipelines/stream-app.ts
import { eachSequence, globalPool, logMel, pool1d, pool2d, toFrames, toVectors } from 'poolwise'
import { audioFiles } from 'poolwise/node'
import { bufferCount, combineLatest, concatMap, from, groupBy, map, mergeMap, of, share, switchMap, throwError, toArray, zip } from 'rxjs'

// The offset keeps digital silence, whose logarithm is far down, from ruling the means.
const mel = logMel({ bands: 40, offset: 1e-4 })
const distance = (a: Float32Array, b: Float32Array) => Math.hypot(...a.map((x, i) => x - b[i]!))

// A vector a word, a group a voice, and the mean of each group: pooling composes with itself.
const voices$ = audioFiles('samples/audio/words/*-{v1,v4,v5}.wav').pipe(
  eachSequence(mel, globalPool('mean')),
  mergeMap((item) => ('error' in item ? throwError(() => item.error) : of(item))),
  groupBy(({ id }) => id.slice(-6, -4)),
  mergeMap((voice$) => {
    const rows$ = voice$.pipe(map(({ frames }) => frames.data))
    return rows$.pipe(
      toFrames({ bins: 40 }),
      globalPool('mean'),
      map(({ data }) => ({ name: voice$.key, profile: data })),
    )
  }),
  toArray(),
)

// Of two picks only the later one is heard to its end.
const picked$ = from(['samples/audio/chirp.wav', 'samples/audio/minute.wav'])

const speakers$ = combineLatest([voices$, picked$]).pipe(
  switchMap(([voices, path]) => {
    // The recording is read once, for what it sounds like and for whether anybody speaks.
    const sounds$ = audioFiles(path).pipe(concatMap(({ frames }) => frames))
    const mel$ = sounds$.pipe(mel, share())
    const timbre$ = mel$.pipe(pool1d('mean', { size: '1s', partial: 'keep' }), toVectors())
    const level$ = mel$.pipe(pool2d('max', { size: ['1s', 40], partial: 'keep' }), toVectors())
    const nearest = (vector: Float32Array) => voices.toSorted((a, b) => distance(a.profile, vector) - distance(b.profile, vector))[0]!.name
    return zip(timbre$, level$).pipe(map(([timbre, level]) => (level.vector[0]! > 0 ? nearest(timbre.vector) : '··')))
  }),
)

speakers$.pipe(bufferCount(10)).subscribe((names) => console.log(names.join(' ')))
