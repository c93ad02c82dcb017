import { basename, join } from 'node:path'
import { eachSequence, globalPool, logMel, toVectors, type Vector } from 'poolwise'
import { audioFiles, toNpy } from 'poolwise/node'
import { from, lastValueFrom } from 'rxjs'
import pipeline from '../speech.ts'
import { listed } from './listed.ts'
import { cosine, type Nearest, nearest } from './nearest.ts'
import { columns, heading, mark, printScores, printStages, printVectors, say } from './print.ts'

const files = 'samples/audio/words/*.wav'

/** Words to vectors, written to words.npy; and what they are good for: finding the same word by another voice. */
export async function speech(out: string): Promise<readonly Vector[]> {
  heading('Speech, by pipelines/speech.ts')
  const began = performance.now()
  const vectors = await listed(pipeline.run([files]))
  const seconds = (performance.now() - began) / 1000
  await lastValueFrom(from(vectors).pipe(toNpy(join(out, 'words.npy'))))

  const heard = vectors.reduce((sum, { end }) => sum + end, 0)
  const words = new Set(vectors.map(wordOf)).size
  const voices = new Set(vectors.map(voiceOf)).size
  say(`in   ${vectors.length} WAV files: ${words} words by ${voices} voices, ${heard.toFixed(0)} s at 16 kHz`, '')
  printStages(await pipeline.load())
  say('', `out  ${vectors.length} vectors in ${seconds.toFixed(1)} s, ${(heard / seconds).toFixed(0)} × real time`, '')
  printVectors(vectors.slice(0, 3), nameOf)

  const plain = await listed(audioFiles(files).pipe(eachSequence(logMel(), globalPool('mean')), toVectors()))
  const found = neighbors(vectors)
  say('', "Each word's nearest neighbor by another voice, for example:", '')
  columns([['word', 'nearest', 'cosine', ''], ...examples(found)], [2])
  say('')
  printScores('the nearest is the same word', vectors.length, [
    ['pipelines/speech.ts', rights(found)],
    ['plain mean of log-mel', rights(neighbors(plain))],
    ['by chance', (vectors.length * (voices - 1)) / (vectors.length - words)],
  ])
  say('', 'The recipe was chosen on these very samples; on others, expect less.')
  return vectors
}

interface Neighbor extends Nearest<Vector> {
  readonly of: Vector
  readonly right: boolean
}

function neighbors(vectors: readonly Vector[]): Neighbor[] {
  return vectors.map((of) => {
    const others = vectors.filter((other) => voiceOf(other) !== voiceOf(of))
    const found = nearest(others, ({ vector }) => cosine(of.vector, vector))
    return { of, ...found, right: wordOf(found.item) === wordOf(of) && !found.tied }
  })
}

function rights(found: readonly Neighbor[]): number {
  return found.filter(({ right }) => right).length
}

/** Some that are right, from all over the list, and the first that are wrong. */
function examples(found: readonly Neighbor[]): string[][] {
  const right = found.filter((one) => one.right)
  const some = [0.1, 0.35, 0.6, 0.85].map((share) => right[Math.floor(share * right.length)]!)
  const wrong = found.filter((one) => !one.right).slice(0, 2)
  return [...some, ...wrong].map((one) => [nameOf(one.of), nameOf(one.item), one.similarity.toFixed(3), mark(one.right)])
}

/** 'banana-v1' */
function nameOf({ id }: Vector): string {
  return basename(id, '.wav')
}

function wordOf(vector: Vector): string {
  return nameOf(vector).split('-')[0]!
}

function voiceOf(vector: Vector): string {
  return nameOf(vector).split('-')[1]!
}
