// Corpora of the words in samples/, and the small run over them.
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../house/source.ts'

const samples = join(root, 'samples/audio/words')

/** The recordings of words. */
export const words: readonly string[] = readdirSync(samples)
  .filter((name) => name.endsWith('.wav'))
  .map((name) => join(samples, name))

/** Makes a folder of so many recordings: links to words, but for those that are damaged, each of which is cut off elsewhere. */
export function linkedWords(folder: string, count: number, damaged: (i: number) => boolean = () => false): string {
  mkdirSync(folder)
  for (let i = 0; i < count; i++) {
    const [word, path] = [words[i % words.length]!, join(folder, `${String(i).padStart(5, '0')}.wav`)]
    if (damaged(i)) writeFileSync(path, readFileSync(word).subarray(0, (i * 37) % 2000))
    else symlinkSync(word, path)
  }
  return folder
}

/** Every tenth. */
export function oneInTen(i: number): boolean {
  return i % 10 === 3
}

/** The arguments of a run over a folder of recordings, of so few bands that all but the run itself takes no time, two files to a part. */
export function smallRun(input: string, out: string, ...more: readonly string[]): string[] {
  return ['audio', input, '--features', 'logMel(bands=4)', '--pool', 'mean', '--shard', '2', '--out', `${out}/`, ...more]
}
