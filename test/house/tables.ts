// The tables of the guide, from the registry and from measurements on the samples.

import {
  apply,
  type Failure,
  type Frames,
  frames,
  gain,
  globalPool,
  layoutOf,
  logMel,
  type Pooling,
  pool2d,
  pyramidPool,
  type Stage,
  signal,
} from 'poolwise'
import { audioFiles } from 'poolwise/node'
import { lastValueFrom, toArray } from 'rxjs'
import { cosine } from '../../pipelines/start/similarity.ts'
import { exampleOf } from '../../src/cli/list.ts'
import * as registry from '../../src/poolings/index.ts'

export type { Failure }

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
export const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')

/** One row a pooling. */
export function poolingsTable(): string {
  const names = Object.keys(registry).sort() as (keyof typeof registry)[]
  const rows = names.map((name) => {
    const pooling = exampleOf(name)
    const { about, outputs, exact, extensive } = pooling
    return [
      `\`${name}\``,
      about.formula.replaceAll('|', '\\|'),
      outputs.length > 4 ? `${outputs[0]}, … (${outputs.length})` : outputs.length > 1 ? outputs.join(', ') : '',
      String(about.empty).replace('-', '−').replace('Infinity', '∞'),
      stateOf(pooling),
      pooling.keeps ? 'finite regions' : 'yes',
      exact ? 'to the bit' : 'yes',
      extensive ? 'yes' : '',
      about.use,
      about.source,
    ]
  })
  return table(
    ['name', 'formula', 'outputs', 'of nothing', 'state a lane', 'streams', 'merges', 'grows with length', 'good for', 'conforms to'],
    rows,
  )
}

/** Numbers that a state holds for each of n lanes. */
function stateOf({ identity, keeps, across, fit }: Pooling): string {
  if (keeps) return 'the values'
  const numbers = (lanes: number) => fit!({ input: layoutOf({ bins: lanes }), lanes, taps: Infinity }).identity.length
  if (across === 'one' && numbers(2) !== numbers(1)) return `n + ${numbers(1) - 1}`
  return String(identity.length)
}

interface Word {
  readonly word: string
  readonly voice: string
  readonly samples: Float32Array
}

async function words(): Promise<Word[]> {
  const sequences = await lastValueFrom(audioFiles('samples/audio/words/*.wav').pipe(toArray()))
  return Promise.all(
    sequences.map(async ({ id, frames }) => {
      const [, word, voice] = /([a-z]+)-(v\d)\.wav$/.exec(id)!
      const parts = await lastValueFrom(frames.pipe(toArray()))
      return { word: word!, voice: voice!, samples: Float32Array.from(parts.flatMap(({ data }) => [...data])) }
    }),
  )
}

/** Share of words whose nearest word by another voice is the same one. */
function found(all: readonly Word[], vectors: readonly Float32Array[]): number {
  let right = 0
  for (const [i, { word, voice }] of all.entries()) {
    let best = -1
    let most = -Infinity
    for (const [k, other] of all.entries()) {
      if (other.voice === voice) continue
      const similarity = cosine(vectors[i]!, vectors[k]!)
      if (similarity > most) [best, most] = [k, similarity]
    }
    if (all[best]?.word === word) right++
  }
  return right / all.length
}

/** How far a change of the input moves the vector, relative to the vector's length; the median over the words. */
function moved(vectors: readonly Float32Array[], changed: readonly Float32Array[]): number {
  const shares = vectors.map((vector, i) => Math.hypot(...vector.map((x, j) => x - changed[i]![j]!)) / Math.hypot(...vector))
  return shares.sort((a, b) => a - b)[Math.floor(shares.length / 2)]!
}

/** Recipes over the spoken samples: who finds the word, and what a shift and a reversal do to the vector. */
export async function figuresTable(): Promise<string> {
  const all = await words()
  const features = [gain(), logMel({ offset: 1e-4 })]
  const spectra = all.map(({ samples }) => apply(signal(samples, { rate: 16000 }), ...features))
  // 15 ms of silence before: a frame and a half, so that no frame falls on the same samples as before.
  const shifted = all.map(({ samples }) => {
    const later = new Float32Array(samples.length + 240)
    later.set(samples, 240)
    return apply(signal(later, { rate: 16000 }), ...features)
  })
  const reversed = spectra.map(backwards)
  const recipes: [string, Stage[]][] = [
    ["`globalPool('mean')`", [globalPool('mean')]],
    ["`globalPool('max')`", [globalPool('max')]],
    ["`globalPool('std')`", [globalPool('std')]],
    ["`globalPool('stats')`", [globalPool('stats')]],
    ["`globalPool(['mean', 'std', 'max'])`", [globalPool(['mean', 'std', 'max'])]],
    ["`pyramidPool('mean')`", [pyramidPool('mean')]],
    ["`pyramidPool('max')`", [pyramidPool('max')]],
    ["`pyramidPool('stats')`", [pyramidPool('stats')]],
    ["`pool2d('mean', { size: [2, 4] })`, `pyramidPool('stats')`", [pool2d('mean', { size: [2, 4] }), pyramidPool('stats')]],
    ["`pool2d('max', { size: [2, 4] })`, `pyramidPool('stats')`", [pool2d('max', { size: [2, 4] }), pyramidPool('stats')]],
  ]
  const rows = recipes.map(([name, stages]) => {
    const vectors = (inputs: readonly Frames[]) => inputs.map((input) => apply(input, ...stages).data)
    const plain = vectors(spectra)
    const percent = (share: number) => `${(100 * share).toFixed(1)} %`
    return [
      name,
      String(plain[0]!.length),
      percent(found(all, plain)),
      percent(moved(plain, vectors(shifted))),
      percent(moved(plain, vectors(reversed))),
    ]
  })
  return table(
    ['pooling of 80 log-mel bands', 'values', 'finds the word', 'moved by a shift of 15 ms', 'moved by playing it backwards'],
    rows,
  )
}

function backwards({ data, length, layout }: Frames): Frames {
  const { bins } = layout
  const turned = new Float32Array(data.length)
  for (let t = 0; t < length; t++) turned.set(data.subarray(t * bins, (t + 1) * bins), (length - 1 - t) * bins)
  return frames(turned, { bins, hop: 0.01 })
}
